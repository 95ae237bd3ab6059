import {
  chanceWithInstrument,
  expectedMoments,
  haoCurrentDifference,
  haoRule,
  haoVoltageDifference,
  IDEAL_INSTRUMENT,
  type Loop,
  loopState,
  optimalAttack,
  runTraces,
  seededPrng,
  type TraceTally,
  withTemperatures,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  mismatch: number
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  loop: Loop
  voltageRatio: number
  currentRatio: number
  single: number
  best: number
  tally: TraceTally<'voltage' | 'current'>
}

const ideal = (p: LoopParameters, mismatch: number) =>
  withTemperatures(loopFrom({ ...p, rc: 0 }), p.temperature * (1 + mismatch), p.temperature)

export const haoTemperature = defineScenario<Parameters, Result>({
  id: 'kljn/hao-temperature',
  title: 'Hao’s attack: temperatures that are not quite equal',
  source: { paper: 'kljn', section: '§2.2, ref. 13' },
  summary:
    'If Alice’s noise is a little hotter than Bob’s, the mean squares of voltage and current differ between HL and LH even on an ideal wire. Hao’s two formulas (2006), what one mean square tells Eve, and what both together tell her.',
  parameters: {
    ...loopParameters,
    mismatch: { kind: 'number', default: 0.05, min: 0, exclusiveMin: true, max: 1, help: '(T_A − T_B)/T_B' },
    samples: samplesParameter(500),
    bits: bitsParameter(2000),
  },
  async run(p, { rng, signal }) {
    const samples = p.samples + (p.samples % 2)
    const loop = ideal(p, p.mismatch)
    const hl = expectedMoments(loopState(loop, 'HL'))
    const lh = expectedMoments(loopState(loop, 'LH'))
    const letters = {
      highOhms: p.rh,
      lowOhms: p.rl,
      aliceKelvin: p.temperature * (1 + p.mismatch),
      bobKelvin: p.temperature,
      bandwidthHertz: p.bandwidth,
    }
    const rules = { voltage: haoRule(loop, 'voltage'), current: haoRule(loop, 'current') }
    return {
      p: { ...p, samples },
      loop,
      voltageRatio: haoVoltageDifference(letters) / (hl.uaua - lh.uaua),
      currentRatio: haoCurrentDifference(letters) / (hl.ii - lh.ii),
      single: chanceWithInstrument(loop, rules.voltage, IDEAL_INSTRUMENT, samples),
      best: optimalAttack(loop, samples).right,
      tally: runTraces({ loop, samples, bits: p.bits, rules, signal }, seededPrng(rng)),
    }
  },
  figures: ({ p }) => [
    {
      kind: 'series',
      title: 'Eve’s best chance against the mismatch of temperatures',
      x: { label: '(T_A − T_B)/T_B', scale: 'log' },
      y: { label: 'p' },
      lines: [100, 1000, 10_000].map((n) => ({
        name: `N = ${n}`,
        points: Array.from({ length: 25 }, (_, i) => {
          const mismatch = 10 ** (-4 + i / 8)
          return [mismatch, optimalAttack(ideal(p, mismatch), n).right] as const
        }),
      })),
    },
  ],
  claims: [
    {
      id: 'voltage',
      statement: 'Δ⟨U²⟩ = −4kΔf·R_HR_L(R_H − R_L)(T_A − T_B)/(R_H + R_L)², against the loop',
      source: 'Hao 2006',
      stands: 'holds',
      check: (r) => equals(r.voltageRatio, 1, 1e-9),
    },
    {
      id: 'current',
      statement: 'Δ⟨I²⟩ = 4kΔf(R_H − R_L)(T_A − T_B)/(R_H + R_L)², against the loop',
      source: 'Hao 2006',
      stands: 'holds',
      check: (r) => equals(r.currentRatio, 1, 1e-9),
    },
    ...(['voltage', 'current'] as const).map((rule) => ({
      id: `${rule}-attack`,
      statement: `Eve’s chance from the mean square of the ${rule} alone meets its closed form`,
      source: 'beyond the paper',
      stands: 'holds' as const,
      check: ({ tally, single, p }: Result) =>
        shareAgrees(tally.right[rule], tally.bits, single, `N = ${p.samples}, ${tally.bits} bits`),
    })),
    {
      id: 'both',
      statement: 'Positive control: both together tell more than either, and more than a coin',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ best, single }) => above(best, Math.max(single, 0.55)),
    },
  ],
})
