import { checkRange } from './range.ts'

/** ln Γ(x) for x > 0: Stirling's series above 15, reached by Γ(x) = Γ(x + 1)/x; relative error about 1e-15. */
export function logGamma(x: number): number {
  checkRange('x', x, { unit: '', moreThan: 0 })
  let shifted = x
  let product = 1
  while (shifted < 15) {
    product *= shifted
    shifted += 1
  }
  const r = 1 / (shifted * shifted)
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360_360))))) /
    shifted
  return (
    (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
  )
}

const TINY = 1e-300
const MOST_TERMS = 100_000

/** One step of Lentz's method: never divides by zero. */
const away = (x: number) => (Math.abs(x) < TINY ? TINY : x)

/** The regularised incomplete beta function I_x(a, b), by its continued fraction. */
export function regularisedBeta(x: number, a: number, b: number): number {
  checkRange('x', x, { unit: '', min: 0, max: 1 })
  checkRange('a', a, { unit: '', moreThan: 0 })
  checkRange('b', b, { unit: '', moreThan: 0 })
  if (x === 0 || x === 1) return x
  // the fraction converges fast only below the mean
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let sum = d
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    sum *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    const factor = d * c
    sum *= factor
    if (Math.abs(factor - 1) < 1e-15) break
  }
  return (front * sum) / a
}

/** The regularised lower incomplete gamma function P(a, x). */
export function regularisedGamma(a: number, x: number): number {
  return x < a + 1 ? lowerGamma(a, x) : 1 - upperGamma(a, x)
}

function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0
  let term = 1 / a
  let sum = term
  for (let n = 1; n < MOST_TERMS; n++) {
    term *= x / (a + n)
    sum += term
    if (term < sum * 1e-17) break
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a))
}

function upperGamma(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / away(b)
  let sum = d
  for (let n = 1; n < MOST_TERMS; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / away(step * d + b)
    c = away(b + step / c)
    const factor = d * c
    sum *= factor
    if (Math.abs(factor - 1) < 1e-15) break
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a))
}

/** The chance that χ² with that many degrees of freedom is above x: small tails keep their relative accuracy. */
export function chiSquareAbove(x: number, degrees: number): number {
  if (x <= 0) return 1
  const a = degrees / 2
  return x / 2 < a + 1 ? 1 - lowerGamma(a, x / 2) : upperGamma(a, x / 2)
}

/** The chance that χ² with that many degrees of freedom is below x: small tails keep their relative accuracy. */
export function chiSquareBelow(x: number, degrees: number): number {
  if (x <= 0) return 0
  const a = degrees / 2
  return x / 2 < a + 1 ? lowerGamma(a, x / 2) : 1 - upperGamma(a, x / 2)
}

/** Φ(z), the standard normal distribution. */
export function normalBelow(z: number): number {
  const tail = 0.5 * chiSquareAbove(z * z, 1)
  return z < 0 ? tail : 1 - tail
}

/** Φ⁻¹(p), by bisection and Newton: p in (0, 1). */
export function normalQuantile(p: number): number {
  checkRange('p', p, { unit: '', moreThan: 0, lessThan: 1 })
  if (p > 0.5) return -normalQuantile(1 - p)
  let low = -40
  let high = 0
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (normalBelow(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** h(p) in bits. */
export function binaryEntropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p))
}
