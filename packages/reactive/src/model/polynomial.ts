import { ReactiveError } from '../errors.ts'
import { type Fraction, fraction, Rational } from './rational.ts'

/**
 * A polynomial with rational coefficients in one unknown. Two unknowns occur, never in the same polynomial:
 * x = 2^{-k} in probabilities, and 2^k in the marks of counters. So a model is written once for every k.
 */
export class Polynomial {
  static readonly ZERO: Polynomial = new Polynomial([])
  static readonly ONE: Polynomial = new Polynomial([Rational.ONE])
  /** Lowest power first; the last one is not zero. */
  readonly coefficients: readonly Rational[]

  private constructor(coefficients: readonly Rational[]) {
    this.coefficients = coefficients
  }

  static of(coefficients: readonly Rational[]): Polynomial {
    let length = coefficients.length
    while (length > 0 && coefficients[length - 1]?.isZero() === true) length--
    return new Polynomial(coefficients.slice(0, length))
  }

  static constant(value: Fraction): Polynomial {
    return Polynomial.of([fraction(value)])
  }

  /** −1 for the zero polynomial. */
  get degree(): number {
    return this.coefficients.length - 1
  }

  coefficient(power: number): Rational {
    return this.coefficients[power] ?? Rational.ZERO
  }

  isZero(): boolean {
    return this.coefficients.length === 0
  }

  isConstant(): boolean {
    return this.coefficients.length <= 1
  }

  plus(other: Term): Polynomial {
    const right = term(other)
    const length = Math.max(this.coefficients.length, right.coefficients.length)
    return Polynomial.of(Array.from({ length }, (_, i) => this.coefficient(i).plus(right.coefficient(i))))
  }

  minus(other: Term): Polynomial {
    return this.plus(term(other).negated())
  }

  negated(): Polynomial {
    return new Polynomial(this.coefficients.map((c) => c.negated()))
  }

  times(other: Term): Polynomial {
    const right = term(other)
    const out = new Array<Rational>(Math.max(0, this.degree + right.degree + 1)).fill(Rational.ZERO)
    this.coefficients.forEach((a, i) => {
      right.coefficients.forEach((b, j) => {
        out[i + j] = (out[i + j] as Rational).plus(a.times(b))
      })
    })
    return Polynomial.of(out)
  }

  at(value: Rational): Rational {
    return this.coefficients.reduceRight((sum, c) => sum.times(value).plus(c), Rational.ZERO)
  }

  equals(other: Polynomial): boolean {
    return (
      this.coefficients.length === other.coefficients.length &&
      this.coefficients.every((c, i) => c.equals(other.coefficient(i)))
    )
  }

  /** Quotient and remainder. Throws ReactiveError `reactive/number` for a zero divisor. */
  divide(divisor: Polynomial): { quotient: Polynomial; remainder: Polynomial } {
    if (divisor.isZero()) throw new ReactiveError('reactive/number', 'division by the polynomial 0')
    const lead = divisor.coefficient(divisor.degree)
    const rest = [...this.coefficients]
    const quotient = new Array<Rational>(Math.max(0, rest.length - divisor.degree)).fill(Rational.ZERO)
    for (let i = quotient.length - 1; i >= 0; i--) {
      const factor = (rest[i + divisor.degree] as Rational).over(lead)
      quotient[i] = factor
      divisor.coefficients.forEach((c, j) => {
        rest[i + j] = (rest[i + j] as Rational).minus(factor.times(c))
      })
    }
    return { quotient: Polynomial.of(quotient), remainder: Polynomial.of(rest) }
  }

  /** The sign for all values near 0 from above. */
  signNearZero(): -1 | 0 | 1 {
    return this.coefficients.find((c) => !c.isZero())?.sign() ?? 0
  }

  /** The sign for all large values. */
  signAtInfinity(): -1 | 0 | 1 {
    return this.coefficients.at(-1)?.sign() ?? 0
  }

  /** The smallest power that occurs; Infinity for 0. Near 0 the polynomial is of that order. */
  get order(): number {
    const found = this.coefficients.findIndex((c) => !c.isZero())
    return found === -1 ? Number.POSITIVE_INFINITY : found
  }

  /** With the unknown written as `name`, highest power first for `2^k`, lowest first for `x`. */
  format(name: string): string {
    const parts = this.coefficients.flatMap((c, power) => {
      if (c.isZero()) return []
      const unknown =
        power === 0 ? '' : power === 1 ? name : `${name.includes('^') ? `(${name})` : name}^${power}`
      const size = c.absolute()
      const factor = power > 0 && size.equals(Rational.ONE) ? '' : size.toString()
      const middle = factor !== '' && unknown !== '' ? '·' : ''
      return [{ minus: c.sign() < 0, text: `${factor}${middle}${unknown}` }]
    })
    if (name.includes('^')) parts.reverse()
    return parts.length === 0
      ? '0'
      : parts.map((p, i) => `${i === 0 ? (p.minus ? '−' : '') : p.minus ? ' − ' : ' + '}${p.text}`).join('')
  }
}

/** What arithmetic with polynomials takes. */
export type Term = Polynomial | Fraction

export function term(value: Term): Polynomial {
  return value instanceof Polynomial ? value : Polynomial.constant(value)
}

/** The unknown itself. In a probability: x = 2^{-k}. */
export const x: Polynomial = Polynomial.of([Rational.ZERO, Rational.ONE])

/** The unknown itself, in the marks of counters: 2^k. */
export const twoToTheK: Polynomial = Polynomial.of([Rational.ZERO, Rational.ONE])
