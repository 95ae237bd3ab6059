import { ReactiveError } from '../errors.ts'

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** Bits of |n|. */
function bitLength(n: bigint): number {
  return n === 0n ? 0 : (n < 0n ? -n : n).toString(16).length * 4
}

/** An exact rational number in lowest terms, denominator positive. */
export class Rational {
  static readonly ZERO: Rational = new Rational(0n, 1n)
  static readonly ONE: Rational = new Rational(1n, 1n)
  readonly numerator: bigint
  readonly denominator: bigint

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator
    this.denominator = denominator
  }

  /** Throws ReactiveError `reactive/number` for a zero denominator. */
  static of(numerator: bigint, denominator: bigint = 1n): Rational {
    if (denominator === 0n) throw new ReactiveError('reactive/number', 'a fraction has the denominator 0')
    const divisor = gcd(numerator, denominator)
    const sign = denominator < 0n ? -1n : 1n
    return divisor === 1n && sign === 1n
      ? new Rational(numerator, denominator)
      : new Rational((sign * numerator) / divisor, (sign * denominator) / divisor)
  }

  /**
   * A fraction whose common divisors are left in: for numbers of millions of digits, where finding them would take
   * longer than everything else. It is equal to the reduced one under `compare`, not under `equals`.
   */
  static unreduced(numerator: bigint, denominator: bigint): Rational {
    return new Rational(numerator, denominator)
  }

  plus(other: Rational): Rational {
    if (this.denominator === 1n && other.denominator === 1n)
      return new Rational(this.numerator + other.numerator, 1n)
    return Rational.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }

  minus(other: Rational): Rational {
    return this.plus(other.negated())
  }

  times(other: Rational): Rational {
    return Rational.of(this.numerator * other.numerator, this.denominator * other.denominator)
  }

  over(other: Rational): Rational {
    return Rational.of(this.numerator * other.denominator, this.denominator * other.numerator)
  }

  negated(): Rational {
    return new Rational(-this.numerator, this.denominator)
  }

  absolute(): Rational {
    return this.numerator < 0n ? this.negated() : this
  }

  isZero(): boolean {
    return this.numerator === 0n
  }

  /** −1, 0 or 1. */
  sign(): -1 | 0 | 1 {
    return this.numerator > 0n ? 1 : this.numerator < 0n ? -1 : 0
  }

  compare(other: Rational): -1 | 0 | 1 {
    const a = this.numerator * other.denominator
    const b = other.numerator * this.denominator
    return a < b ? -1 : a > b ? 1 : 0
  }

  equals(other: Rational): boolean {
    return this.numerator === other.numerator && this.denominator === other.denominator
  }

  /** To within one part in 2^52; numbers of any size are scaled first. */
  toNumber(): number {
    const [n, d] = [this.numerator, this.denominator]
    const wide = Math.max(bitLength(n), bitLength(d))
    if (wide < 1000) return Number(n) / Number(d)
    // The first 128 bits of both suffice.
    const [dropN, dropD] = [Math.max(0, bitLength(n) - 128), Math.max(0, bitLength(d) - 128)]
    return (Number(n >> BigInt(dropN)) / Number(d >> BigInt(dropD))) * 2 ** (dropN - dropD)
  }

  /** A finite floating-point number is a fraction; this is that one, exactly. */
  static fromNumber(value: number): Rational {
    if (!Number.isFinite(value)) throw new ReactiveError('reactive/number', `${value} is not a fraction`)
    let scaled = value
    let exponent = 0
    while (!Number.isInteger(scaled)) {
      scaled *= 2
      exponent++
    }
    return Rational.of(BigInt(scaled), 1n << BigInt(exponent))
  }

  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`
  }
}

/** How a fraction may be written: `'1/3'`, `'0.25'`, a whole number, or a Rational. */
export type Fraction = Rational | bigint | number | string

/**
 * Reads a fraction exactly. A number that is not whole is refused: 0.1 is not one tenth, `'0.1'` and `'1/10'` are.
 * Throws ReactiveError `reactive/number`.
 */
export function fraction(value: Fraction): Rational {
  if (value instanceof Rational) return value
  if (typeof value === 'bigint') return Rational.of(value)
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return Rational.of(BigInt(value))
    throw new ReactiveError('reactive/number', `${value} is not exact: write it as a string, such as '1/10'`)
  }
  const match = /^\s*(-?\d+)(?:\s*\/\s*(\d+)|\.(\d+))?\s*$/.exec(value)
  if (match === null)
    throw new ReactiveError(
      'reactive/number',
      `${JSON.stringify(value)} is not a fraction such as '1/3' or '0.25'`,
    )
  const [, whole = '', below, decimals] = match
  if (below !== undefined) return Rational.of(BigInt(whole), BigInt(below))
  if (decimals === undefined) return Rational.of(BigInt(whole))
  return Rational.of(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
}
