import { guessAfterXor, guessInformationBits, seededPrng, xorAmplify } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { bitsParameter } from './loop-parameters.ts'
import { equals, shareAgrees } from './verdict.ts'

interface Parameters {
  guess: number
  bits: number
}

interface Result {
  p: Parameters
  once: { right: number; count: number }
}

/** Bits left after a number of rounds of pairwise XOR. */
const information = (p: number, rounds: number) => guessInformationBits(guessAfterXor(p, 2 ** rounds))

export const xorAmplification = defineScenario<Parameters, Result>({
  id: 'kljn/xor-amplification',
  title: 'Privacy amplification by XOR',
  source: { paper: 'kljn', section: '§2.1, ref. 12' },
  summary:
    'Horváth, Kish and Scheuer (2011): replacing pairs of bits by their XOR halves the key and squares Eve’s advantage, 2p − 1 → (2p − 1)². Simulated on bits that Eve knows with chance p.',
  parameters: {
    guess: { kind: 'number', default: 0.525, min: 0.5, max: 1, help: 'Eve’s chance for one raw bit' },
    bits: bitsParameter(2_000_000),
  },
  async run(p, { rng }) {
    const prng = seededPrng(rng)
    // Eve's errors XOR as the bits do
    const errors = Uint8Array.from({ length: p.bits }, () => (prng.unit() < p.guess ? 0 : 1))
    const once = xorAmplify(errors, 2)
    return { p, once: { right: once.reduce((n, e) => n + (1 - e), 0), count: once.length } }
  },
  figures: ({ p }) => [
    {
      kind: 'table',
      title: 'Rounds of pairwise XOR',
      columns: [
        { name: 'rounds' },
        { name: 'key left' },
        { name: 'Eve’s p − ½' },
        { name: 'her information', unit: 'bit a bit' },
      ],
      rows: [0, 1, 2, 3].map((rounds) => [
        rounds,
        1 / 2 ** rounds,
        guessAfterXor(p.guess, 2 ** rounds) - 0.5,
        information(p.guess, rounds),
      ]),
    },
  ],
  claims: [
    {
      id: 'one-round',
      statement: 'p = 0.525 leaves 4.5e-6 bit after one round',
      source: 'ref. 12',
      stands: 'holds',
      check: () => equals(information(0.525, 1), 4.5e-6, 5e-8),
    },
    {
      id: 'two-rounds',
      statement: 'and 2.8e-11 bit after two',
      source: 'ref. 12',
      stands: 'holds',
      check: () => equals(information(0.525, 2), 2.8e-11, 5e-13),
    },
    {
      id: 'simulated',
      statement: 'Simulated: the XOR of two bits is guessed with (1 + (2p − 1)²)/2',
      source: 'ref. 12',
      stands: 'holds',
      check: ({ p, once }) =>
        shareAgrees(once.right, once.count, guessAfterXor(p.guess, 2), `${once.count} pairs`),
    },
  ],
})
