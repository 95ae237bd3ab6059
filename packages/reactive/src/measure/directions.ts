import { ReactiveError } from '../errors.ts'
import type { Field } from '../model/field.ts'
import { Rational } from '../model/rational.ts'
import { Domination } from './domination.ts'
import { type Future, futureOf } from './equivalence.ts'
import { isEnd, movesFrom, type Pair, startOf } from './pair.ts'

/** A forward vector (α, β) up to a factor, scaled to mass 1. */
interface Direction<W> {
  readonly points: readonly number[]
  readonly weights: readonly W[]
  /** |α − β| for mass α + β = 1. */
  readonly gap: W
  /** Nothing that comes later tells more. */
  readonly settled: boolean
}

/**
 * The Markov chain of directions, where there are finitely many: TV_n is the expected gap after n entries. Since gaps
 * only grow in expectation, they are constant on every closed class, so that the distance of the whole views is
 * decided too: the limit of TV_n, exactly.
 */
export interface Directions<W> {
  readonly field: Field<W>
  readonly gaps: readonly W[]
  /** By direction; the start is number 0. */
  readonly rows: readonly ReadonlyMap<number, W>[]
  /** Directions that are left for ever in the end. */
  readonly transient: readonly boolean[]
  /** Limits of the expected gap, from each direction. */
  readonly limits: readonly W[]
}

function absolute<W>(field: Field<W>, value: W): W {
  return field.sign(value) < 0 ? field.minus(field.zero, value) : value
}

function normalised<W>(
  both: Pair<W>,
  future: Future<W> | null,
  vector: ReadonlyMap<number, W>,
): { mass: W; direction: Direction<W>; key: string } {
  const { field } = both
  const sorted = [...vector].filter(([, w]) => !field.isZero(w)).toSorted(([a], [b]) => a - b)
  const mass = sorted.reduce((sum, [, w]) => field.plus(sum, w), field.zero)
  const points = sorted.map(([point]) => point)
  const weights = sorted.map(([, w]) => field.over(w, mass))
  const gap = absolute(
    field,
    weights.reduce(
      (sum, w, i) => ((points[i] as number) % 2 === 0 ? field.plus(sum, w) : field.minus(sum, w)),
      field.zero,
    ),
  )
  const settled =
    points.every(isEnd) ||
    points.every((point) => point % 2 === 0) ||
    points.every((point) => point % 2 === 1) ||
    future?.isSame(points, weights) === true
  // Settled directions differ by their gap alone.
  const key = settled
    ? `settled ${field.key(gap)}`
    : `${points.join(' ')};${weights.map((w) => field.key(w)).join(' ')}`
  return { mass, direction: { points, weights, gap, settled }, key }
}

/** A vector in parts whose futures add up: what both sides share, and an excess that tells them apart for good. */
function* parts<W>(
  field: Field<W>,
  domination: Domination<W>,
  vector: ReadonlyMap<number, W>,
): Generator<ReadonlyMap<number, W>> {
  if (vector.size !== 2) {
    yield vector
    return
  }
  const [[a, alpha], [b, beta]] = [...vector].toSorted(([p], [q]) => (p % 2) - (q % 2)) as [
    [number, W],
    [number, W],
  ]
  const excess = a % 2 !== b % 2 ? field.sign(field.minus(alpha, beta)) : 0
  if (excess === 0 || !domination.holds(a, b, excess < 0 ? 'real' : 'ideal')) yield vector
  else {
    const [shared, point, more] = excess < 0 ? [alpha, b, beta] : [beta, a, alpha]
    yield new Map([
      [a, shared],
      [b, shared],
    ])
    yield new Map([[point, field.minus(more, shared)]])
  }
}

/**
 * Finds all directions. Throws ReactiveError `reactive/budget` when there are more than `limit`, or when the points do
 * not fit.
 */
export function directions<W>(both: Pair<W>, limit = 400): Directions<W> {
  const { field } = both
  const future = futureOf(both)
  const domination = new Domination(both)
  const numbers = new Map<string, number>()
  const found: Direction<W>[] = []
  const rows: Map<number, W>[] = []
  const number = (key: string, direction: Direction<W>): number => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    if (found.length >= limit)
      throw new ReactiveError(
        'reactive/budget',
        `the pair has more than ${limit} directions: use the distance of prefixes, or an interval`,
      )
    numbers.set(key, found.length)
    found.push(direction)
    return found.length - 1
  }
  const [real, ideal] = startOf(both)
  const first = normalised(
    both,
    future,
    new Map([
      [real, field.one],
      [ideal, field.one],
    ]),
  )
  number(first.key, first.direction)
  for (let at = 0; at < found.length; at++) {
    const { points, weights, settled } = found[at] as Direction<W>
    const row = new Map<number, W>()
    rows.push(row)
    if (settled) {
      row.set(at, field.one)
      continue
    }
    const byEntry = new Map<number, Map<number, W>>()
    points.forEach((point, i) => {
      for (const { entry, to, weight } of movesFrom(both, point)) {
        const vector = byEntry.get(entry) ?? new Map<number, W>()
        byEntry.set(entry, vector)
        const target = 2 * to + (point % 2)
        vector.set(target, field.plus(vector.get(target) ?? field.zero, field.times(weights[i] as W, weight)))
      }
    })
    for (const vector of byEntry.values()) {
      for (const part of parts(field, domination, vector)) {
        const { mass, direction, key } = normalised(both, future, part)
        const to = number(key, direction)
        row.set(to, field.plus(row.get(to) ?? field.zero, mass))
      }
    }
  }
  const gaps = found.map((direction) => direction.gap)
  const transient = transients(rows)
  return { field, gaps, rows, transient, limits: limitsOf(field, rows, gaps, transient) }
}

