import type { Axis, Histogram } from '../figure.ts'

/** Counts in equal bins over the common range of all sets. */
export function histogram(
  title: string,
  x: Axis,
  sets: readonly { name: string; values: readonly number[] }[],
  bins = 40,
): Histogram {
  const finite = sets.flatMap((set) => set.values.filter(Number.isFinite))
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const width = (high - low || 1) / bins
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + i * width)
  return {
    kind: 'histogram',
    title,
    x,
    edges,
    sets: sets.map(({ name, values }) => {
      const counts = new Array<number>(bins).fill(0)
      for (const v of values) {
        if (!Number.isFinite(v)) continue
        const bin = Math.min(bins - 1, Math.floor((v - low) / width))
        counts[bin] = (counts[bin] as number) + 1
      }
      return { name, counts }
    }),
  }
}
