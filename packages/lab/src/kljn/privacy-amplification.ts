import {
  answerParities,
  type Bits,
  cascade,
  cascadeOrders,
  countDifferences,
  guessAfterXor,
  guessInformationBits,
  residualInformationBits,
  toeplitzHash,
  toeplitzSeedBits,
  xorAmplify,
} from '@warren/kljn'
import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { agrees, below, differs, equals } from './verdict.ts'

interface Parameters {
  p: number
  bits: number
  errors: number
}

interface Result {
  parameters: Parameters
  /** Eve's hits before, after one and after two rounds of XOR. */
  hits: { rounds: number; expected: number; measured: number; bits: number; information: number }[]
  cascade: { differences: number; left: number; parities: number; shannon: number }[]
  /** Collisions of Toeplitz hashes of two fixed strings over all seeds of a small family. */
  collisions: { measured: number; expected: number }
  /** Share of a biased string's hash bits that are 1. */
  hashedOnes: { share: number; bits: number; before: number }
  figures: Figure[]
}

function randomBits(rng: Rng, length: number, chanceOfOne = 0.5): Bits {
  return Uint8Array.from({ length }, () => (randomUnit(rng) < chanceOfOne ? 1 : 0))
}

function flipped(rng: Rng, bits: Bits, chance: number): Bits {
  return Uint8Array.from(bits, (bit) => (randomUnit(rng) < chance ? 1 - bit : bit))
}

