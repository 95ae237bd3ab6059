import { hitRates, type Loop, type Statistic } from '@warren/kljn'
import type { RunContext, Verdict } from '../scenario.ts'

/** What has been simulated; fewer bits than were asked for where the run was cancelled. */
export interface Rates<K extends string> {
  rates: Record<K, number>
  bits: number
}

/** Lets other things happen: a long simulation would otherwise never see that it was cancelled. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

/**
 * Does `total` bits of work in slices, and stops between two of them when the run is cancelled. Resolves to the number
 * of bits that were done, so that a cancelled run gives what it has.
 */
export async function inSlices(
  total: number,
  slice: number,
  signal: AbortSignal,
  work: (bits: number) => void,
): Promise<number> {
  let done = 0
  while (done < total && !signal.aborted) {
    const bits = Math.min(slice, total - done)
    work(bits)
    done += bits
    await pause()
  }
  return done
}

/** About 50 ms of simulation. */
export function sliceBits(samples: number): number {
  return Math.max(1, Math.ceil(1e6 / samples))
}

/** `hitRates`, cancellable. */
export async function hitRatesOf<K extends string>(
  { rng, signal }: Pick<RunContext, 'rng' | 'signal'>,
  loop: Loop,
  samples: number,
  bits: number,
  statistics: Readonly<Record<K, Statistic>>,
): Promise<Rates<K>> {
  const names = Object.keys(statistics) as K[]
  const hits = Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>
  const done = await inSlices(bits, sliceBits(samples), signal, (count) => {
    const part = hitRates(loop, samples, count, rng, statistics)
    for (const name of names) hits[name] += part[name] * count
  })
  for (const name of names) hits[name] = done === 0 ? Number.NaN : hits[name] / done
  return { rates: hits, bits: done }
}

/** A claim of a run that was cancelled before it was through says nothing. */
export function unlessCancelled<R extends { complete: boolean }>(
  check: (result: R) => Verdict,
): (result: R) => Verdict {
  return (result) =>
    result.complete
      ? check(result)
      : { verdict: 'inconclusive', measured: 'cancelled before the end', expected: 'a whole run' }
}
