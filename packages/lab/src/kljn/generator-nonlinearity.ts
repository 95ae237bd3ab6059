import {
  type Loop,
  optimalAttack,
  optimalRule,
  runTraces,
  secondMomentEquivalent,
  seededPrng,
  type TraceTally,
  thirdOrderDistortion,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, equals } from './verdict.ts'

interface Parameters extends LoopParameters {
  distortion: number
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  expected: number
  none: number
  tally: TraceTally<'power'>
}

function bent(p: LoopParameters, total: number): Loop {
  const loop = loopFrom({ ...p, rc: 0 })
  const party = { ...loop.alice, distortion: thirdOrderDistortion(total) }
  return { ...loop, alice: party, bob: party }
}

export const generatorNonlinearity = defineScenario<Parameters, Result>({
  id: 'kljn/generator-nonlinearity',
  title: 'Generators that bend the noise',
  source: { paper: 'kljn', section: '§1' },
  summary:
    'An amplifier with third-order distortion makes the larger noise stronger than the smaller one, so the generators are no longer in the proportion of their resistors (Chamon and Kish). On an ideal wire, a distortion of one percent is a leak. Eve’s test here uses second moments only, so what she really can get is more.',
  parameters: {
    ...loopParameters,
    distortion: {
      kind: 'number',
      default: 0.01,
      min: 0,
      max: 0.3,
      help: 'total distortion of the high generator',
    },
    samples: samplesParameter(1000),
    bits: bitsParameter(2000),
  },
  async run(p, { rng, signal }) {
    const samples = p.samples + (p.samples % 2)
    const loop = bent(p, p.distortion)
    const equivalent = secondMomentEquivalent(loop)
    return {
      p: { ...p, samples },
      expected: optimalAttack(equivalent, samples).right,
      none: optimalAttack(secondMomentEquivalent(bent(p, 0)), samples).right,
      tally: runTraces(
        { loop, samples, bits: p.bits, rules: { power: optimalRule(equivalent) }, signal },
        seededPrng(rng),
      ),
    }
  },
  figures: ({ p }) => [
    {
      kind: 'series',
      title: 'Eve’s chance against the distortion (second moments)',
      x: { label: 'total distortion', unit: '%', scale: 'log' },
      y: { label: 'p' },
      lines: [100, 1000, 10_000].map((n) => ({
        name: `N = ${n}`,
        points: Array.from({ length: 17 }, (_, i) => {
          const total = 10 ** (-4 + i / 6)
          return [100 * total, optimalAttack(secondMomentEquivalent(bent(p, total)), n).right] as const
        }),
      })),
    },
  ],
  claims: [
    {
      id: 'leaks',
      statement: 'A total distortion of 1 % leaks on an ideal wire',
      source: 'Chamon and Kish',
      stands: 'holds',
      check: ({ tally, p }) => {
        const bound = 0.5 + 5 * Math.sqrt(0.25 / tally.bits)
        return {
          ...above(tally.right.power / tally.bits, bound),
          expected: `more than ${bound.toFixed(4)}, which is 5σ (N = ${p.samples}, ${tally.bits} bits; false alarm 2.9e-7; seed by --seed, 1 unless given)`,
        }
      },
    },
    {
      id: 'closed-form',
      statement:
        'The closed form for Gaussian noise of the distorted mean squares is within 0.05 of the simulation with distorted noise',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ tally, expected }) => equals(tally.right.power / tally.bits, expected, 0.05),
    },
    {
      id: 'control',
      statement: 'Negative control: without distortion there is nothing',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ none }) => equals(none, 0.5, 1e-9),
    },
  ],
})
