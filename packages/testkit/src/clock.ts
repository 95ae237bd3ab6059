import type { Clock } from '@warren/primitives/clock'

interface Sleeper {
  at: number
  wake(): void
}

/** A clock that moves only when a test says so. */
export interface VirtualClock extends Clock {
  /** Moves time forward, waking sleepers in order and letting each run before the next. */
  advance(ms: number): Promise<void>
}

export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = startMs
  let sleepers: Sleeper[] = []
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    now: () => now,
    monotonic: () => now - startMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const sleeper: Sleeper = { at: now + ms, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal.reason)
        })
      }),
    async advance(ms) {
      const target = now + ms
      for (;;) {
        await settle()
        const due = sleepers.filter((s) => s.at <= target).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        sleepers = sleepers.filter((s) => s !== due)
        now = Math.max(now, due.at)
        due.wake()
      }
      now = target
      await settle()
    },
  }
}

/** Moves the clock, in steps of `stepMs`, until the promise has settled or `mostMs` have passed; gives the promise. */
export async function eventually<T>(
  clock: VirtualClock,
  promise: Promise<T>,
  { mostMs, stepMs = 500 }: { mostMs: number; stepMs?: number },
): Promise<T> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  for (let ms = 0; ms < mostMs && !isSettled; ms += stepMs) await clock.advance(stepMs)
  return promise
}
