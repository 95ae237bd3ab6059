import { TorError } from '../errors.ts'

interface Waiter {
  resolve(body: Uint8Array): void
  reject(error: TorError): void
}

/** Messages of a circuit's last hop that belong to no stream: who waits for them, who hears them. */
export class CircuitMessages {
  readonly #waiters = new Map<number, Waiter[]>()
  readonly #handlers = new Map<number, (body: Uint8Array) => void>()
  #ended: TorError | undefined

  /** The next message with this command; registers at once. Rejects with the circuit's error when it ends. */
  next(command: number, signal?: AbortSignal): Promise<Uint8Array> {
    const waiters = this.#waiters.get(command) ?? []
    this.#waiters.set(command, waiters)
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      const waiter: Waiter = { resolve, reject }
      waiters.push(waiter)
      signal?.addEventListener('abort', () => {
        const at = waiters.indexOf(waiter)
        if (at >= 0) waiters.splice(at, 1)
        reject(cancelled(signal))
      })
    })
    answer.catch(() => {}) // the caller may look later
    return answer
  }

  /** Hears every message with this command that nobody waits for. Returns what ends it. */
  on(command: number, handler: (body: Uint8Array) => void): () => void {
    this.#handlers.set(command, handler)
    return () => {
      if (this.#handlers.get(command) === handler) this.#handlers.delete(command)
    }
  }

  isAwaited(command: number): boolean {
    return (this.#waiters.get(command)?.length ?? 0) > 0
  }

  /** Gives a message to whom it belongs; what nobody wants is dropped. Whether somebody waited for it. */
  deliver(command: number, data: Uint8Array): boolean {
    const waiter = this.#waiters.get(command)?.shift()
    if (waiter === undefined) this.#handlers.get(command)?.(data)
    else waiter.resolve(data)
    return waiter !== undefined
  }

  end(error: TorError): void {
    this.#ended = error
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(error)
    this.#waiters.clear()
    this.#handlers.clear()
  }
}

/** What a caller who gave up hears. */
export function cancelled(signal: AbortSignal): TorError {
  const { reason } = signal as { reason: unknown }
  return reason instanceof TorError ? reason : new TorError('tor/circuit', 'Cancelled.', { cause: reason })
}
