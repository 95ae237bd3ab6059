import { ReactiveError } from '../errors.ts'
import { type CounterDeclaration, type CounterReading, type Region, reading } from '../model/counter.ts'
import { Polynomial } from '../model/polynomial.ts'
import { Rational } from '../model/rational.ts'

/** The security parameter of a run: a number, or all large k at once. */
export type SecurityParameter = number | 'all'

/**
 * What must be true of k for a run over all k at once to be right: conditions p(2^k) > 0 and a smallest k. A run at
 * one k decides everything as it goes and keeps this empty.
 */
export class Uniformity {
  readonly #positive: Polynomial[] = []
  #least = 0

  /** Is p positive? For all large k, remembering from where on. */
  isPositive(p: Polynomial): boolean {
    if (p.isConstant()) return p.coefficient(0).sign() > 0
    if (p.signAtInfinity() <= 0) {
      this.#positive.push(p.negated().plus(1))
      return false
    }
    this.#positive.push(p)
    return true
  }

  /** The floor of p / divisor. Throws ReactiveError `reactive/not-uniform` where it is no polynomial in 2^k. */
  floorDivide(p: Polynomial, divisor: number): Polynomial {
    const by = Rational.of(BigInt(divisor))
    const out = p.coefficients.map((c, power) => {
      const quotient = c.over(by)
      if (power === 0) return Rational.of(floorOf(quotient))
      let twos = 0
      let below = quotient.denominator
      while (below % 2n === 0n) {
        below /= 2n
        twos++
      }
      if (below !== 1n)
        throw new ReactiveError(
          'reactive/not-uniform',
          `${p.format('2^k')} divided by ${divisor} depends on k`,
        )
      this.#least = Math.max(this.#least, Math.ceil(twos / power))
      return quotient
    })
    return Polynomial.of(out)
  }

  /** The smallest k from which on every condition holds. */
  smallestK(): number {
    return this.#positive.reduce((k, p) => Math.max(k, positiveFrom(p)), this.#least)
  }
}

function floorOf(value: Rational): bigint {
  const quotient = value.numerator / value.denominator
  return value.numerator < 0n && quotient * value.denominator !== value.numerator ? quotient - 1n : quotient
}

/** The smallest k such that p(2^j) > 0 for every j ≥ k; p's leading coefficient is positive. */
function positiveFrom(p: Polynomial): number {
  const lead = p.coefficient(p.degree)
  const bound = p.coefficients.reduce((most, c) => {
    const ratio = c.absolute().over(lead)
    return ratio.compare(most) > 0 ? ratio : most
  }, Rational.ONE)
  // Beyond 1 + max|cᵢ|/lead (Cauchy) there is no root.
  let k = floorOf(bound).toString(2).length + 1
  while (k > 0 && p.at(Rational.of(1n << BigInt(k - 1))).sign() > 0) k--
  return k
}

/** The marks of one counter in order at this k, and what a program may ask of it. */
export class CounterPlan {
  readonly name: string
  readonly marks: readonly Polynomial[]
  readonly #order: ReadonlyMap<string, number>
  readonly #readings: CounterReading[] = []

  /** Throws ReactiveError `reactive/number` for a mark that is negative or not whole. */
  constructor(name: string, declaration: CounterDeclaration, k: SecurityParameter, uniformity: Uniformity) {
    this.name = name
    const named = Object.entries(declaration.marks).map(([mark, value]) => {
      const here = k === 'all' ? value : Polynomial.constant(value.at(Rational.of(1n << BigInt(k))))
      if (here.coefficients.some((c) => c.denominator !== 1n) || uniformity.isPositive(here.negated()))
        throw new ReactiveError(
          'reactive/number',
          `counter ${name}: the mark ${mark} = ${here.format('2^k')} is not a whole number, at least 0`,
        )
      return { mark, value: here }
    })
    named.sort((a, b) =>
      a.value.equals(b.value) ? 0 : uniformity.isPositive(a.value.minus(b.value)) ? 1 : -1,
    )
    const marks: Polynomial[] = []
    const order = new Map<string, number>()
    for (const { mark, value } of named) {
      if (marks.at(-1)?.equals(value) !== true) marks.push(value)
      order.set(mark, marks.length - 1)
    }
    this.marks = marks
    this.#order = order
  }

