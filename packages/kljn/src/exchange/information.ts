import { checkRange } from '../range.ts'
import { logGamma } from '../special-functions.ts'
import { type Covariance, relativeEigenvalues } from './two-gaussians.ts'

const NODES = 96

/** Nodes over ln x of χ² with n degrees of freedom, for the trapezoid rule: x, and density times step. */
function chiSquareNodes(n: number): { x: Float64Array; weight: Float64Array } {
  // ln χ²/n has a width of about √(2/n), and for few degrees of freedom a long tail to the left
  const width = Math.sqrt(2 / n)
  const from = -9 * width - 40 / n
  const to = 9 * width * (1 + 1 / n)
  const step = (to - from) / NODES
  const x = new Float64Array(NODES + 1)
  const weight = new Float64Array(NODES + 1)
  const constant = (n / 2) * Math.log(n / 2) - logGamma(n / 2)
  for (let i = 0; i <= NODES; i++) {
    const v = from + i * step
    x[i] = n * Math.exp(v)
    weight[i] = step * Math.exp(constant + (n / 2) * (v - Math.exp(v)))
  }
  return { x, weight }
}

/** log2(2 / (1 + e^−l)): what a likelihood ratio l says of the bit that is true. */
function bitsOf(l: number): number {
  return l < -30 ? 1 + l / Math.LN2 : 1 - Math.log1p(Math.exp(-l)) / Math.LN2
}

/**
 * Mutual information between an equally likely bit and N samples of a two-dimensional Gaussian vector, in bits:
 * the expectation over the likelihood ratio, which is more than 1 − h(p) because some decisions are surer than others.
 */
export function informationBits(first: Covariance, second: Covariance, samples: number): number {
  checkRange('samples', samples, { unit: '', min: 1, whole: true })
  checkRange('components', first.length, { unit: '', min: 2, max: 2 })
  const [p = 1, q = 1] = relativeEigenvalues(first, second)
  const { x, weight } = chiSquareNodes(samples)
  const logDeterminant = samples * (Math.log(p) + Math.log(q))
  const one = (a: number, b: number, sign: number) => {
    let sum = 0
    for (let i = 0; i <= NODES; i++)
      for (let j = 0; j <= NODES; j++) {
        const l = 0.5 * (a * (x[i] as number) + b * (x[j] as number) - logDeterminant)
        sum += (weight[i] as number) * (weight[j] as number) * bitsOf(sign * l)
      }
    return sum
  }
  return Math.max(0, (one(p - 1, q - 1, 1) + one(1 - 1 / p, 1 - 1 / q, -1)) / 2)
}
