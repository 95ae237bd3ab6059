import { Worker } from 'node:worker_threads'
import type { SuiteId } from '@warren/reencryption'
import type { Check } from './work.ts'

export interface CheckRequest {
  id: number
  checks: readonly Check[]
}

/** In the order of the checks: whether it passed. */
export interface CheckAnswer {
  id: number
  results: boolean[]
}

interface Pending {
  resolve(results: boolean[]): void
  reject(error: Error): void
}

/** Threads that check what comes in with a commit. When one dies all that wait are told, and a new pool is needed. */
export class CheckThreads {
  readonly #threads: readonly Worker[]
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #failed: Error | undefined

  constructor(suite: SuiteId, threads: number) {
    const url = new URL('./check-worker-node.ts', import.meta.url)
    this.#threads = Array.from({ length: threads }, () => new Worker(url, { workerData: suite }))
    for (const thread of this.#threads) {
      thread.unref()
      thread.on('message', ({ id, results }: CheckAnswer) => {
        const waiting = this.#pending.get(id)
        this.#pending.delete(id)
        if (this.#pending.size === 0) for (const each of this.#threads) each.unref()
        waiting?.resolve(results)
      })
      thread.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))))
      thread.on('exit', () => this.#fail(new Error('checks: a thread ended')))
    }
  }

  /** Rejects when a thread died, or the pool was closed. */
  async run(checks: readonly Check[]): Promise<boolean[]> {
    const share = Math.ceil(checks.length / this.#threads.length)
    const parts = this.#threads.map((thread, i) =>
      this.#submit(thread, checks.slice(i * share, (i + 1) * share)),
    )
    return (await Promise.all(parts)).flat()
  }

  async close(): Promise<void> {
    this.#fail(new Error('checks: closed'))
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  #submit(thread: Worker, checks: readonly Check[]): Promise<boolean[]> {
    if (checks.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) throw this.#failed
      const id = this.#nextId++
      this.#pending.set(id, { resolve, reject })
      thread.ref()
      const request: CheckRequest = { id, checks }
      thread.postMessage(request)
    })
  }

  #fail(error: Error): void {
    this.#failed ??= error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
