import {
  exactBeta,
  optimalAttack,
  runTraces,
  secondLawRule,
  seededPrng,
  type TraceTally,
  vmgLoop,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  offsetOhms,
  samplesParameter,
} from './loop-parameters.ts'
import { above, equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
  bobLow: number
  bobHigh: number
}

interface Result {
  p: Parameters
  best: number
  naive: number
  beta: number
  temperatures: number[]
  tally: TraceTally<'secondLaw'>
}

export const vmg = defineScenario<Parameters, Result>({
  id: 'kljn/vmg',
  title: 'VMG-KLJN: four different resistors',
  source: { paper: 'kljn', section: '§2.3' },
  summary:
    'Vadai, Mingesz and Gingl (2015): all four resistors may differ, if the four noises are chosen to match. Here with the cable’s resistance included, r = R + R_c/2 at each end. The symmetric case gives β*. Power then flows on the wire, and yet nothing leaks: what protects the bit is that HL and LH look alike, not that no power flows.',
  parameters: {
    ...loopParameters,
    bobLow: {
      kind: 'number',
      unit: 'Ω',
      default: 2000,
      min: 0,
      exclusiveMin: true,
      max: 1e9,
      help: 'Bob’s low resistance',
    },
    bobHigh: {
      kind: 'number',
      unit: 'Ω',
      default: 16_000,
      min: 0,
      exclusiveMin: true,
      max: 1e9,
      help: 'Bob’s high resistance',
    },
    samples: samplesParameter(1000),
    bits: bitsParameter(2000),
  },
  async run(p, { rng, signal }) {
    const base = loopFrom(p)
    const four = { aliceLowOhms: p.rl, aliceHighOhms: p.rh, bobLowOhms: p.bobLow, bobHighOhms: p.bobHigh }
    const loop = vmgLoop(base, four)
    const same = vmgLoop(base, { ...four, bobLowOhms: p.rl, bobHighOhms: p.rh })
    const resistor = (resistanceOhms: number) => ({ resistanceOhms, temperatureKelvin: p.temperature })
    const naive = { ...base, bob: { ...base.bob, low: resistor(p.bobLow), high: resistor(p.bobHigh) } }
    const samples = p.samples + (p.samples % 2)
    return {
      p: { ...p, samples },
      best: optimalAttack(loop, samples).right,
      naive: optimalAttack(naive, samples).right,
      beta: same.alice.low.temperatureKelvin / p.temperature / exactBeta(offsetOhms(p)),
      temperatures: [loop.alice.low, loop.alice.high, loop.bob.low, loop.bob.high].map(
        (r) => r.temperatureKelvin,
      ),
      tally: runTraces(
        { loop, samples, bits: p.bits, rules: { secondLaw: secondLawRule }, signal },
        seededPrng(rng),
      ),
    }
  },
  figures: ({ p, temperatures }) => [
    {
      kind: 'table',
      title: 'Resistors and noise temperatures',
      columns: [{ name: 'resistor' }, { name: 'R', unit: 'Ω' }, { name: 'T', unit: 'K' }],
      rows: ['Alice low', 'Alice high', 'Bob low', 'Bob high'].map((name, i) => [
        name,
        [p.rl, p.rh, p.bobLow, p.bobHigh][i] ?? 0,
        temperatures[i] ?? 0,
      ]),
    },
  ],
  claims: [
    {
      id: 'secure',
      statement: 'No passive attack tells HL from LH (closed form, all second moments)',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ best }) => equals(best, 0.5, 1e-9),
    },
    {
      id: 'simulated',
      statement: 'The sign of the power difference says nothing, although power flows',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ tally, p }) => {
        // the power has one sign in both states, so its sign is right in the share of HL among the bits
        return shareAgrees(tally.right.secondLaw, tally.bits, 0.5, `N = ${p.samples}, ${tally.bits} bits`)
      },
    },
    {
      id: 'symmetric',
      statement: 'With equal pairs the formulas give β*',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ beta }) => equals(beta, 1, 1e-9),
    },
    {
      id: 'control',
      statement: 'Positive control: the same four resistors at one temperature leak',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ naive }) => above(naive, 0.9),
    },
  ],
})
