import type { Field } from '../model/field.ts'
import { movesFrom, type Pair, startOf } from './pair.ts'

/** What can be said of futures: the space of functionals that continuations span on the points of both chains. */
export interface Future<W> {
  /** Do the real and the ideal part of this forward vector have the same future, up to their masses? */
  isSame(points: readonly number[], weights: readonly W[]): boolean
  /** Dimension of the space. */
  readonly dimension: number
}

type Vector<W> = Map<number, W>

function allPoints<W>(both: Pair<W>): number[] {
  const seen = new Set<number>([0, 1, ...startOf(both)])
  for (const point of seen) for (const { to } of movesFrom(both, point)) seen.add(2 * to + (point % 2))
  return [...seen]
}

/** Subtracts from `vector` what the basis explains; null when nothing is left. */
function reduce<W>(
  field: Field<W>,
  vector: Vector<W>,
  basis: readonly { pivot: number; vector: Vector<W> }[],
): Vector<W> | null {
  const rest = new Map(vector)
  for (const { pivot, vector: known } of basis) {
    const factor = rest.get(pivot)
    if (factor === undefined) continue
    for (const [point, value] of known)
      add(field, rest, point, field.minus(field.zero, field.times(factor, value)))
  }
  return rest.size === 0 ? null : rest
}

function add<W>(field: Field<W>, vector: Vector<W>, point: number, value: W): void {
  const sum = field.plus(vector.get(point) ?? field.zero, value)
  if (field.isZero(sum)) vector.delete(point)
  else vector.set(point, sum)
}

/**
 * Tzeng's algorithm: the span of M_w·1 over all continuations w, found breadth first. Polynomial in the number of
 * points. Throws ReactiveError `reactive/budget` when the points are too many.
 */
export function futureOf<W>(both: Pair<W>): Future<W> {
  const { field } = both
  const points = allPoints(both)
  const byEntry = new Map<number, { from: number; to: number; weight: W }[]>()
  for (const from of points)
    for (const { entry, to, weight } of movesFrom(both, from)) {
      const list = byEntry.get(entry) ?? []
      list.push({ from, to: 2 * to + (from % 2), weight })
      byEntry.set(entry, list)
    }
  const basis: { pivot: number; vector: Vector<W> }[] = []
  const open: Vector<W>[] = [new Map(points.map((point) => [point, field.one]))]
  for (const vector of open) {
    const rest = reduce(field, vector, basis)
    if (rest === null) continue
    const [pivot, lead] = [...rest][0] as [number, W]
    basis.push({
      pivot,
      vector: new Map([...rest].map(([point, value]) => [point, field.over(value, lead)])),
    })
    for (const list of byEntry.values()) {
      const earlier: Vector<W> = new Map()
      for (const { from, to, weight } of list) {
        const value = vector.get(to)
        if (value !== undefined) add(field, earlier, from, field.times(weight, value))
      }
      if (earlier.size > 0) open.push(earlier)
    }
  }
  return {
    dimension: basis.length,
    isSame(at, weights) {
      const sums = (by: (point: number) => W | undefined): [real: W, ideal: W] => {
        const out: [W, W] = [field.zero, field.zero]
        at.forEach((point, i) => {
          const value = by(point)
          const side = point % 2 === 0 ? 0 : 1
          if (value !== undefined) out[side] = field.plus(out[side], field.times(value, weights[i] as W))
        })
        return out
      }
      const [real, ideal] = sums(() => field.one)
      return basis.every(({ vector }) => {
        const [left, right] = sums((point) => vector.get(point))
        return field.isZero(field.minus(field.times(left, ideal), field.times(right, real)))
      })
    },
  }
}

/** Are the whole views equally distributed, whatever their length? Decided in polynomial time. */
export function areEquivalent<W>(both: Pair<W>): boolean {
  return futureOf(both).isSame(startOf(both), [both.field.one, both.field.one])
}
