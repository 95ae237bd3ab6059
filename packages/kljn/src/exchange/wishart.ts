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
  /** Writes a fresh draw into `out`. */
  draw(out: GeneratorSums): void
}

export function wishartSource(samples: number, prng: Prng): WishartSource {
  checkRange('samples', samples, { unit: '', min: 2, whole: true })
  const gaussian = gaussianSource(prng)
  const first = chiSquareSource(samples, prng, gaussian)
  const second = chiSquareSource(samples - 1, prng, gaussian)
  return {
    draw(out) {
      const aa = first.next()
      const z = gaussian.next()
      out.aa = aa
      out.ab = Math.sqrt(aa) * z
      out.bb = z * z + second.next()
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
