import type { Polynomial } from '../model/polynomial.ts'
import type { Situation } from './situation.ts'

/** Does the present repeat the past, as far as programs can tell? */
function same(a: Situation, b: Situation): boolean {
  if (a.current !== b.current || a.message !== b.message || a.slot !== b.slot) return false
  for (let i = 0; i < a.states.length; i++) if (a.states[i] !== b.states[i]) return false
  const [ra, rb] = [a.counters.region, b.counters.region]
  for (let i = 0; i < ra.length; i++) if (ra[i] !== rb[i]) return false
  return a.buffers.every((queue, i) => {
    const other = b.buffers[i] as number[]
    return queue.length === other.length && queue.every((message, j) => message === other[j])
  })
}

/** How often the stretch since `past` can be repeated before a counter meets a mark; null for ever. */
function repetitions(now: Situation, past: Situation): Polynomial | null {
  const { plans, uniformity } = now.program
  let least: Polynomial | null = null
  plans.forEach((_, c) => {
    const moved = now.counters.done(c) - past.counters.done(c)
    const gap = now.counters.gap(c)
    if (moved === 0 || gap === null) return
    const possible = uniformity.floorDivide(gap.minus(1), moved)
    if (least === null || uniformity.isPositive(least.minus(possible))) least = possible
  })
  return least
}

/** Activations without a random choice after which a cycle is looked for again. */
const QUIET = 16

/**
 * Finds repetitions in a stretch of a run without random choices (Brent: the past is renewed after 1, 2, 4 …
 * activations) and moves the counters over them.
 */
export class Repetition {
  #past: Situation | null = null
  #power = 1
  #since = 0
  #comparable = false
  readonly #renewed: () => void

  /**
   * `renewed` is called whenever the past becomes the present, so that a caller can note where it was. With a `first`
   * situation the search begins there; without one, once the stretch has become long, which costs short ones nothing.
   */
  constructor(first: Situation | null = null, renewed: () => void = () => {}) {
    this.#renewed = renewed
    if (first === null) return
    this.#past = first.clone()
    this.#comparable = true
    renewed()
  }

  /** A random choice was made: what came before does not repeat. */
  chance(): void {
    this.#comparable = false
    this.#since = 0
  }

  /**
   * Looks at the situation after one more activation. Null: nothing repeats. Otherwise the stretch since the past was
   * renewed is repeated so often more, the counters having been moved; `forever` for ever.
   */
  look(situation: Situation): Polynomial | 'forever' | null {
    this.#since++
    let found: Polynomial | null = null
    const past = this.#past
    if (this.#comparable && past !== null && same(situation, past)) {
      const times = repetitions(situation, past)
      if (times === null) return 'forever'
      const { program, counters } = situation
      if (program.uniformity.isPositive(times)) {
        program.plans.forEach((_, c) => {
          const moved = counters.done(c) - past.counters.done(c)
          if (moved > 0) counters.jump(c, times.times(BigInt(moved)))
        })
        found = times
      }
      this.#comparable = false
      this.#since = QUIET
    }
    return found
  }

  /** Renews the past when it is time; called after `look`, so that a caller has used what it noted. */
  renew(situation: Situation): void {
    if (this.#comparable ? this.#since < this.#power : this.#since < QUIET) return
    this.#past = situation.clone()
    this.#power = this.#comparable ? this.#power * 2 : QUIET
    this.#comparable = true
    this.#since = 0
    this.#renewed()
  }
}
