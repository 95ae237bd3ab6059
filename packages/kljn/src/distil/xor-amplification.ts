import { checkRange } from '../range.ts'
import type { Bits } from './bits.ts'

/**
 * Horváth, Kish and Scheuer (2011): every `group` bits are replaced by their XOR; a remainder is dropped. One round
 * with groups of two halves the key and squares what is left of Eve's advantage.
 */
export function xorAmplify(bits: Bits, group: number): Bits {
  checkRange('group', group, { unit: 'bit', min: 1, whole: true })
  const out = new Uint8Array(Math.floor(bits.length / group))
  for (let i = 0; i < out.length; i++) {
    let parity = 0
    for (let j = 0; j < group; j++) parity ^= bits[i * group + j] as number
    out[i] = parity
  }
  return out
}

/** Eve's chance of guessing an XOR of `group` bits, each guessed with chance `p`: 2p′ − 1 = (2p − 1)^group. */
export function guessAfterXor(p: number, group: number): number {
  checkRange('p', p, { unit: '', min: 0, max: 1 })
  checkRange('group', group, { unit: 'bit', min: 1, whole: true })
  return (1 + (2 * p - 1) ** group) / 2
}

/** The chance that the parties' XORs differ, when single bits differ with chance `e`: the same formula. */
export function errorAfterXor(e: number, group: number): number {
  return 1 - guessAfterXor(1 - e, group)
}

/** 1 − h(p) in bits: what a guess that is right with chance p is worth. Without cancellation near p = ½. */
export function guessInformationBits(p: number): number {
  checkRange('p', p, { unit: '', min: 0, max: 1 })
  const d = 2 * p - 1
  if (Math.abs(d) < 1e-3) return (d * d * (1 + (d * d) / 6 + d ** 4 / 15)) / (2 * Math.LN2)
  const term = (x: number) => (x === 0 ? 0 : x * Math.log2(x))
  return 1 + term(p) + term(1 - p)
}
