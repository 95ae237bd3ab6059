import { checkRange } from '../range.ts'
import type { GaussianSource } from './gaussian.ts'
import type { Prng } from './prng.ts'

/** Draws of χ² with a fixed number of degrees of freedom. */
export interface ChiSquareSource {
  next(): number
}

/** Marsaglia and Tsang's gamma generator (2000), exact for any number of degrees of freedom ≥ 1. */
export function chiSquareSource(degrees: number, prng: Prng, gaussian: GaussianSource): ChiSquareSource {
  checkRange('degrees of freedom', degrees, { unit: '', min: 1 })
  // below shape 1 the generator draws shape + 1 and scales down by a power of a uniform number
  const boosted = degrees < 2
  const d = degrees / 2 + (boosted ? 1 : 0) - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  const gamma = () => {
    for (;;) {
      const x = gaussian.next()
      const root = 1 + c * x
      if (root <= 0) continue
      const v = root * root * root
      const u = prng.unit()
      if (u < 1 - 0.0331 * x * x * x * x) return d * v
      if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
    }
  }
  return {
    next: boosted ? () => 2 * gamma() * prng.unit() ** (2 / degrees) : () => 2 * gamma(),
  }
}