/** Which directions lie in no closed class: from where some place can be reached from which there is no way back. */
function transients(rows: readonly ReadonlyMap<number, unknown>[]): boolean[] {
  const reach = rows.map((_, from) => {
    const seen = new Set([from])
    for (const at of seen) for (const to of (rows[at] as ReadonlyMap<number, unknown>).keys()) seen.add(to)
    return seen
  })
  return reach.map((seen, from) => [...seen].some((to) => !(reach[to] as Set<number>).has(from)))
}

/** Solves limit = row · limits on the transient directions, by elimination. */
function limitsOf<W>(
  field: Field<W>,
  rows: readonly ReadonlyMap<number, W>[],
  gaps: readonly W[],
  transient: readonly boolean[],
): W[] {
  const open = rows.flatMap((_, at) => (transient[at] === true ? [at] : []))
  const equations = new Map<number, { of: Map<number, W>; constant: W }>()
  for (const at of open) {
    const of = new Map<number, W>()
    let constant = field.zero
    for (const [to, weight] of rows[at] as ReadonlyMap<number, W>) {
      if (transient[to] === true) of.set(to, weight)
      else constant = field.plus(constant, field.times(weight, gaps[to] as W))
    }
    equations.set(at, { of, constant })
  }
  const solved = [...gaps]
  const order = open.toReversed()
  for (const at of order) {
    const equation = equations.get(at) as { of: Map<number, W>; constant: W }
    const loop = equation.of.get(at)
    equation.of.delete(at)
    if (loop !== undefined) {
      const left = field.minus(field.one, loop)
      for (const [to, weight] of equation.of) equation.of.set(to, field.over(weight, left))
      equation.constant = field.over(equation.constant, left)
    }
    for (const other of open) {
      if (other === at) continue
      const target = equations.get(other) as { of: Map<number, W>; constant: W }
      const through = target.of.get(at)
      if (through === undefined || order.indexOf(other) < order.indexOf(at)) continue
      target.of.delete(at)
      for (const [to, weight] of equation.of)
        target.of.set(to, field.plus(target.of.get(to) ?? field.zero, field.times(through, weight)))
      target.constant = field.plus(target.constant, field.times(through, equation.constant))
    }
  }
  for (const at of open) {
    const { of, constant } = equations.get(at) as { of: Map<number, W>; constant: W }
    solved[at] = [...of].reduce(
      (sum, [to, weight]) => field.plus(sum, field.times(weight, solved[to] as W)),
      constant,
    )
  }
  return solved
}

/** The distance of the whole views, exactly. */
export function wholeDistance<W>({ limits }: Directions<W>): W {
  return limits[0] as W
}

/**
 * The distance of the first n entries, exactly, for n as large as 2^20 and more: TV_n = TV_∞ − Qⁿ(limits − gaps), with Q
 * the transient directions, raised to the n-th power by repeated squaring in whole numbers over one denominator.
 */
export function distanceAfter({ rows, gaps, limits, transient }: Directions<Rational>, n: number): Rational {
  const at = rows.flatMap((_, i) => (transient[i] === true ? [i] : []))
  if (at[0] !== 0) return limits[0] as Rational
  let denominator = 1n
  for (const i of at)
    for (const [j, { denominator: d }] of rows[i] as ReadonlyMap<number, Rational>)
      if (transient[j] === true) denominator = Rational.of(denominator, d).numerator * d
  // Whole numbers: entry (i, j) of Q times the denominator.
  let matrix = at.map((i) =>
    at.map((j) => {
      const p = (rows[i] as ReadonlyMap<number, Rational>).get(j) ?? Rational.ZERO
      return p.numerator * (denominator / p.denominator)
    }),
  )
  let row = at.map((_, i): bigint => (i === 0 ? 1n : 0n))
  const product = (left: readonly bigint[]) =>
    at.map((_, j) =>
      left.reduce((sum, a, i) => {
        const b = (matrix[i] as bigint[])[j] as bigint
        return a === 0n || b === 0n ? sum : sum + a * b
      }, 0n),
    )
  for (let left = n; left > 0; ) {
    if (left % 2 === 1) row = product(row)
    left = Math.floor(left / 2)
    if (left > 0) matrix = matrix.map(product)
  }
  const missing = at.map((i) => (limits[i] as Rational).minus(gaps[i] as Rational))
  const below = missing.reduce((lcm, { denominator: d }) => Rational.of(lcm, d).numerator * d, 1n)
  const sum = row.reduce((total, a, i) => {
    const { numerator, denominator: d } = missing[i] as Rational
    return total + a * numerator * (below / d)
  }, 0n)
  const limit = limits[0] as Rational
  const whole = below * power(denominator, n)
  return Rational.unreduced(limit.numerator * whole - limit.denominator * sum, limit.denominator * whole)
}

function power(base: bigint, exponent: number): bigint {
  const twos = base.toString(2).length - 1
  return base === 1n << BigInt(twos) ? 1n << (BigInt(twos) * BigInt(exponent)) : base ** BigInt(exponent)
}
