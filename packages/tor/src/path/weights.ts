import { type Rng, randomUnit } from '@warren/primitives/rng'

/** One of the items with a chance in proportion to its weight; all alike where no weight is above zero. */
export function chooseWeighted<T>(items: readonly T[], weight: (item: T) => number, rng: Rng): T | undefined {
  if (items.length === 0) return undefined
  const weights = items.map((item) => Math.max(0, weight(item)))
  const total = weights.reduce((sum, one) => sum + one, 0)
  const last = items.length - 1
  if (total <= 0) return items[Math.min(last, Math.floor(randomUnit(rng) * items.length))]
  let left = randomUnit(rng) * total
  for (let i = 0; i < last; i++) {
    left -= weights[i] as number
    if (left < 0) return items[i]
  }
  // Rounding may leave a crumb: the last item that has any weight takes it.
  return items[weights.findLastIndex((one) => one > 0)]
}
