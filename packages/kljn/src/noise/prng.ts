import type { Rng } from '@warren/primitives/rng'

/**
 * xoshiro128++ (Blackman and Vigna, 2019): a fast generator for simulations, seeded once from an injected Rng.
 * Never a source of keys. `state` is its four words, for loops that keep them in registers.
 */
export interface Prng {
  readonly state: Int32Array<ArrayBuffer>
  /** A uniform signed 32-bit word. */
  word(): number
  /** As many words: what that many calls of `word` would give. */
  fill(out: Int32Array): void
  /** A uniform number in (0, 1): 32 bits, the middle of each step, so that a logarithm of it is finite. */
  unit(): number
}

export function seededPrng(rng: Rng): Prng {
  const bytes = rng.bytes(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const state = new Int32Array(4)
  for (let i = 0; i < 4; i++) state[i] = view.getInt32(4 * i, true)
  if (state.every((word) => word === 0)) state[0] = 1 // the one state it never leaves
  const word = () => {
    const s0 = state[0] as number
    const s1 = state[1] as number
    const s2 = (state[2] as number) ^ s0
    const s3 = (state[3] as number) ^ s1
    const sum = (s0 + (state[3] as number)) | 0
    state[0] = s0 ^ s3
    state[1] = s1 ^ s2
    state[2] = s2 ^ (s1 << 9)
    state[3] = (s3 << 11) | (s3 >>> 21)
    return (((sum << 7) | (sum >>> 25)) + s0) | 0
  }
  const fill = (out: Int32Array) => {
    let s0 = state[0] as number
    let s1 = state[1] as number
    let s2 = state[2] as number
    let s3 = state[3] as number
    const length = out.length
    for (let i = 0; i < length; i++) {
      const sum = (s0 + s3) | 0
      out[i] = ((sum << 7) | (sum >>> 25)) + s0
      const shifted = s1 << 9
      s2 ^= s0
      s3 ^= s1
      s1 ^= s2
      s0 ^= s3
      s2 ^= shifted
      s3 = (s3 << 11) | (s3 >>> 21)
    }
    state[0] = s0
    state[1] = s1
    state[2] = s2
    state[3] = s3
  }
  return { state, word, fill, unit: () => ((word() >>> 0) + 0.5) / 2 ** 32 }
}
