import { ReactiveError } from '../errors.ts'
import type { Polynomial } from '../model/polynomial.ts'
import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { type SecurityParameter, Uniformity } from '../run/counting.ts'
import { type Run, run } from '../run/interpreter.ts'
import type { ProgramOptions } from '../run/program.ts'
import { type Comparison, compareViews, Entries } from '../run/view.ts'
import type { Verdict } from './verdict.ts'

/** Two closed collections in which nothing is random, compared by the view of one machine. */
export interface SureComparison {
  readonly real: Run
  readonly ideal: Run
  readonly difference: Comparison
  /** The statistical distance of the whole views: without chance it is 0 or 1. */
  readonly distance: 0 | 1
  /** For k = `'all'`: the smallest k from which on this is so. */
  readonly from: number
}

/**
 * Runs two collections without random choices and finds where the views part. Views of any length: repetitions are
 * jumped over. Throws ReactiveError `reactive/probabilities` when a machine does choose at random.
 */
export function compareSure(
  real: Closed,
  ideal: Closed,
  k: SecurityParameter,
  options: Omit<ProgramOptions, 'entries'> = {},
): SureComparison {
  const entries = new Entries()
  const uniformity = new Uniformity()
  const runs = [real, ideal].map((closed) => run(closed, k, { ...options, entries })) as [Run, Run]
  const difference = compareViews(runs[0].view, runs[1].view, uniformity)
  return {
    real: runs[0],
    ideal: runs[1],
    difference,
    distance: difference.equal ? 0 : 1,
    from: Math.max(uniformity.smallestK(), runs[0].from, runs[1].from),
  }
}

/** What `view_{k,l}` means: the first l entries of the view, or the view of the first l steps of the run. */
export type Prefix = 'of-view' | 'of-run'

/** The small k below a proof's reach are run one by one; this is the first from which on all agree with it. */
function downwards(proved: SureComparison, at: (k: number) => SureComparison): number {
  let { from } = proved
  const index = proved.difference.equal ? null : proved.difference.index
  while (from > 0) {
    const { difference } = at(from - 1)
    const found = difference.equal ? null : difference.index.coefficient(0)
    const expected = index?.at(Rational.of(1n << BigInt(from - 1))) ?? null
    if (found === null ? expected !== null : expected === null || !found.equals(expected)) break
    from--
  }
  return from
}

/** Does this function of 2^k outgrow every polynomial in k? */
function outgrows(index: Polynomial): boolean {
  return index.degree >= 1
}

/**
 * Definitions 3 and 7 for one pair of configurations without chance, over all k. Definition 3 looks at polynomial
 * prefixes: it holds when the first difference comes later than any polynomial. Definition 7 looks at everything.
 */
export function judgeSure(
  real: Closed,
  ideal: Closed,
  prefix: Prefix = 'of-view',
  options: Omit<ProgramOptions, 'entries'> = {},
): { definition3: Verdict; definition7: Verdict; comparison: SureComparison | null } {
  let comparison: SureComparison
  try {
    comparison = compareSure(real, ideal, 'all', options)
  } catch (error) {
    if (!(error instanceof ReactiveError)) throw error
    const verdict: Verdict = { known: 'unknown', because: error.message }
    return { definition3: verdict, definition7: verdict, comparison: null }
  }
  const { difference } = comparison
  const from = downwards(comparison, (k) => compareSure(real, ideal, k, options))
  if (difference.equal) {
    const verdict: Verdict = { known: 'proved', holds: true, from, because: 'the views are equal' }
    return { definition3: verdict, definition7: verdict, comparison }
  }
  // A view that ends shows it only by the next entry that does not come; the other run's step tells when that is seen.
  const steps = difference.runSteps.filter((s) => s !== null)
  const late = prefix === 'of-view' ? outgrows(difference.index) : steps.every(outgrows)
  const where =
    prefix === 'of-view'
      ? `first difference in entry ${difference.index.format('2^k')} of the view`
      : `first difference at step ${steps.map((s) => s.format('2^k')).join(' or ')} of the run`
  return {
    definition3: { known: 'proved', holds: late, from, because: where },
    definition7: { known: 'proved', holds: false, from, because: `distance 1: ${where}` },
    comparison,
  }
}
