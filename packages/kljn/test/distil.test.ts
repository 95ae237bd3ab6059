import { randomBelow } from '@warren/primitives/rng'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bits, countDifferences, packBits, unpackBits } from '../src/distil/bits.ts'
import { answerParities, cascade, cascadeOrders } from '../src/distil/cascade.ts'
import { keptBitsFor, ledger, residualInformationBits } from '../src/distil/ledger.ts'
import { commonPositions, isMixed, type Reading, siftedBits } from '../src/distil/sifting.ts'
import { toeplitzHash, toeplitzSeedBits } from '../src/distil/toeplitz.ts'
import {
  errorAfterXor,
  guessAfterXor,
  guessInformationBits,
  xorAmplify,
} from '../src/distil/xor-amplification.ts'

const bitArray = (constraints?: { minLength?: number; maxLength?: number }) =>
  fc.array(fc.integer({ min: 0, max: 1 }), constraints).map((bits) => Uint8Array.from(bits))

function randomBits(seed: string, length: number): Bits {
  return Uint8Array.from(testRng(seed).bytes(length), (byte) => byte & 1)
}

/** Turns `count` bits, at places that the seed chooses. */
function withErrors(bits: Bits, count: number, seed: string): Bits {
  const rng = testRng(seed)
  const out = Uint8Array.from(bits)
  for (let turned = 0; turned < count; ) {
    const at = randomBelow(rng, bits.length)
    if (out[at] !== bits[at]) continue
    out[at] = 1 - (out[at] as number)
    turned++
  }
  return out
}

describe('bits', () => {
  it('pack and unpack', () => {
    fc.assert(
      fc.property(bitArray(), (bits) => {
        expect(unpackBits(packBits(bits), bits.length)).toEqual(bits)
      }),
    )
  })
  it('refuse a wrong length and a filling that is not zero', () => {
    expect(() => unpackBits(Uint8Array.of(0, 0), 8)).toThrow('8 bits need 1 bytes')
    expect(() => unpackBits(Uint8Array.of(1), 7)).toThrow('not zero')
  })
})

describe('sifting', () => {
  it('keeps what both hold to be mixed, and gives both the same bit', () => {
    const alice: Reading[] = [
      { own: 'H', other: 'L' },
      { own: 'H', other: 'H' },
      { own: 'L', other: 'H' },
      { own: 'L', other: 'H' },
    ]
    const bob: Reading[] = [
      { own: 'L', other: 'H' },
      { own: 'H', other: 'H' },
      { own: 'H', other: 'L' },
      { own: 'L', other: 'L' }, // Alice misread this one
    ]
    const kept = commonPositions(alice.map(isMixed), bob.map(isMixed))
    expect(kept).toEqual([0, 2])
    expect(siftedBits('alice', alice, kept)).toEqual(Uint8Array.of(1, 0))
    expect(siftedBits('bob', bob, kept)).toEqual(Uint8Array.of(1, 0))
  })
})

describe('Cascade', () => {
  const run = async (length: number, errors: number, errorRate: number, seed: string) => {
    const alice = randomBits(`${seed}/key`, length)
    const bob = withErrors(alice, errors, `${seed}/errors`)
    const orders = cascadeOrders(length, 6, seed)
    const asked: number[] = []
    const result = await cascade(bob, orders, { errorRate }, (questions) => {
      asked.push(questions.length)
      return Promise.resolve(answerParities(alice, orders, questions))
    })
    expect(result.parities).toBe(asked.reduce((a, b) => a + b, 0))
    return { alice, result }
  }

  it.each([
    [2000, 0, 0.01],
    [2000, 20, 0.01],
    [2000, 100, 0.05],
    [1000, 110, 0.11],
  ])('corrects %i bits with %i errors', async (length, errors, rate) => {
    const { alice, result } = await run(length, errors, rate, `cascade/${length}/${errors}`)
    expect(countDifferences(alice, result.key)).toBe(0)
    expect(result.corrected).toBeGreaterThanOrEqual(errors)
  })
  it('tells Eve little more than Shannon demands', async () => {
    const { result } = await run(10_000, 300, 0.03, 'efficiency')
    const shannon = 10_000 * (1 - guessInformationBits(0.97))
    expect(result.parities / shannon).toBeLessThan(1.35)
    expect(result.parities / shannon).toBeGreaterThan(1)
  })
  it('corrects with half the right error rate too', async () => {
    const { alice, result } = await run(1500, 60, 0.02, 'surprise')
    expect(countDifferences(alice, result.key)).toBe(0)
  })
  it('refuses a question outside the key, and an answer of another length', async () => {
    const orders = cascadeOrders(10, 2, 'x')
    expect(() => answerParities(new Uint8Array(10), orders, [{ pass: 0, from: 0, to: 11 }])).toThrow(
      'no block 0…11',
    )
    expect(() => answerParities(new Uint8Array(10), orders, [{ pass: 2, from: 0, to: 1 }])).toThrow('pass 2')
    await expect(
      cascade(new Uint8Array(10), orders, { errorRate: 0.1 }, () => Promise.resolve(new Uint8Array(0))),
    ).rejects.toThrow('got 0')
  })
})

