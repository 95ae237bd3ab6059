import { ReactiveError } from '../errors.ts'
import { Rational } from '../model/rational.ts'
import { END } from '../run/chain.ts'
import { extend, massOf, type Prefixes } from './direction.ts'
import { checkHorizon, isEnd, type Pair, scale, startOf } from './pair.ts'

/** A prefix of the view, with its probability in either world. */
export interface WeighedView {
  readonly entries: readonly number[]
  readonly real: Rational
  readonly ideal: Rational
}

/** The best test of `horizon` entries: say "real" exactly on the views that are likelier there. */
export interface Distinguisher {
  /** P(says real | real) − P(says real | ideal): the statistical distance. */
  readonly advantage: Rational
  /** The views on which it says "real", the most telling first. */
  readonly accepts: readonly WeighedView[]
  readonly views: number
}

/**
 * Lists all views of `horizon` entries, depth first. Views that have ended are listed at their own length. Throws
 * ReactiveError `reactive/budget` when there are more than the budget allows.
 */
export function* weighedViews(both: Pair<Rational>, horizon: number): Generator<WeighedView> {
  checkHorizon(horizon)
  const scaled = scale(both, horizon)
  const budget = both.real.program.budget.views
  let count = 0
  const stack: { prefixes: Prefixes; entries: readonly number[] }[] = [
    { prefixes: { points: startOf(both), weights: [1n, 1n] }, entries: [] },
  ]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { prefixes, entries } = top
    if (entries.length === horizon || prefixes.points.every(isEnd)) {
      if (++count > budget)
        throw new ReactiveError(
          'reactive/budget',
          `there are more than ${budget} views of ${horizon} entries`,
        )
      const { real, ideal } = massOf(prefixes)
      const below = scaled.denominator ** BigInt(entries.length)
      yield {
        entries: entries.filter((entry) => entry !== END),
        real: Rational.of(real, below),
        ideal: Rational.of(ideal, below),
      }
      continue
    }
    for (const { entry, prefixes: next } of extend(prefixes, scaled.moves))
      stack.push({ prefixes: next, entries: [...entries, entry] })
  }
}

/** {v : P(v) > Q(v)}, written out. Throws ReactiveError `reactive/budget`. */
export function bestDistinguisher(both: Pair<Rational>, horizon: number): Distinguisher {
  const accepts: WeighedView[] = []
  let advantage = Rational.ZERO
  let views = 0
  for (const view of weighedViews(both, horizon)) {
    views++
    const excess = view.real.minus(view.ideal)
    if (excess.sign() <= 0) continue
    accepts.push(view)
    advantage = advantage.plus(excess)
  }
  accepts.sort((a, b) => b.real.minus(b.ideal).compare(a.real.minus(a.ideal)))
  return { advantage, accepts, views }
}
