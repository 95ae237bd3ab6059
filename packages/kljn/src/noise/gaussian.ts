import type { Prng } from './prng.ts'

/** Independent standard normal numbers. */
export interface GaussianSource {
  next(): number
  fill(out: Float64Array | Float32Array): void
}

// The ziggurat of Marsaglia and Tsang (2000) with 256 layers: base strip from TAIL on, every layer of area AREA. The
// layer is chosen by the lowest 8 bits of a word and the place in it by the 24 others, so that the two are independent
// (the flaw Doornik found in the original). Numbers are multiples of 2^-22 of their layer's width, symmetric about 0.
const TAIL = 3.6541528853610088
const AREA = 0.00492867323399
const STEPS = 2 ** 23

const INSIDE = new Int32Array(256)
const WIDTH = new Float64Array(256)
const HEIGHT = new Float64Array(256)

{
  let x = TAIL
  let outer = x
  const base = AREA / Math.exp(-0.5 * x * x)
  INSIDE[0] = (x / base) * STEPS
  INSIDE[1] = 0
  WIDTH[0] = base / STEPS
  WIDTH[255] = x / STEPS
  HEIGHT[0] = 1
  HEIGHT[255] = Math.exp(-0.5 * x * x)
  for (let i = 254; i >= 1; i--) {
    x = Math.sqrt(-2 * Math.log(AREA / x + Math.exp(-0.5 * x * x)))
    INSIDE[i + 1] = (x / outer) * STEPS
    outer = x
    HEIGHT[i] = Math.exp(-0.5 * x * x)
    WIDTH[i] = x / STEPS
  }
}

/** The 1 % of words that fall outside the inner part of their layer. */
function edge(prng: Prng, first: number): number {
  let word = first
  for (;;) {
    const layer = word & 255
    const place = (word >> 8) | 1
    if (Math.abs(place) < (INSIDE[layer] as number)) return place * (WIDTH[layer] as number)
    if (layer === 0) {
      for (;;) {
        const x = -Math.log(prng.unit()) / TAIL
        const y = -Math.log(prng.unit())
        if (y + y >= x * x) return place > 0 ? TAIL + x : -TAIL - x
      }
    }
    const x = place * (WIDTH[layer] as number)
    const low = HEIGHT[layer] as number
    const high = HEIGHT[layer - 1] as number
    if (low + prng.unit() * (high - low) < Math.exp(-0.5 * x * x)) return x
    word = prng.word()
  }
}

/** Ziggurat over xoshiro128++. `next` and `fill` draw from one stream: a fill gives what as many nexts would. */
export function gaussianSource(prng: Prng): GaussianSource {
  const { state } = prng
  return {
    next: () => edge(prng, prng.word()),
    fill(out) {
      // the generator, inlined with its state in registers: this loop is what most of a simulation's time goes to
      let s0 = state[0] as number
      let s1 = state[1] as number
      let s2 = state[2] as number
      let s3 = state[3] as number
      const length = out.length
      for (let i = 0; i < length; i++) {
        const sum = (s0 + s3) | 0
        const word = (((sum << 7) | (sum >>> 25)) + s0) | 0
        const shifted = s1 << 9
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 11) | (s3 >>> 21)
        const layer = word & 255
        const place = (word >> 8) | 1
        if (Math.abs(place) < (INSIDE[layer] as number)) out[i] = place * (WIDTH[layer] as number)
        else {
          state[0] = s0
          state[1] = s1
          state[2] = s2
          state[3] = s3
          out[i] = edge(prng, word)
          s0 = state[0]
          s1 = state[1]
          s2 = state[2]
          s3 = state[3]
        }
      }
      state[0] = s0
      state[1] = s1
      state[2] = s2
      state[3] = s3
    },
  }
}
