import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import type { Bits } from './bits.ts'

/** How many random bits choose one Toeplitz matrix. */
export function toeplitzSeedBits(inputBits: number, outputBits: number): number {
  return inputBits + outputBits - 1
}

/**
 * Multiplies `bits` by the Toeplitz matrix T[i][j] = seed[i − j + n − 1] over GF(2). The family is universal₂
 * (Krawczyk 1994), so that by the leftover hash lemma the result is as good as uniform for Eve, see `ledger.ts`. The
 * seed is public, and must be chosen after the bits were exchanged.
 */
export function toeplitzHash(seed: Bits, bits: Bits, outputBits: number): Bits {
  checkRange('outputBits', outputBits, { unit: 'bit', min: 1, max: bits.length, whole: true })
  const n = bits.length
  if (seed.length !== toeplitzSeedBits(n, outputBits))
    throw new KljnError(
      'kljn/protocol',
      `a Toeplitz matrix of ${outputBits} × ${n} needs a seed of ${toeplitzSeedBits(n, outputBits)} bits, got ${seed.length}`,
    )
  // Row i of the matrix, read along j, is the seed backwards from i + n − 1; so output word w gathers, for every set
  // input bit j, 32 consecutive seed bits from position 32w − j + n − 1.
  const words = seedWords(seed)
  const outputWords = Math.ceil(outputBits / 32)
  const sums = new Uint32Array(outputWords)
  for (let j = 0; j < n; j++) {
    if (bits[j] === 0) continue
    const start = n - 1 - j
    const shift = start & 31
    let at = start >>> 5
    for (let w = 0; w < outputWords; w++, at++) {
      const here = (words[at] as number) >>> shift
      const next = shift === 0 ? 0 : (words[at + 1] ?? 0) << (32 - shift)
      sums[w] = (sums[w] as number) ^ (here | next)
    }
  }
  return Uint8Array.from({ length: outputBits }, (_, i) => ((sums[i >>> 5] as number) >>> (i & 31)) & 1)
}

/** 32 bits a word, the first bit lowest. */
function seedWords(seed: Bits): Uint32Array {
  const words = new Uint32Array(Math.ceil(seed.length / 32) + 2)
  for (let i = 0; i < seed.length; i++)
    words[i >>> 5] = (words[i >>> 5] as number) | ((seed[i] as number) << (i & 31))
  return words
}