export const privacyAmplificationScenario = defineScenario<Parameters, Result>({
  id: 'kljn/privacy-amplification',
  title: 'From bits that Eve half knows to bits that she does not: XOR, Cascade, Toeplitz',
  source: { paper: 'kljn', section: '§2.1, ref. 12: privacy amplification' },
  summary:
    "Horváth, Kish and Scheuer (2011) replace pairs of bits by their XOR: Eve's advantage 2p − 1 is squared each time, and so is the agreement of the parties, so errors are corrected first. Cascade does that, at the price of parities that everybody hears. A Toeplitz hash turns what is left into a key within a chosen distance of a uniform one.",
  parameters: {
    p: { kind: 'number', default: 0.525, min: 0.5, max: 1, help: "Eve's chance to guess a bit" },
    bits: { kind: 'integer', default: 40_000, min: 1000, max: 1_000_000, help: 'bits before amplification' },
    errors: { kind: 'number', default: 0.02, min: 0.001, max: 0.15, help: 'share of bits that differ' },
  },

  async run(parameters, { rng, signal, progress }) {
    const { p, bits, errors } = parameters
    const alice = randomBits(rng, bits)
    const eve = flipped(rng, alice, 1 - p)
    const hits = [0, 1, 2].map((rounds) => {
      const group = 2 ** rounds
      const a = xorAmplify(alice, group)
      const wrong = countDifferences(a, xorAmplify(eve, group))
      const expected = guessAfterXor(p, group)
      return {
        rounds,
        expected,
        measured: 1 - wrong / a.length,
        bits: a.length,
        information: guessInformationBits(expected),
      }
    })

    const rates = [0.005, errors, 0.05, 0.1]
    const reconciled: Result['cascade'] = []
    for (const rate of rates) {
      signal.throwIfAborted()
      progress.report(0.2, `Cascade at ${rate}`)
      const length = 10_000
      const mine = alice.slice(0, length)
      const theirs = flipped(rng, mine, rate)
      const orders = cascadeOrders(length, 6, `scenario/${rate}`)
      const result = await cascade(theirs, orders, { errorRate: rate }, (questions) =>
        Promise.resolve(answerParities(mine, orders, questions)),
      )
      reconciled.push({
        differences: countDifferences(mine, theirs),
        left: countDifferences(mine, result.key),
        parities: result.parities,
        shannon: length * (1 - guessInformationBits(1 - rate)),
      })
    }

    const biased = randomBits(rng, 4096, 0.7)
    const hashed: number[] = []
    for (let i = 0; i < 40; i++)
      hashed.push(...toeplitzHash(randomBits(rng, toeplitzSeedBits(4096, 256)), biased, 256))
    const groups = Array.from({ length: 8 }, (_, i) => i + 1)
    const figure: Figure = {
      kind: 'series',
      title: 'XOR: what Eve knows of a bit, against the size of the groups',
      x: { label: 'bits XORed into one' },
      y: { label: 'information', unit: 'bit', scale: 'log' },
      lines: [0.51, 0.525, 0.6, 0.75].map((chance) => ({
        name: `p = ${chance}`,
        points: groups.map((g): [number, number] => [g, guessInformationBits(guessAfterXor(chance, g))]),
      })),
    }
    return {
      parameters,
      hits,
      cascade: reconciled,
      collisions: smallFamily(),
      hashedOnes: {
        share: hashed.reduce((a, b) => a + b, 0) / hashed.length,
        bits: hashed.length,
        before: biased.reduce((a, b) => a + b, 0) / biased.length,
      },
      figures: [figure],
    }
  },

  figures: ({ hits, cascade: rows, figures }) => [
    {
      kind: 'table',
      title: 'XOR privacy amplification',
      columns: [
        { name: 'rounds' },
        { name: 'bits left' },
        { name: "Eve's chance" },
        { name: 'simulated' },
        { name: '1 − h(p)', unit: 'bit' },
      ],
      rows: hits.map((h) => [h.rounds, h.bits, h.expected, h.measured, h.information]),
    },
    {
      kind: 'table',
      title: 'Cascade on 10 000 bits',
      columns: [
        { name: 'differences before' },
        { name: 'after' },
        { name: 'parities shown' },
        { name: "Shannon's limit" },
        { name: 'ratio' },
      ],
      rows: rows.map((r) => [r.differences, r.left, r.parities, r.shannon, r.parities / r.shannon]),
    },
    ...figures,
  ],

  claims: [
    {
      id: 'xor-one-round',
      statement: 'p = .525 gives 4.5e-6 bit after one round of XOR',
      source: 'ref. 12: 2p − 1 → (2p − 1)²',
      stands: 'holds',
      check: () => equals(guessInformationBits(guessAfterXor(0.525, 2)), 4.5e-6, 0.05e-6),
    },
    {
      id: 'xor-two-rounds',
      statement: 'and 2.8e-11 bit after two',
      source: 'ref. 12',
      stands: 'holds',
      check: () => equals(guessInformationBits(guessAfterXor(0.525, 4)), 2.8e-11, 0.05e-11),
    },
    {
      id: 'eve-before',
      statement: 'Simulated, Eve guesses the planted share of bits before amplification',
      source: 'ref. 12; the positive control: more than 5σ above ½',
      stands: 'holds',
      check: ({ hits }) => {
        const [before] = hits
        return differs(
          before?.measured ?? 0,
          0.5,
          Math.sqrt(0.25 / (before?.bits ?? 1)),
          `${before?.bits} bits`,
        )
      },
    },
    {
      id: 'eve-after',
      statement: 'and (1 + (2p − 1)²)/2 of them after one round',
      source: 'ref. 12',
      stands: 'holds',
      check: ({ hits }) => {
        const after = hits[1]
        return agrees(
          after?.measured ?? 0,
          after?.expected ?? 1,
          Math.sqrt(0.25 / (after?.bits ?? 1)),
          `${after?.bits} bits`,
        )
      },
    },
    {
      id: 'cascade-corrects',
      statement: 'Cascade leaves no difference, at error rates from 0.5 % to 10 %',
      source: 'beyond the paper: Brassard and Salvail 1994',
      stands: 'holds',
      check: ({ cascade: rows }) => ({
        verdict: rows.every((r) => r.left === 0) ? 'holds' : 'fails',
        measured: rows.map((r) => `${r.differences} → ${r.left}`).join(', '),
        expected: 'none left (10 000 bits each)',
      }),
    },
    {
      id: 'cascade-efficiency',
      statement: "It shows at most 1.35 times what Shannon's limit demands",
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ cascade: rows }) => below(Math.max(...rows.map((r) => r.parities / r.shannon)), 1.35),
    },
    {
      id: 'toeplitz-universal',
      statement: 'Two different strings collide under exactly 2^−m of all Toeplitz matrices with m rows',
      source: 'beyond the paper: Krawczyk 1994',
      stands: 'holds',
      check: ({ collisions }) => equals(collisions.measured, collisions.expected, 0),
    },
    {
      id: 'toeplitz-flattens',
      statement: 'The hash of a string with 70 % ones has half ones',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ hashedOnes }) =>
        agrees(hashedOnes.share, 0.5, Math.sqrt(0.25 / hashedOnes.bits), `${hashedOnes.bits} bits`),
    },
    {
      id: 'leftover-hash',
      statement: 'With 128 bits of min-entropy to spare Eve knows less than 2^−127 bit of the key',
      source: 'beyond the paper: Bennett, Brassard, Crépeau and Maurer 1995',
      stands: 'holds',
      check: () => below(residualInformationBits(384, 256), 2 ** -127),
    },
  ],
})

/** Every seed of a family of 5 → 3 bits: exact, not statistical. */
function smallFamily(): { measured: number; expected: number } {
  const [n, m] = [5, 3]
  const seedBits = toeplitzSeedBits(n, m)
  const a = Uint8Array.of(1, 0, 1, 1, 0)
  const b = Uint8Array.of(0, 0, 1, 0, 1)
  let collisions = 0
  for (let s = 0; s < 2 ** seedBits; s++) {
    const seed = Uint8Array.from({ length: seedBits }, (_, i) => (s >> i) & 1)
    if (countDifferences(toeplitzHash(seed, a, m), toeplitzHash(seed, b, m)) === 0) collisions++
  }
  return { measured: collisions, expected: 2 ** (seedBits - m) }
}
