import { ReactiveError } from '../errors.ts'
import type { Rational } from '../model/rational.ts'
import { checkHorizon, movesFrom, type Pair, startOf } from './pair.ts'

/** The moves with one entry, over dense numbers of points. */
interface EntryMatrix {
  readonly from: Int32Array
  readonly to: Int32Array
  readonly weight: Float64Array
}

/** So many vectors are kept at once, in front and behind. */
const KEPT = 4096

function matrices(
  both: Pair<Rational>,
  horizon: number,
): { entries: EntryMatrix[]; start: Float64Array; sign: Float64Array } {
  const numbers = new Map<number, number>()
  const number = (point: number) => {
    const known = numbers.get(point)
    if (known !== undefined) return known
    numbers.set(point, numbers.size)
    return numbers.size - 1
  }
  const byEntry = new Map<number, { from: number; to: number; weight: number }[]>()
  const [real, ideal] = startOf(both)
  let frontier = new Set([real, ideal])
  const done = new Set<number>()
  for (let depth = 0; depth < horizon && frontier.size > 0; depth++) {
    const next = new Set<number>()
    for (const point of frontier) {
      if (done.has(point)) continue
      done.add(point)
      for (const { entry, to, weight } of movesFrom(both, point)) {
        const target = 2 * to + (point % 2)
        const list = byEntry.get(entry) ?? []
        byEntry.set(entry, list)
        list.push({ from: number(point), to: number(target), weight: weight.toNumber() })
        if (!done.has(target)) next.add(target)
      }
    }
    frontier = next
  }
  number(real)
  number(ideal)
  const start = new Float64Array(numbers.size)
  start[number(real)] = 1
  start[number(ideal)] = 1
  const sign = new Float64Array(numbers.size)
  for (const [point, at] of numbers) sign[at] = point % 2 === 0 ? 1 : -1
  const entries = [...byEntry.values()].map((list) => ({
    from: Int32Array.from(list, (m) => m.from),
    to: Int32Array.from(list, (m) => m.to),
    weight: Float64Array.from(list, (m) => m.weight),
  }))
  return { entries, start, sign }
}

function forward(vector: Float64Array, { from, to, weight }: EntryMatrix, out: Float64Array): boolean {
  out.fill(0)
  let any = false
  for (let i = 0; i < from.length; i++) {
    const value = vector[from[i] as number] as number
    if (value === 0) continue
    const target = to[i] as number
    out[target] = (out[target] as number) + value * (weight[i] as number)
    any = true
  }
  return any
}

function backward(functional: Float64Array, { from, to, weight }: EntryMatrix, out: Float64Array): boolean {
  out.fill(0)
  let any = false
  for (let i = 0; i < from.length; i++) {
    const value = functional[to[i] as number] as number
    if (value === 0) continue
    const source = from[i] as number
    out[source] = (out[source] as number) + value * (weight[i] as number)
    any = true
  }
  return any
}

/** All vectors after one more step, or null when they would be too many. */
function grow(
  vectors: readonly Float64Array[],
  entries: readonly EntryMatrix[],
  step: (vector: Float64Array, entry: EntryMatrix, out: Float64Array) => boolean,
): Float64Array[] | null {
  if (vectors.length * entries.length > KEPT) return null
  const out: Float64Array[] = []
  for (const vector of vectors)
    for (const entry of entries) {
      const next = new Float64Array(vector.length)
      if (step(vector, entry, next)) out.push(next)
    }
  return out
}

/**
 * The statistical distance of the first `horizon` entries in floating point: for horizons where the exact one takes too
 * long. Each probability is a sum of products of numbers in [0, 1], so the error is about horizon · 10^{−16} of 1.
 * Prefixes go forward depth first, the last entries are met from behind; nothing is merged. Throws ReactiveError
 * `reactive/budget` beyond the budget of views.
 */
export function approximatePrefixDistance(both: Pair<Rational>, horizon: number): number {
  checkHorizon(horizon)
  if (horizon === 0) return 0
  const { entries, start, sign } = matrices(both, horizon)
  let words = [sign]
  let behind = 0
  while (behind < horizon) {
    const longer = grow(words, entries, backward)
    if (longer === null) break
    words = longer
    behind++
  }
  // By point, all words in a row: the inner loop runs through memory.
  const columns = Array.from(start, (_, point) => Float64Array.from(words, (word) => word[point] as number))
  const budget = both.real.program.budget.views * 64
  const values = new Float64Array(words.length)
  let work = 0
  let sum = 0
  const meet = (vector: Float64Array) => {
    work += words.length
    if (work > budget)
      throw new ReactiveError('reactive/budget', `there are more than ${budget} views of ${horizon} entries`)
    values.fill(0)
    for (let point = 0; point < vector.length; point++) {
      const factor = vector[point] as number
      if (factor === 0) continue
      const column = columns[point] as Float64Array
      for (let w = 0; w < values.length; w++)
        values[w] = (values[w] as number) + factor * (column[w] as number)
    }
    for (let w = 0; w < values.length; w++) sum += Math.abs(values[w] as number)
  }
  const buffers = Array.from({ length: horizon - behind + 1 }, () => new Float64Array(start.length))
  const walk = (vector: Float64Array, left: number): void => {
    if (left === 0) return meet(vector)
    const next = buffers[left] as Float64Array
    for (const entry of entries) if (forward(vector, entry, next)) walk(next, left - 1)
  }
  walk(start, horizon - behind)
  return sum / 2
}
