import { chiSquareSource } from '../noise/chi-square.ts'
import { gaussianSource } from '../noise/gaussian.ts'
import type { Prng } from '../noise/prng.ts'
import { checkRange } from '../range.ts'
import type { LoopState, Moments } from '../wire/algebraic.ts'

/** Σe_A², Σe_A·e_B and Σe_B² over N samples of unit variance. */
export interface GeneratorSums {
  aa: number
  ab: number
  bb: number
}

/**
 * The exact shortcut: whatever is decided from second moments depends on N independent samples only through the sums
 * of squares and products of the two generators, whose joint distribution is Wishart's. Bartlett's decomposition draws
 * it from two χ² and one normal number, for any N.
 */
export interface WishartSource {
  /** Fills with fresh draws, three numbers each: Σe_A², Σe_A·e_B, Σe_B². */
  fill(out: Float64Array): void
}

const MOST = 2048

function accepted(x: number, root: number, u: number, d: number): boolean {
  const x2 = x * x
  if (root <= 0) return false
  if (u < 1 - 0.0331 * x2 * x2) return true
  const cube = root * root * root
  return Math.log(u) < 0.5 * x2 + d * (1 - cube + Math.log(cube))
}

export function wishartSource(samples: number, prng: Prng): WishartSource {
  checkRange('samples', samples, { unit: '', min: 2, whole: true })
  const gaussian = gaussianSource(prng)
  const first = chiSquareSource(samples, prng, gaussian)
  const second = chiSquareSource(samples - 1, prng, gaussian)
  // Marsaglia and Tsang's proposals for both χ², in bulk: nearly all are accepted by their squeeze, some by the exact
  // test, and the rest are drawn anew. Below shape 1 their generator needs another step, so there all are drawn singly.
  const bulk = samples >= 3
  const d1 = samples / 2 - 1 / 3
  const d2 = (samples - 1) / 2 - 1 / 3
  const c1 = 1 / Math.sqrt(9 * d1)
  const c2 = 1 / Math.sqrt(9 * d2)
  const normals = new Float64Array(3 * MOST)
  const words = new Int32Array(2 * MOST)
  const block = (out: Float64Array, from: number, count: number) => {
    gaussian.fill(count === MOST ? normals : normals.subarray(0, 3 * count))
    prng.fill(count === MOST ? words : words.subarray(0, 2 * count))
    for (let k = 0; k < count; k++) {
      const x = normals[3 * k] as number
      const y = normals[3 * k + 1] as number
      const z = normals[3 * k + 2] as number
      const u = ((words[2 * k] as number) >>> 0) / 2 ** 32
      const v = ((words[2 * k + 1] as number) >>> 0) / 2 ** 32
      const r1 = 1 + c1 * x
      const r2 = 1 + c2 * y
      const aa = accepted(x, r1, u, d1) ? 2 * d1 * r1 * r1 * r1 : first.next()
      const rest = accepted(y, r2, v, d2) ? 2 * d2 * r2 * r2 * r2 : second.next()
      const at = from + 3 * k
      out[at] = aa
      out[at + 1] = Math.sqrt(aa) * z
      out[at + 2] = z * z + rest
    }
  }
  return {
    fill(out) {
      checkRange('length', out.length / 3, { unit: 'draws', whole: true })
      if (bulk) {
        for (let from = 0; from < out.length; from += 3 * MOST)
          block(out, from, Math.min(MOST, (out.length - from) / 3))
        return
      }
      for (let at = 0; at < out.length; at += 3) {
        const aa = first.next()
        const z = gaussian.next()
        out[at] = aa
        out[at + 1] = Math.sqrt(aa) * z
        out[at + 2] = z * z + second.next()
      }
    },
  }
}

/** What the sums of a cold line's generators mean at its ends, as means over `samples`. */
export function momentsOfSums(state: LoopState, sums: GeneratorSums, samples: number): Moments {
  const { aliceOhms: ra, bobOhms: rb, totalOhms: s } = state
  const aa = (sums.aa * state.aliceVolts2) / samples
  const bb = (sums.bb * state.bobVolts2) / samples
  const ab = (sums.ab * Math.sqrt(state.aliceVolts2 * state.bobVolts2)) / samples
  const [a1, a2, b1, b2] = [1 - ra / s, ra / s, rb / s, 1 - rb / s]
  return {
    uaua: a1 * a1 * aa + 2 * a1 * a2 * ab + a2 * a2 * bb,
    ubub: b1 * b1 * aa + 2 * b1 * b2 * ab + b2 * b2 * bb,
    uaub: a1 * b1 * aa + (a1 * b2 + a2 * b1) * ab + a2 * b2 * bb,
    uai: (a1 * aa + (a2 - a1) * ab - a2 * bb) / s,
    ubi: (b1 * aa + (b2 - b1) * ab - b2 * bb) / s,
    ii: (aa - 2 * ab + bb) / (s * s),
  }
}
