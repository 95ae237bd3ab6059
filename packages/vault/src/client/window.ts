/**
 * At most `size` tasks at once. `add` waits for a free place; `drain` for all of them. The first failure is thrown by
 * the next call of either, and aborts `signal`, which the tasks are given.
 */
export class Window {
  readonly #size: number
  readonly #running = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #failure: { error: unknown } | undefined

  constructor(size: number, outer?: AbortSignal) {
    this.#size = size
    if (outer?.aborted === true) this.#abort.abort(outer.reason)
    outer?.addEventListener('abort', () => this.#abort.abort(outer.reason), {
      once: true,
      signal: this.#abort.signal,
    })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  async add(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#size) await Promise.race(this.#running)
    this.#check()
    const running: Promise<void> = task()
      .catch((error: unknown) => {
        this.#failure ??= { error }
        this.#abort.abort(error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running)
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
    this.#abort.signal.throwIfAborted()
  }
}
