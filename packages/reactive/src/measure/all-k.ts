import { ReactiveError } from '../errors.ts'
import { type Field, RationalFunction } from '../model/field.ts'
import type { Polynomial } from '../model/polynomial.ts'
import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { type Directions, directions, wholeDistance } from './directions.ts'
import { prefixDistance, prefixDistancesOver } from './distance.ts'
import { type PairOptions, pair, pairForAllK } from './pair.ts'
import { formatSmall, isExpSmall, isNegligible, leadingTerm } from './small.ts'
import type { Verdict } from './verdict.ts'

/** A class of small functions, by what it says of a leading term. */
export type Small = 'NEGL' | 'EXPSMALL'

/** What is known of two configurations over all k. */
export interface AllK {
  readonly definition3: Verdict
  readonly definition7: Verdict
  /** The distance of the whole views as a function of x = 2^{-k}, where it is known. */
  readonly whole: RationalFunction | null
  /** How many directions the proof looks at; null where there is none. */
  readonly directions: number | null
}

/** Remembers every sign that was taken near x = 0, so as to know up to which x it is right. */
class Signs {
  #below = Rational.ONE

  note(p: Polynomial): void {
    const { order } = p
    if (order === Number.POSITIVE_INFINITY) return
    const first = p.coefficient(order).absolute()
    const rest = p.coefficients
      .slice(order + 1)
      .reduce((most, c) => (c.absolute().compare(most) > 0 ? c.absolute() : most), Rational.ZERO)
    const bound = first.over(first.plus(rest)) // Cauchy, at the reciprocal: no root in (0, bound)
    if (bound.compare(this.#below) < 0) this.#below = bound
  }

  smallestK(): number {
    let k = 1
    for (let value = Rational.of(1n, 2n); value.compare(this.#below) >= 0; k++)
      value = value.times(Rational.of(1n, 2n))
    return k
  }
}

function noted(field: Field<RationalFunction>, signs: Signs): Field<RationalFunction> {
  return {
    ...field,
    sign(a) {
      signs.note(a.numerator)
      signs.note(a.denominator)
      return field.sign(a)
    },
  }
}

/** Directions that are reached with a probability that does not vanish as k grows, in so many entries. */
function lasting({ rows }: Directions<RationalFunction>): Set<number> {
  const reached = new Set([0])
  for (const at of reached)
    for (const [to, weight] of rows[at] as ReadonlyMap<number, RationalFunction>)
      if (weight.order === 0) reached.add(to)
  return reached
}

function isSmall(f: RationalFunction, small: Small): boolean {
  return small === 'NEGL' ? isNegligible(leadingTerm(f)) : isExpSmall(leadingTerm(f))
}

/**
 * Definitions 3 and 7 for two configurations, over all k. Where the pair has finitely many directions over the
 * functions of x = 2^{-k}, both are proved or refuted: Definition 7 by the exact limit; Definition 3 because the
 * directions that are reached with lasting probability either differ by a constant (then a prefix of constant length
 * tells), or by O(x) (then l entries tell at most l·O(x)). Otherwise it is computed for k ≤ `upTo`, and not beyond.
 */
export function judge(
  real: Closed,
  ideal: Closed,
  options: PairOptions & { small?: Small; upTo?: number; length?: (k: number) => number } = {},
): AllK {
  const small = options.small ?? 'NEGL'
  const signs = new Signs()
  try {
    const both = pairForAllK(real, ideal, options)
    const found = directions({ ...both, field: noted(both.field, signs) })
    const whole = wholeDistance(found)
    for (const row of found.rows)
      for (const weight of row.values()) for (const p of [weight.numerator, weight.denominator]) signs.note(p)
    signs.note(whole.denominator)
    const from = Math.max(
      signs.smallestK(),
      both.real.program.uniformity.smallestK(),
      both.ideal.program.uniformity.smallestK(),
    )
    const gaps = [...lasting(found)].map((at) => found.gaps[at] as RationalFunction)
    const telling = gaps.find((gap) => !isSmall(gap, small))
    return {
      whole,
      directions: found.rows.length,
      definition7: {
        known: 'proved',
        holds: isSmall(whole, small),
        from,
        because: `the distance of the whole views is ${whole.format()}${whole.order === 0 ? '' : `, of the order ${formatSmall(leadingTerm(whole))}`}`,
      },
      definition3: {
        known: 'proved',
        holds: telling === undefined,
        from,
        because:
          telling === undefined
            ? 'l entries tell at most l·O(2^{-k})'
            : `a prefix of constant length differs by a constant times ${telling.format()}`,
      },
    }
  } catch (error) {
    if (!(error instanceof ReactiveError)) throw error
    return refuteEarly(real, ideal, small, options) ?? judgeOneByOne(real, ideal, error.message, options)
  }
}

/** So many entries are tried for a difference that does not vanish. */
const EARLY = 6

/** A prefix of constant length whose distance does not become small refutes both definitions. */
function refuteEarly(real: Closed, ideal: Closed, small: Small, options: PairOptions): AllK | null {
  const signs = new Signs()
  try {
    const both = pairForAllK(real, ideal, options)
    const distances = prefixDistancesOver({ ...both, field: noted(both.field, signs) }, EARLY)
    const length = distances.findIndex((distance) => !isSmall(distance, small))
    const found = distances[length]
    if (found === undefined) return null
    const from = Math.max(
      signs.smallestK(),
      both.real.program.uniformity.smallestK(),
      both.ideal.program.uniformity.smallestK(),
    )
    const verdict: Verdict = {
      known: 'proved',
      holds: false,
      from,
      because: `the first ${length} entries alone differ by ${found.format()}`,
    }
    return { definition3: verdict, definition7: verdict, whole: null, directions: null }
  } catch (error) {
    if (!(error instanceof ReactiveError)) throw error
    return null
  }
}

/** Exact for k ≤ `upTo`, with the prefixes of length(k) entries; whole views where their directions are finite. */
function judgeOneByOne(
  real: Closed,
  ideal: Closed,
  why: string,
  options: PairOptions & { upTo?: number; length?: (k: number) => number },
): AllK {
  const upTo = options.upTo ?? 6
  const length = options.length ?? ((k) => k)
  const prefixes: string[] = []
  const wholes: string[] = []
  let [equalPrefixes, equalWholes] = [true, true]
  try {
    for (let k = 1; k <= upTo; k++) {
      const { lower, because } = prefixDistance(pair(real, ideal, k, options), length(k))
      if (because !== null) throw new ReactiveError('reactive/budget', because)
      equalPrefixes &&= lower.isZero()
      prefixes.push(lower.toNumber().toPrecision(3))
      const whole = wholeDistance(directions(pair(real, ideal, k, options)))
      equalWholes &&= whole.isZero()
      wholes.push(whole.toNumber().toPrecision(3))
    }
  } catch (error) {
    if (!(error instanceof ReactiveError)) throw error
    const verdict: Verdict = { known: 'unknown', because: `${why}; at single k: ${error.message}` }
    return { definition3: verdict, definition7: verdict, whole: null, directions: null }
  }
  const verdict = (values: readonly string[], equal: boolean, what: string): Verdict =>
    equal
      ? { known: 'exact', holds: true, upTo, because: `${what} are 0 at every k = 1 … ${upTo}` }
      : { known: 'unknown', because: `${what} at k = 1 … ${upTo} are ${values.join(', ')}; ${why}` }
  return {
    definition3: verdict(prefixes, equalPrefixes, 'distances of prefixes'),
    definition7: verdict(wholes, equalWholes, 'distances of whole views'),
    whole: null,
    directions: null,
  }
}
