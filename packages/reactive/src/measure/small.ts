import type { RationalFunction } from '../model/field.ts'
import { Rational } from '../model/rational.ts'

/**
 * A function of k by its leading term: coefficient · 2^{-exponent·k} · k^{power}, or 0. That is enough to decide the
 * classes of small functions, strict inequalities included.
 */
export interface Smallness {
  readonly coefficient: Rational
  readonly exponent: number
  readonly power: number
}

/** The leading term, near x = 0, of a function of x = 2^{-k}. */
export function leadingTerm(f: RationalFunction): Smallness {
  const { order } = f
  if (order === Number.POSITIVE_INFINITY) return { coefficient: Rational.ZERO, exponent: 0, power: 0 }
  const coefficient = f.numerator
    .coefficient(f.numerator.order)
    .over(f.denominator.coefficient(f.denominator.order))
  return { coefficient, exponent: order, power: 0 }
}

/** NEGL: below k^{-c} for every c, from some k on. */
export function isNegligible({ coefficient, exponent }: Smallness): boolean {
  return coefficient.isZero() || exponent > 0
}

/** EXPSMALL as it should read: below 2^{-k}·k^c for some c ∈ ℕ, from some k on; values may be 0. */
export function isExpSmall({ coefficient, exponent }: Smallness): boolean {
  return coefficient.isZero() || exponent >= 1
}

/**
 * EXPSMALL as printed: below 2^{-k}·k^{-c} for some c ∈ ℕ, values above 0. Whether 0 ∈ ℕ changes which functions are
 * in it, and in neither case is it closed under addition.
 */
export function isExpSmallAsPrinted(
  { coefficient, exponent, power }: Smallness,
  smallestNatural: 0 | 1,
): boolean {
  if (coefficient.isZero()) return false // the printed codomain is ℝ_{>0}
  if (exponent !== 1) return exponent > 1
  // The smallest c asks least. Equal powers are decided by the coefficient; equality is not strictly below.
  const c = smallestNatural
  return power < -c || (power === -c && coefficient.compare(Rational.ONE) < 0)
}

/** f + g, by leading terms. */
export function addSmall(f: Smallness, g: Smallness): Smallness {
  if (f.coefficient.isZero()) return g
  if (g.coefficient.isZero()) return f
  if (f.exponent !== g.exponent) return f.exponent < g.exponent ? f : g
  if (f.power !== g.power) return f.power > g.power ? f : g
  return { ...f, coefficient: f.coefficient.plus(g.coefficient) }
}

/** The value at one k, as a number. */
export function valueAt({ coefficient, exponent, power }: Smallness, k: number): number {
  return coefficient.toNumber() * 2 ** (-exponent * k) * k ** power
}

/** `3/4·2^{-k}·k^{-1}`. */
export function formatSmall({ coefficient, exponent, power }: Smallness): string {
  if (coefficient.isZero()) return '0'
  const parts = [
    coefficient.equals(Rational.ONE) && (exponent !== 0 || power !== 0) ? '' : coefficient.toString(),
    exponent === 0 ? '' : `2^{${exponent === 1 ? '-' : `-${exponent}`}k}`,
    power === 0 ? '' : power === 1 ? 'k' : `k^{${power}}`,
  ]
  return parts.filter((part) => part !== '').join('·')
}
