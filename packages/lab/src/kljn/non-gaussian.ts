import { NOISE_SHAPES, type NoiseShape, nonGaussianAttack, type ShapeAttack, seededPrng } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { above, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  p: Parameters
  found: Record<NoiseShape, ShapeAttack>
}

export const nonGaussian = defineScenario<Parameters, Result>({
  id: 'kljn/non-gaussian',
  title: 'Only Gaussian noise is secure',
  source: { paper: 'kljn', section: '§1, refs 4 and 5' },
  summary:
    'On an ideal wire at equal temperatures all second moments agree. Eve reconstructs from each sample what the two generators would have made in HL and in LH, and asks which looks like the agreed noise: for any noise but the Gaussian that gives the bit in a few samples.',
  parameters: {
    ...loopParameters,
    rc: { ...loopParameters.rc, default: 0 },
    samples: samplesParameter(20),
    bits: bitsParameter(4000),
  },
  async run(p, { rng, signal }) {
    const prng = seededPrng(rng)
    const loop = loopFrom({ ...p, rc: 0 })
    const found = Object.fromEntries(
      NOISE_SHAPES.map((shape) => [shape, nonGaussianAttack(loop, shape, p.samples, p.bits, prng, signal)]),
    ) as Record<NoiseShape, ShapeAttack>
    return { p, found }
  },
  figures: ({ p, found }) => [
    {
      kind: 'table',
      title: `Eve’s chance on an ideal wire, N = ${p.samples}`,
      columns: [{ name: 'noise' }, { name: 'p' }, { name: 'bits' }],
      rows: NOISE_SHAPES.map((shape) => [shape, found[shape].right / found[shape].bits, found[shape].bits]),
    },
  ],
  claims: [
    {
      id: 'gaussian',
      statement: 'Gaussian noise tells Eve nothing',
      source: '§1',
      stands: 'holds',
      check: ({ found, p }) =>
        shareAgrees(
          found.gaussian.right,
          found.gaussian.bits,
          0.5,
          `N = ${p.samples}, ${found.gaussian.bits} bits`,
        ),
    },
    ...(['uniform', 'laplace'] as const).map((shape) => ({
      id: shape,
      statement: `Noise with a ${shape === 'uniform' ? 'uniform' : 'Laplace'} distribution is not secure (the positive control of the one above)`,
      source: '§1, refs 4 and 5',
      stands: 'holds' as const,
      check: ({ found, p }: Result) => {
        const { right, bits } = found[shape]
        const bound = 0.5 + 5 * Math.sqrt(0.25 / bits)
        return {
          ...above(right / bits, bound),
          expected: `more than ${bound.toFixed(4)}, which is 5σ (N = ${p.samples}, ${bits} bits; false alarm 2.9e-7; seed by --seed, 1 unless given)`,
        }
      },
    })),
  ],
})
