import {
  decideByGround,
  exactBeta,
  expectedMoments,
  groundLoopChance,
  groundVolts,
  type Loop,
  loopState,
  seededPrng,
  traceSource,
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
import { above, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  fraction: number
  samples: number
  bits: number
}

interface Kind {
  right: number
  expected: number
}

interface Result {
  p: Parameters
  dc: Kind
  ac: Kind
  none: number
}

/** β* removes what the cable's resistance leaks, so that what is left is the ground's. */
function grounded(p: Parameters, dc: number, ac: number): Loop {
  const loop = loopFrom(p, exactBeta(offsetOhms(p)))
  const rms = Math.sqrt(expectedMoments(loopState(loop, 'HL')).uaua)
  // whole periods in a bit, inside the band
  const acHertz = (4 * 2 * p.bandwidth) / p.samples
  return { ...loop, ground: { dcVolts: dc * rms, acAmplitudeVolts: ac * rms, acHertz } }
}

function count(loop: Loop, p: Parameters, rng: ReturnType<typeof seededPrng>, signal: AbortSignal): number {
  const source = traceSource(loop, p.samples, rng)
  let right = 0
  for (let bit = 0; bit < p.bits; bit++) {
    signal.throwIfAborted()
    const isHL = rng.word() < 0
    const { aliceVolts, bobVolts, stepSeconds } = source.bit(isHL ? 'HL' : 'LH')
    let sum = 0
    for (let t = 0; t < aliceVolts.length; t++)
      sum += ((aliceVolts[t] as number) + (bobVolts[t] as number)) * groundVolts(loop.ground, t * stepSeconds)
    if (decideByGround(sum) === isHL) right++
  }
  return right
}

export const groundLoops = defineScenario<Parameters, Result>({
  id: 'kljn/ground-loops',
  title: 'A voltage between the grounds',
  source: { paper: 'kljn', section: '§1' },
  summary:
    'A direct or alternating voltage between Alice’s and Bob’s ground drives a current whose shape Eve knows. The voltage that it leaves on the wire depends on who has the larger resistor. Shown on a loop under β*, which hides everything else. The simulated noise has no component at frequency zero, so that a direct voltage is seen in full; the closed form is for white noise over the whole band.',
  parameters: {
    ...loopParameters,
    fraction: {
      kind: 'number',
      default: 0.1,
      min: 0,
      max: 10,
      help: 'ground voltage (d.c., or amplitude of a.c.) over the r.m.s. voltage of the wire',
    },
    samples: samplesParameter(100),
    bits: bitsParameter(3000),
  },
  async run(given, { rng, signal }) {
    const p = { ...given, samples: given.samples + (given.samples % 2) }
    const prng = seededPrng(rng)
    const ac = grounded(p, 0, p.fraction)
    const dc = grounded(p, p.fraction, 0)
    return {
      p,
      ac: { right: count(ac, p, prng, signal), expected: groundLoopChance(ac, p.samples) },
      dc: { right: count(dc, p, prng, signal), expected: groundLoopChance(dc, p.samples) },
      none: groundLoopChance(grounded(p, 0, 0), p.samples),
    }
  },
  figures: ({ p }) => [
    {
      kind: 'series',
      title: `Eve’s chance against the ground voltage, N = ${p.samples}, under β*`,
      x: { label: 'ground voltage over the r.m.s. voltage of the wire', scale: 'log' },
      y: { label: 'p' },
      lines: [
        {
          name: 'direct',
          points: Array.from({ length: 25 }, (_, i) => {
            const f = 10 ** (-3 + i / 8)
            return [f, groundLoopChance(grounded(p, f, 0), p.samples)] as const
          }),
        },
        {
          name: 'alternating',
          points: Array.from({ length: 25 }, (_, i) => {
            const f = 10 ** (-3 + i / 8)
            return [f, groundLoopChance(grounded(p, 0, f), p.samples)] as const
          }),
        },
      ],
    },
  ],
  claims: [
    {
      id: 'ac',
      statement:
        'An alternating voltage of a tenth of the wire’s: Eve’s matched filter meets the closed form Φ(d/2)',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ ac, p }) => shareAgrees(ac.right, p.bits, ac.expected, `N = ${p.samples}, ${p.bits} bits`),
    },
    {
      id: 'dc',
      statement: 'A direct voltage leaks at least as much as an alternating one of the same amplitude',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ dc, ac, p }) => above(dc.right / p.bits, ac.expected),
    },
    {
      id: 'control',
      statement: 'Negative control: without a ground voltage there is nothing',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ none }) => ({
        verdict: none === 0.5 ? 'holds' : 'fails',
        measured: String(none),
        expected: '0.5',
      }),
    },
  ],
})
