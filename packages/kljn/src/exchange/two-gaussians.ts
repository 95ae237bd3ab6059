import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import { quadraticFormAbove } from './quadratic-form.ts'
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts'

/** A symmetric positive definite matrix, row by row. */
export type Covariance = readonly (readonly number[])[]

/** Lower triangle of Cholesky's factor. */
function cholesky(matrix: Covariance): number[][] {
  const factor: number[][] = []
  matrix.forEach((row, i) => {
    const made: number[] = []
    for (let j = 0; j <= i; j++) {
      let sum = row[j] as number
      const other = j === i ? made : (factor[j] as number[])
      for (let k = 0; k < j; k++) sum -= (made[k] as number) * (other[k] as number)
      if (j < i) made.push(sum / (other[j] as number))
      else {
        // what is left must be more than rounding of the diagonal
        if (!(sum > 1e-13 * (row[i] as number)))
          throw new KljnError('kljn/parameter', 'covariance is singular: choose independent quantities')
        made.push(Math.sqrt(sum))
      }
    }
    factor.push(made)
  })
  return factor
}

/** L⁻¹ · v for lower triangular L. */
function solveLower(lower: readonly (readonly number[])[], v: readonly number[]): number[] {
  const out: number[] = []
  lower.forEach((row, i) => {
    let sum = v[i] as number
    for (let k = 0; k < i; k++) sum -= (row[k] as number) * (out[k] as number)
    out.push(sum / (row[i] as number))
  })
  return out
}

/** Eigenvalues of second⁻¹ · first: 1 where the two cannot be told apart. */
export function relativeEigenvalues(first: Covariance, second: Covariance): number[] {
  if (first.length !== second.length || first.length === 0)
    throw new KljnError('kljn/parameter', `covariances have ${first.length} and ${second.length} rows`)
  // scale to unit diagonal first: volts and amperes differ by orders of magnitude
  const scale = second.map((row, i) => 1 / Math.sqrt(row[i] as number))
  const scaled = (m: Covariance) =>
    m.map((row, i) => row.map((v, j) => v * (scale[i] as number) * (scale[j] as number)))
  const lower = cholesky(scaled(second))
  const half = scaled(first).map((row) => solveLower(lower, row)) // rows of first · L⁻ᵀ
  const columns = half.map((_, j) => half.map((row) => row[j] as number))
  return symmetricEigenvalues(columns.map((column) => solveLower(lower, column)))
}

/**
 * The best anybody can do: N independent samples of a Gaussian vector of mean zero are known to come from one of two
 * covariances, with equal chance, and the likelihood-ratio test decides. Every passive stationary attack on the
 * resistive loop is a worse decision from the same samples, and so is every decision of Alice or Bob.
 */
export interface Distinguishability {
  /** Chance of a right decision when the first covariance is true. */
  rightIfFirst: number
  rightIfSecond: number
  /** The mean of both. */
  right: number
}

/** Both covariances in the same units; N ≥ 3 samples for vectors of one component, ≥ 2 otherwise. */
export function distinguish(first: Covariance, second: Covariance, samples: number): Distinguishability {
  checkRange('samples', samples, { unit: '', min: 1, whole: true })
  const ratios = relativeEigenvalues(first, second).map((mu) => (Math.abs(mu - 1) < 1e-12 ? 1 : mu))
  if (ratios.every((mu) => mu === 1)) return { rightIfFirst: 0.5, rightIfSecond: 0.5, right: 0.5 }
  const threshold = samples * ratios.reduce((sum, mu) => sum + Math.log(mu), 0)
  const rightIfFirst = quadraticFormAbove(
    ratios.map((mu) => ({ weight: mu - 1, degrees: samples })),
    threshold,
  )
  const rightIfSecond =
    1 -
    quadraticFormAbove(
      ratios.map((mu) => ({ weight: 1 - 1 / mu, degrees: samples })),
      threshold,
    )
  return { rightIfFirst, rightIfSecond, right: (rightIfFirst + rightIfSecond) / 2 }
}