describe('privacy amplification', () => {
  it('the spec: p = .525 gives 4.5e-6 bit after one round of XOR, 2.8e-11 after two', () => {
    expect(guessInformationBits(guessAfterXor(0.525, 2))).toBeCloseTo(4.5e-6, 7)
    expect(guessInformationBits(guessAfterXor(0.525, 4))).toBeCloseTo(2.8e-11, 12)
    expect(errorAfterXor(0.01, 2)).toBeCloseTo(2 * 0.01 * 0.99, 12)
  })
  it('1 − h(p) has no seam where the series takes over', () => {
    for (const d of [0.9e-3, 1.1e-3]) {
      const p = (1 + d) / 2
      const direct = 1 + p * Math.log2(p) + (1 - p) * Math.log2(1 - p)
      expect(guessInformationBits(p) / direct).toBeCloseTo(1, 8)
    }
    expect(guessInformationBits(1)).toBe(1)
    expect(guessInformationBits(0)).toBe(1)
  })
  it('XOR is the parity of each group', () => {
    expect(xorAmplify(Uint8Array.of(1, 1, 0, 1, 1, 1, 1), 3)).toEqual(Uint8Array.of(0, 1))
  })
  it('Toeplitz is the matrix it says it is, and linear', () => {
    fc.assert(
      fc.property(
        bitArray({ minLength: 1, maxLength: 120 }).chain((bits) =>
          fc.record({
            bits: fc.constant(bits),
            other: bitArray({ minLength: bits.length, maxLength: bits.length }),
            outputBits: fc.integer({ min: 1, max: bits.length }),
          }),
        ),
        ({ bits, other, outputBits }) => {
          const n = bits.length
          const seed = randomBits(`${n}/${outputBits}`, toeplitzSeedBits(n, outputBits))
          const expected = Uint8Array.from({ length: outputBits }, (_, i) => {
            let sum = 0
            for (let j = 0; j < n; j++) sum ^= (bits[j] as number) & (seed[i - j + n - 1] as number)
            return sum
          })
          const hash = toeplitzHash(seed, bits, outputBits)
          expect(hash).toEqual(expected)
          const sum = bits.map((bit, i) => bit ^ (other[i] as number))
          const otherHash = toeplitzHash(seed, other, outputBits)
          expect(toeplitzHash(seed, sum, outputBits)).toEqual(
            hash.map((bit, i) => bit ^ (otherHash[i] as number)),
          )
        },
      ),
    )
  })
  it('Toeplitz is universal: two inputs collide with chance 2^−m', () => {
    // All seeds of a small family, so this is exact and not statistical.
    const [n, m] = [5, 3]
    const seedBits = toeplitzSeedBits(n, m)
    const a = Uint8Array.of(1, 0, 1, 1, 0)
    const b = Uint8Array.of(0, 0, 1, 0, 1)
    let collisions = 0
    for (let s = 0; s < 2 ** seedBits; s++) {
      const seed = Uint8Array.from({ length: seedBits }, (_, i) => (s >> i) & 1)
      if (countDifferences(toeplitzHash(seed, a, m), toeplitzHash(seed, b, m)) === 0) collisions++
    }
    expect(collisions).toBe(2 ** (seedBits - m))
  })
  it('refuses a seed of another length', () => {
    expect(() => toeplitzHash(new Uint8Array(3), new Uint8Array(4), 2)).toThrow('seed of 5 bits')
  })
})

describe('the ledger', () => {
  const entry = {
    exchanges: 4000,
    keptBits: 2000,
    parityBits: 150,
    verificationBits: 64,
    guess: 0.55,
    informationBits: 0.0072,
    xorGroup: 1,
    securityBits: 64,
  }
  it('adds up', () => {
    const book = ledger(entry)
    expect(book.minEntropyBits).toBeCloseTo(2000 * -Math.log2(0.55) - 214, 9)
    expect(book.secretBits).toBe(Math.floor(book.minEntropyBits - 128))
    expect(book.eveInformationBits).toBeCloseTo(14.4, 9)
    expect(residualInformationBits(book.minEntropyBits, book.secretBits)).toBeLessThan(2 ** -127)
  })
  it('gives nothing where nothing is secret', () => {
    expect(ledger({ ...entry, guess: 0.99 }).secretBits).toBe(0)
    expect(() => keptBitsFor(256, 1, 64, 64)).toThrow(
      expect.objectContaining({ code: 'kljn/no-secret-left' }),
    )
  })
  it('keptBitsFor is its inverse', () => {
    const keptBits = keptBitsFor(256, 0.55, 64, 64)
    expect(ledger({ ...entry, keptBits, parityBits: 0 }).secretBits).toBeGreaterThanOrEqual(256)
    expect(ledger({ ...entry, keptBits: keptBits - 2, parityBits: 0 }).secretBits).toBeLessThan(256)
  })
  it('names what is out of range', () => {
    expect(() => ledger({ ...entry, guess: 0.4 })).toThrow('guess is 0.4')
    expect(() => ledger({ ...entry, keptBits: 5000 })).toThrow('keptBits is 5000 bit')
  })
})
