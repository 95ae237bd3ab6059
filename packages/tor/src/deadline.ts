import type { Clock } from '@warren/primitives/clock'
import { TorError } from './errors.ts'

/**
 * Runs `work` with a signal that aborts after `ms`, with TorError `tor/timeout` as its reason, or when `signal` does.
 * `what` completes the sentence "… took too long".
 */
export async function withDeadline<T>(
  { clock, ms, what, signal }: { clock: Clock; ms: number; what: string; signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expired = new AbortController()
  const finished = new AbortController()
  clock.sleep(ms, finished.signal).then(
    () => expired.abort(new TorError('tor/timeout', `${what} took too long.`)),
    () => {},
  )
  try {
    return await work(signal === undefined ? expired.signal : AbortSignal.any([signal, expired.signal]))
  } finally {
    finished.abort()
  }
}

/** Waits for `promise`, but no longer than the signal allows; the promise itself goes on, for others who wait for it. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      const { reason } = signal as { reason: unknown }
      reject(reason instanceof Error ? reason : new TorError('tor/timeout', 'Cancelled.', { cause: reason }))
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
