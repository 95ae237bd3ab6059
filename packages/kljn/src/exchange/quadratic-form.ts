import { checkRange } from '../range.ts'

/** weight · χ² with `degrees` degrees of freedom. */
export interface WeightedChiSquare {
  weight: number
  degrees: number
}

const SMALL = 1e-13
const MOST_STEPS = 4_000_000

/**
 * The chance that Σ weight·χ² is above `threshold`, all χ² independent, weights of any sign: inversion of the
 * characteristic function by the trapezoid rule (Davies, 1973), whose error falls exponentially. Absolute error about
 * 1e-11; needs at least 3 degrees of freedom in all, or the integrand decays too slowly.
 */
export function quadraticFormAbove(terms: readonly WeightedChiSquare[], threshold: number): number {
  const used = terms.filter((term) => term.weight !== 0)
  const degrees = used.reduce((sum, term) => sum + term.degrees, 0)
  if (used.length === 0) return threshold < 0 ? 1 : 0
  checkRange('degrees of freedom in all', degrees, { unit: '', min: 3 })
  let mean = 0
  let variance = 0
  let largest = 0
  for (const { weight, degrees: n } of used) {
    mean += weight * n
    variance += 2 * weight * weight * n
    largest = Math.max(largest, Math.abs(weight))
  }
  // The sum is periodic with 2π/Δ: a period must hold the whole distribution. Far out, tails fall as e^(−x/2·largest).
  const reach = Math.abs(threshold - mean) + 9 * Math.sqrt(variance) + 80 * largest
  const step = Math.PI / reach
  let above = 0.5
  for (let k = 0; k < MOST_STEPS; k++) {
    const u = (k + 0.5) * step
    let logModulus = 0
    let phase = -u * threshold
    for (const { weight, degrees: n } of used) {
      const x = 2 * weight * u
      logModulus -= (n / 4) * Math.log1p(x * x)
      phase += (n / 2) * Math.atan(x)
    }
    const modulus = Math.exp(logModulus) / (k + 0.5)
    above += (modulus * Math.sin(phase)) / Math.PI
    if (modulus * (k + 1) < SMALL * degrees && modulus < SMALL) break
  }
  return Math.min(1, Math.max(0, above))
}
