import {
  decideWithSeed,
  gaussianSource,
  knownGeneratorAttack,
  loopState,
  seededPrng,
  solveResistiveLoop,
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
  samples: number
  bits: number
  knowledge: number
}

interface Result {
  p: Parameters
  none: number
  one: number
  both: number
  seedRight: number
  simulated: number
}

export const randomNumbers = defineScenario<Parameters, Result>({
  id: 'kljn/random-numbers',
  title: 'Attacks on the random numbers behind the noise',
  source: { paper: 'kljn', section: '§1' },
  summary:
    'The noise is generated, so somebody may know something of its seed (Chamon, Ferdous and Kish). With Alice’s whole seed one sample gives the bit; with predictions that are merely correlated with her noise, Eve’s best test of everything she has is a likelihood ratio, in closed form and simulated.',
  parameters: {
    ...loopParameters,
    rc: { ...loopParameters.rc, default: 0 },
    samples: samplesParameter(50),
    bits: bitsParameter(3000),
    knowledge: {
      kind: 'number',
      default: 0.1,
      min: 0,
      exclusiveMin: true,
      max: 0.999,
      help: 'correlation of Eve’s prediction with what the generator makes',
    },
  },
  async run(p, { rng }) {
    const loop = loopFrom(p)
    const prng = seededPrng(rng)
    const gaussian = gaussianSource(prng)
    const hl = loopState(loop, 'HL')
    const lh = loopState(loop, 'LH')
    const a = { H: Math.sqrt(hl.aliceVolts2), L: Math.sqrt(lh.aliceVolts2) }
    let seedRight = 0
    let likelihoodRight = 0
    const q = p.knowledge
    for (let bit = 0; bit < p.bits; bit++) {
      const isHL = prng.word() < 0
      const state = isHL ? hl : lh
      let ratio = 0
      for (let t = 0; t < p.samples; t++) {
        const drawn = { H: gaussian.next(), L: gaussian.next() }
        const ea = isHL ? a.H * drawn.H : a.L * drawn.L
        const eb = Math.sqrt(state.bobVolts2) * gaussian.next()
        const i = (ea - eb) / state.totalOhms
        const u = ea - i * state.aliceOhms
        if (t === 0) {
          const traces = solveResistiveLoop(state, Float64Array.of(ea), Float64Array.of(eb))
          const known = { ifHigh: a.H * drawn.H, ifLow: a.L * drawn.L }
          const seen = {
            aliceVolts: traces.aliceVolts[0] as number,
            currentAmperes: traces.currentAmperes[0] as number,
          }
          if (decideWithSeed(loop, known, seen) === isHL) seedRight++
        }
        // Eve's predictions, and how well each hypothesis explains U and I by them
        for (const [name, s, sign] of [
          ['H', hl, 1],
          ['L', lh, -1],
        ] as const) {
          const prediction = q * drawn[name] + Math.sqrt(1 - q * q) * gaussian.next()
          const mine = (u + i * s.aliceOhms) / Math.sqrt(s.aliceVolts2)
          const theirs = (u - i * (s.bobOhms + s.lineOhms)) / Math.sqrt(s.bobVolts2)
          ratio -= (sign * ((mine - q * prediction) ** 2 / (1 - q * q) + theirs * theirs)) / 2
        }
      }
      if (ratio > 0 === isHL) likelihoodRight++
    }
    const attack = (ofAlice: number, ofBob: number) =>
      knownGeneratorAttack(loop, { ofAlice, ofBob }, p.samples).right
    return {
      p,
      none: attack(0, 0),
      one: attack(q, 0),
      both: attack(q, q),
      seedRight,
      simulated: likelihoodRight,
    }
  },
  figures: ({ p }) => [
    {
      kind: 'series',
      title: `Eve’s chance against what she knows of the noise, N = ${p.samples}`,
      x: { label: 'correlation of her prediction' },
      y: { label: 'p' },
      lines: (['Alice’s generator', 'both generators'] as const).map((name, i) => ({
        name,
        points: Array.from({ length: 21 }, (_, k) => {
          const q = k * 0.025
          const knowledge = { ofAlice: q, ofBob: i === 0 ? 0 : q }
          return [q, knownGeneratorAttack(loopFrom(p), knowledge, p.samples).right] as const
        }),
      })),
    },
  ],
  claims: [
    {
      id: 'seed',
      statement: 'With Alice’s seed, one sample of the wire gives every bit',
      source: 'Chamon, Ferdous and Kish',
      stands: 'holds',
      check: ({ seedRight, p }) => equals(seedRight / p.bits, 1, 0),
    },
    {
      id: 'partial',
      statement:
        'With a correlated prediction of Alice’s noise, the simulated likelihood ratio meets its closed form',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ simulated, one, p }) =>
        shareAgrees(simulated, p.bits, one, `N = ${p.samples}, ${p.bits} bits`),
    },
    {
      id: 'both',
      statement: 'Knowing something of both generators is worse for the parties than of one',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ both, one }) => above(both, one),
    },
    {
      id: 'control',
      statement: 'Negative control: without knowledge, and without cable resistance, Eve has a coin',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ none, p }) => equals(none, p.rc === 0 ? 0.5 : none, 1e-9),
    },
  ],
})
