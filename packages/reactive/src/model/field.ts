import { ReactiveError } from '../errors.ts'
import { Polynomial } from './polynomial.ts'
import { Rational } from './rational.ts'

/** A quotient of two polynomials in x = 2^{-k}, in lowest terms, the denominator's lowest coefficient 1. */
export class RationalFunction {
  readonly numerator: Polynomial
  readonly denominator: Polynomial

  private constructor(numerator: Polynomial, denominator: Polynomial) {
    this.numerator = numerator
    this.denominator = denominator
  }

  static of(numerator: Polynomial, denominator: Polynomial = Polynomial.ONE): RationalFunction {
    let [a, b] = [numerator, denominator]
    while (!b.isZero()) [a, b] = [b, a.divide(b).remainder]
    const below = denominator.divide(a).quotient
    const lead = below.coefficients.find((c) => !c.isZero()) ?? Rational.ONE
    const scale = Polynomial.of([Rational.ONE.over(lead)])
    return new RationalFunction(numerator.divide(a).quotient.times(scale), below.times(scale))
  }

  at(value: Rational): Rational {
    return this.numerator.at(value).over(this.denominator.at(value))
  }

  /** The sign for all values near 0 from above. */
  signNearZero(): -1 | 0 | 1 {
    return (this.numerator.signNearZero() * this.denominator.signNearZero()) as -1 | 0 | 1
  }

  /** Near 0 the function is of the order x^order; Infinity for 0. */
  get order(): number {
    return this.numerator.order - (this.numerator.isZero() ? 0 : this.denominator.order)
  }

  format(): string {
    return this.denominator.equals(Polynomial.ONE)
      ? this.numerator.format('x')
      : `(${this.numerator.format('x')}) / (${this.denominator.format('x')})`
  }
}

/** The arithmetic of probabilities: fractions at one k, functions of x = 2^{-k} for all k. */
export interface Field<W> {
  readonly zero: W
  readonly one: W
  /** The value of a probability as the model writes it. */
  from(probability: Polynomial): W
  plus(a: W, b: W): W
  minus(a: W, b: W): W
  times(a: W, b: W): W
  over(a: W, b: W): W
  isZero(a: W): boolean
  /** At one k the sign; over all k the sign for all large k. */
  sign(a: W): -1 | 0 | 1
  key(a: W): string
}

/** Fractions, with x = 2^{-k} filled in. */
export function fractions(k: number): Field<Rational> {
  const value = Rational.of(1n, 1n << BigInt(k))
  return {
    zero: Rational.ZERO,
    one: Rational.ONE,
    from: (probability) => probability.at(value),
    plus: (a, b) => a.plus(b),
    minus: (a, b) => a.minus(b),
    times: (a, b) => a.times(b),
    over: (a, b) => a.over(b),
    isZero: (a) => a.isZero(),
    sign: (a) => a.sign(),
    key: (a) => a.toString(),
  }
}

const ZERO = RationalFunction.of(Polynomial.ZERO)
const ONE = RationalFunction.of(Polynomial.ONE)

/** Functions of x, for all large k at once. */
export const functionsOfX: Field<RationalFunction> = {
  zero: ZERO,
  one: ONE,
  from: (probability) => RationalFunction.of(probability),
  plus: (a, b) =>
    RationalFunction.of(
      a.numerator.times(b.denominator).plus(b.numerator.times(a.denominator)),
      a.denominator.times(b.denominator),
    ),
  minus: (a, b) =>
    RationalFunction.of(
      a.numerator.times(b.denominator).minus(b.numerator.times(a.denominator)),
      a.denominator.times(b.denominator),
    ),
  times: (a, b) => RationalFunction.of(a.numerator.times(b.numerator), a.denominator.times(b.denominator)),
  over(a, b) {
    if (b.numerator.isZero()) throw new ReactiveError('reactive/number', 'division by 0')
    return RationalFunction.of(a.numerator.times(b.denominator), a.denominator.times(b.numerator))
  },
  isZero: (a) => a.numerator.isZero(),
  sign: (a) => a.signNearZero(),
  key: (a) => a.format(),
}
