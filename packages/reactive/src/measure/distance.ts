import { ReactiveError } from '../errors.ts'
import { Rational } from '../model/rational.ts'
import type { Move } from '../run/chain.ts'
import { extend, Merger, massOf, type Prefixes } from './direction.ts'
import { type Future, futureOf } from './equivalence.ts'
import { checkHorizon, isEnd, movesFrom, type Pair, type Scaled, scale, startOf } from './pair.ts'

/** The statistical distance of two views, or of prefixes of them: exact, or between two bounds with the reason. */
export interface Distance {
  readonly lower: Rational
  readonly upper: Rational
  /** Entries of the prefix that was finished; for a whole view, how far its prefixes were followed. */
  readonly horizon: number
  /** Classes of prefixes, or pairs of a class and a continuation, that were looked at. */
  readonly work: number
  /** Why the bounds differ; null where they do not. */
  readonly because: string | null
}

/** Beyond so many classes the rest of the horizon is met from behind. */
const BREADTH = 1024

interface Level {
  readonly classes: readonly Prefixes[]
  /** Σ|α − β| of prefixes whose future adds nothing, in units of denominator^−depth. */
  readonly decided: bigint
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** One entry further: classes that can still change go on, what is decided is added up. */
function forward(level: Level, scaled: Scaled): Level {
  const merger = new Merger()
  let decided = level.decided * scaled.denominator
  for (const prefixes of level.classes)
    for (const { prefixes: next } of extend(prefixes, scaled.moves)) {
      const { real, ideal } = massOf(next)
      if (real === 0n || ideal === 0n || next.points.every(isEnd)) decided += absolute(real - ideal)
      else merger.add(next)
    }
  return { classes: [...merger], decided }
}

function total({ classes, decided }: Level): bigint {
  return classes.reduce((sum, prefixes) => {
    const { real, ideal } = massOf(prefixes)
    return sum + absolute(real - ideal)
  }, decided)
}

function initial(both: Pair<Rational>): Level {
  return { classes: [{ points: startOf(both), weights: [1n, 1n] }], decided: 0n }
}

/** Functionals on the points: what a continuation of so many entries does to a class, real minus ideal. */
function continuations(
  scaled: Scaled,
  length: number,
  limit: number,
): { words: Map<number, bigint>[]; length: number } {
  const byEntry = new Map<number, { from: number; move: Move<bigint> }[]>()
  const points = new Set<number>([0, 1])
  for (const [from, moves] of scaled.moves) {
    points.add(from)
    for (const move of moves) {
      points.add(move.to)
      const list = byEntry.get(move.entry)
      if (list === undefined) byEntry.set(move.entry, [{ from, move }])
      else list.push({ from, move })
    }
  }
  let words = [new Map([...points].map((point) => [point, point % 2 === 0 ? 1n : -1n]))]
  for (let done = 0; done < length; done++) {
    const next: Map<number, bigint>[] = []
    for (const word of words)
      for (const list of byEntry.values()) {
        const longer = new Map<number, bigint>()
        for (const { from, move } of list) {
          const value = word.get(move.to)
          if (value !== undefined) longer.set(from, (longer.get(from) ?? 0n) + value * move.weight)
        }
        if (longer.size > 0) next.push(longer)
      }
    if (next.length > limit) return { words, length: done }
    words = next
  }
  return { words, length }
}

/** Σ over classes and words of |class · word|. */
function meet(classes: readonly Prefixes[], words: readonly Map<number, bigint>[]): bigint {
  const columns = new Map<number, bigint[]>()
  for (const point of new Set(classes.flatMap((c) => [...c.points])))
    columns.set(
      point,
      words.map((word) => word.get(point) ?? 0n),
    )
  let sum = 0n
  for (const { points, weights } of classes) {
    const own = points.map((point) => columns.get(point) as bigint[])
    for (let w = 0; w < words.length; w++) {
      let value = 0n
      for (let i = 0; i < own.length; i++)
        value += (weights[i] as bigint) * ((own[i] as bigint[])[w] as bigint)
      sum += value < 0n ? -value : value
    }
  }
  return sum
}

function fractionOf(sum: bigint, denominator: bigint, depth: number): Rational {
  return Rational.of(sum, 2n * denominator ** BigInt(depth))
}

/** Thrown inside and caught here: the budget of views is used up. */
class Exhausted extends Error {}

/**
 * The statistical distance of the first `horizon` entries of the views, exactly (Definition 1 on finite sets). Classes
 * of prefixes go forward together while they are few; beyond that they go in portions, and the last entries are met
 * from behind. Where the budget of views does not suffice: the interval that is known, and why. Throws ReactiveError
 * `reactive/budget` only when the points of the chains themselves do not fit.
 */
export function prefixDistance(both: Pair<Rational>, horizon: number): Distance {
  checkHorizon(horizon)
  const scaled = scale(both, horizon)
  const { denominator } = scaled
  const budget = both.real.program.budget.views
  let work = 0
  let behind: ReturnType<typeof continuations> | null = null
  let reached = { level: initial(both), depth: 0 }
  const spend = (more: number) => {
    work += more
    if (work > budget) throw new Exhausted()
  }
  /** Σ|α − β| at the horizon, in its units. */
  const finish = (level: Level, left: number, whole: boolean): bigint => {
    if (whole) reached = { level, depth: horizon - left }
    const settled = level.decided * denominator ** BigInt(left)
    const { classes } = level
    if (left === 0 || classes.length === 0) return settled + total({ classes, decided: 0n })
    if (left === behind?.length) {
      spend(classes.length * behind.words.length)
      return settled + meet(classes, behind.words)
    }
    if (classes.length > BREADTH) {
      behind ??= continuations(scaled, left, 4 * BREADTH)
      if (left === behind.length) return finish(level, left, false)
      const half = classes.length >> 1
      return [classes.slice(0, half), classes.slice(half)].reduce(
        (sum, portion) => sum + finish(forward({ classes: portion, decided: 0n }, scaled), left - 1, false),
        settled,
      )
    }
    spend(classes.length)
    return finish(forward(level, scaled), left - 1, whole)
  }
  try {
    const value = fractionOf(finish(reached.level, horizon, true), denominator, horizon)
    return { lower: value, upper: value, horizon, work, because: null }
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error
  }
  const { level, depth } = reached
  const lower = fractionOf(total(level), denominator, depth)
  return {
    lower,
    upper: lower.plus(Rational.of(overlap(level), denominator ** BigInt(depth))),
    horizon: depth,
    work,
    because: `the budget of ${budget} views was used up; ${depth} of ${horizon} entries are finished`,
  }
}

/** Σ min(α, β) over classes that can still change: their distance grows by no more. */
function overlap({ classes }: Level): bigint {
  return classes.reduce((sum, prefixes) => {
    const { real, ideal } = massOf(prefixes)
    return sum + (real < ideal ? real : ideal)
  }, 0n)
}

/** The distances of the prefixes of 0, 1, … `horizon` entries. Throws ReactiveError `reactive/budget`. */
export function prefixDistances(both: Pair<Rational>, horizon: number): Rational[] {
  checkHorizon(horizon)
  const scaled = scale(both, horizon)
  let level = initial(both)
  const out = [Rational.ZERO]
  for (let depth = 1; depth <= horizon; depth++) {
    level = forward(level, scaled)
    out.push(fractionOf(total(level), scaled.denominator, depth))
  }
  return out
}

/** The same over any field, functions of x = 2^{-k} included: plain, for short prefixes. */
export function prefixDistancesOver<W>(both: Pair<W>, horizon: number): W[] {
  const { field } = both
  const [real, ideal] = startOf(both)
  let vectors: ReadonlyMap<number, W>[] = [
    new Map([
      [real, field.one],
      [ideal, field.one],
    ]),
  ]
  const half = field.over(field.one, field.plus(field.one, field.one))
  const out = [field.zero]
  for (let depth = 1; depth <= horizon; depth++) {
    const next: Map<number, W>[] = []
    for (const vector of vectors) {
      const byEntry = new Map<number, Map<number, W>>()
      for (const [point, mass] of vector)
        for (const { entry, to, weight } of movesFrom(both, point)) {
          const longer = byEntry.get(entry) ?? new Map<number, W>()
          byEntry.set(entry, longer)
          const target = 2 * to + (point % 2)
          longer.set(target, field.plus(longer.get(target) ?? field.zero, field.times(mass, weight)))
        }
      next.push(...byEntry.values())
    }
    vectors = next
    const gaps = vectors.map((vector) => {
      const gap = [...vector].reduce(
        (sum, [point, mass]) => (point % 2 === 0 ? field.plus(sum, mass) : field.minus(sum, mass)),
        field.zero,
      )
      return field.sign(gap) < 0 ? field.minus(field.zero, gap) : gap
    })
    out.push(
      field.times(
        half,
        gaps.reduce((sum, gap) => field.plus(sum, gap), field.zero),
      ),
    )
  }
  return out
}

/**
 * The distance of the whole views, between bounds: prefixes are followed for `horizon` entries; what then still may
 * change is at most the overlap of those classes whose futures are not the same. No more is claimed: the threshold
 * problem for such chains is undecidable (Kiefer 2018). Where the directions are finite in number, `wholeDistance`
 * gives the exact value.
 */
export function wholeInterval(both: Pair<Rational>, horizon: number): Distance {
  checkHorizon(horizon)
  const scaled = scale(both, horizon)
  const future = futureOrNone(both)
  let level = initial(both)
  let depth = 0
  let work = 0
  const { views: budget } = both.real.program.budget
  while (depth < horizon && level.classes.length > 0 && work + level.classes.length <= budget) {
    const next = forward(level, scaled)
    let { decided } = next
    const classes = next.classes.filter((prefixes) => {
      const weights = prefixes.weights.map((w) => Rational.of(w))
      if (future?.isSame(prefixes.points, weights) !== true) return true
      const { real, ideal } = massOf(prefixes)
      decided += absolute(real - ideal)
      return false
    })
    work += classes.length
    level = { classes, decided }
    depth++
  }
  const lower = fractionOf(total(level), scaled.denominator, depth)
  const open = Rational.of(overlap(level), scaled.denominator ** BigInt(depth))
  return {
    lower,
    upper: lower.plus(open),
    horizon: depth,
    work,
    because: open.isZero()
      ? null
      : `after ${depth} entries ${level.classes.length} classes of prefixes are still open`,
  }
}

/** Where the points are too many to know the futures, none are taken to be the same. */
function futureOrNone(both: Pair<Rational>): Future<Rational> | null {
  try {
    return futureOf(both)
  } catch (error) {
    if (error instanceof ReactiveError && error.code === 'reactive/budget') return null
    throw error
  }
}
