import {
  chanceOfCorrelation,
  correlation,
  guessAfterChain,
  guessWithFormerKey,
  seededPrng,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { equals, shareAgrees } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
  known: number
}

interface Result {
  p: Parameters
  state: number
  expected: number
  right: number
}

export const keyed = defineScenario<Parameters, Result>({
  id: 'kljn/keyed',
  title: 'KKLJN: meanings turned round by a former key',
  source: { paper: 'kljn', section: '§2.2, ref. 9' },
  summary:
    'What HL and LH mean is turned round, bit by bit, by a key that the parties share from before: Eve needs the state and the old key. The old key acts as a one-time pad, so its secrecy is handed on and none is made. (The scheme is Kish’s of 2013 as we read the literature.)',
  parameters: {
    ...loopParameters,
    samples: samplesParameter(1000),
    bits: bitsParameter(200_000),
    known: {
      kind: 'number',
      default: 0.7,
      min: 0.5,
      max: 1,
      help: 'Eve’s chance of knowing a bit of the former key',
    },
  },
  async run(p, { rng }) {
    const prng = seededPrng(rng)
    const state = chanceOfCorrelation(correlation(loopFrom(p)), p.samples)
    let right = 0
    for (let bit = 0; bit < p.bits; bit++) {
      const errs = Number(prng.unit() > state) ^ Number(prng.unit() > p.known)
      if (errs === 0) right++
    }
    return { p, state, expected: guessWithFormerKey(state, p.known), right }
  },
  figures: ({ p, state }) => [
    {
      kind: 'table',
      title: `Eve’s chance, N = ${p.samples}`,
      columns: [{ name: 'what she knows of the former key' }, { name: 'state' }, { name: 'new bit' }],
      rows: [0.5, 0.6, p.known, 0.9, 1].map((q) => [q, state, guessWithFormerKey(state, q)]),
    },
  ],
  claims: [
    {
      id: 'formula',
      statement: 'Eve knows a new bit with 2p′ − 1 = (2p − 1)(2q − 1)',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ right, p, expected }) => shareAgrees(right, p.bits, expected, `${p.bits} bits`),
    },
    {
      id: 'secret-key',
      statement: 'If the former key is secret, so is the new one, however much the wire leaks',
      source: 'ref. 9',
      stands: 'holds',
      check: ({ state }) => equals(guessAfterChain(state, 10), 0.5, 1e-12),
    },
    {
      id: 'known-key',
      statement: 'Positive control: if Eve has the former key, the scheme adds nothing',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ state }) => equals(guessWithFormerKey(state, 1), state, 1e-12),
    },
  ],
})
