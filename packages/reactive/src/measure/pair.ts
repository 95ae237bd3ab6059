import { ReactiveError } from '../errors.ts'
import { type Field, fractions, functionsOfX, type RationalFunction } from '../model/field.ts'
import type { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { type Move, ViewChain } from '../run/chain.ts'
import { Program, type ProgramOptions } from '../run/program.ts'
import { Entries } from '../run/view.ts'

/** A real and an ideal collection, seen by the same machine: two chains that share their entries. */
export interface Pair<W> {
  readonly real: ViewChain<W>
  readonly ideal: ViewChain<W>
  readonly field: Field<W>
  readonly entries: Entries
}

export type PairOptions = Omit<ProgramOptions, 'entries'>

function pairOver<W>(
  real: Closed,
  ideal: Closed,
  k: number | 'all',
  field: Field<W>,
  options: PairOptions,
): Pair<W> {
  const entries = new Entries()
  const chain = (closed: Closed) => new ViewChain(new Program(closed, k, { ...options, entries }), field)
  return { real: chain(real), ideal: chain(ideal), field, entries }
}

/** Two collections at one k, to be compared exactly. */
export function pair(real: Closed, ideal: Closed, k: number, options: PairOptions = {}): Pair<Rational> {
  return pairOver(real, ideal, k, fractions(k), options)
}

/** Two collections for all k at once: probabilities are functions of x = 2^{-k}. */
export function pairForAllK(real: Closed, ideal: Closed, options: PairOptions = {}): Pair<RationalFunction> {
  return pairOver(real, ideal, 'all', functionsOfX, options)
}

/** The points of both chains under one numbering: 2p for the real one, 2q+1 for the ideal one. */
export function movesFrom<W>(both: Pair<W>, point: number): readonly Move<W>[] {
  const chain = point % 2 === 0 ? both.real : both.ideal
  return chain.moves(point >> 1)
}

export function startOf<W>(both: Pair<W>): readonly [real: number, ideal: number] {
  return [2 * both.real.start, 2 * both.ideal.start + 1]
}

/** Is a point the end of the view? */
export function isEnd(point: number): boolean {
  return point < 2
}

/** Both chains up to a horizon, with whole-number weights over one common denominator. */
export interface Scaled {
  /** By point; a weight w stands for w / denominator. */
  readonly moves: ReadonlyMap<number, readonly Move<bigint>[]>
  readonly denominator: bigint
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** Throws ReactiveError `reactive/budget` when there are more points than the budget allows. */
export function scale(both: Pair<Rational>, horizon: number): Scaled {
  const found = new Map<number, readonly Move<Rational>[]>()
  let frontier: number[] = [...startOf(both)]
  let denominator = 1n
  for (let depth = 0; depth < horizon && frontier.length > 0; depth++) {
    const next = new Set<number>()
    for (const point of frontier) {
      if (found.has(point)) continue
      const moves = movesFrom(both, point)
      found.set(point, moves)
      for (const { to, weight } of moves) {
        const divisor = gcd(denominator, weight.denominator)
        denominator *= weight.denominator / divisor
        next.add(2 * to + (point % 2))
      }
    }
    frontier = [...next].filter((point) => !found.has(point))
  }
  const moves = new Map<number, readonly Move<bigint>[]>()
  for (const [point, list] of found)
    moves.set(
      point,
      list.map(({ entry, to, weight }) => ({
        entry,
        to: 2 * to + (point % 2),
        weight: weight.numerator * (denominator / weight.denominator),
      })),
    )
  return { moves, denominator }
}

/** Throws ReactiveError `reactive/number`. */
export function checkHorizon(horizon: number): void {
  if (!Number.isSafeInteger(horizon) || horizon < 0)
    throw new ReactiveError(
      'reactive/number',
      `the horizon is ${horizon}: expected a whole number of entries, at least 0`,
    )
}