  get regions(): number {
    return 2 * this.marks.length + 1
  }

  reading(region: Region): CounterReading {
    return (this.#readings[region] ??= reading(this.name, this.#order, region))
  }
}

/** The counters of a run. Values are exact; `left` counts down to the next mark in ordinary numbers. */
export class Counters {
  readonly #plans: readonly CounterPlan[]
  readonly #uniformity: Uniformity
  readonly region: Int32Array
  readonly #base: Polynomial[]
  readonly #done: Float64Array
  readonly #left: Float64Array

  constructor(plans: readonly CounterPlan[], uniformity: Uniformity, from?: Counters) {
    this.#plans = plans
    this.#uniformity = uniformity
    this.region = from === undefined ? new Int32Array(plans.length) : from.region.slice()
    this.#base = from === undefined ? plans.map(() => Polynomial.ZERO) : [...from.#base]
    this.#done = from === undefined ? new Float64Array(plans.length) : from.#done.slice()
    this.#left = from === undefined ? new Float64Array(plans.length) : from.#left.slice()
    if (from === undefined)
      plans.forEach((plan, c) => {
        this.region[c] = plan.marks[0]?.isZero() === true ? 1 : 0
        this.#aim(c)
      })
  }

  clone(): Counters {
    return this.#plans.length === 0 ? this : new Counters(this.#plans, this.#uniformity, this)
  }

  value(c: number): Polynomial {
    return (this.#base[c] as Polynomial).plus(BigInt(this.#done[c] as number))
  }

  done(c: number): number {
    return this.#done[c] as number
  }

  tick(c: number): void {
    ;(this.#done[c] as number)++
    if (--(this.#left[c] as number) > 0) return
    const region = this.region[c] as Region
    const { marks } = this.#plans[c] as CounterPlan
    if (region % 2 === 0) this.region[c] = region + 1
    else {
      const next = marks[(region + 1) / 2]
      this.region[c] = next?.equals(this.value(c)) === true ? region + 2 : region + 1
    }
    this.#aim(c)
  }

  /** How far the counter is from its next mark; null behind the last. */
  gap(c: number): Polynomial | null {
    const region = this.region[c] as Region
    if (region % 2 === 1) return Polynomial.ONE
    const mark = (this.#plans[c] as CounterPlan).marks[region / 2]
    return mark === undefined ? null : mark.minus(this.value(c))
  }

  /** Moves a counter on without reaching its next mark. */
  jump(c: number, by: Polynomial): void {
    this.#base[c] = this.value(c).plus(by)
    this.#done[c] = 0
    this.#aim(c)
  }

  /** Confirms that counters which were far from their marks are so at every k that the run speaks for. */
  settle(): void {
    this.#plans.forEach((_, c) => {
      const gap = this.gap(c)
      if (gap !== null && !gap.isConstant()) this.#uniformity.isPositive(gap)
    })
  }

  /** The values as far as they matter to the future: behind the last mark all are one. */
  key(): string {
    if (this.#plans.length === 0) return ''
    return this.#plans
      .map((_, c) => {
        const gap = this.gap(c)
        return gap === null ? '∞' : `${this.region[c]}:${gap.format('K')}`
      })
      .join(',')
  }

  #aim(c: number): void {
    const gap = this.gap(c)
    const constant = gap?.isConstant() === true ? gap.coefficient(0).numerator : null
    this.#left[c] =
      constant !== null && constant <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(constant)
        : Number.POSITIVE_INFINITY
  }
}
