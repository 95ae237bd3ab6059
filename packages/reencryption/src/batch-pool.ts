import type { BatchAnswer, BatchJob, BatchRequest } from './batch.ts'
import type { SuiteId } from './suite.ts'

/** A worker of either kind: a thread of Node or a web worker. */
export interface BatchWorker {
  post(request: BatchRequest): void
  /** Called once, before the first post. */
  listen(onAnswer: (answer: BatchAnswer) => void, onFailure: (error: Error) => void): void
  stop(): Promise<void>
}

interface Pending {
  request: BatchRequest
  resolve(results: (Uint8Array | undefined)[]): void
  reject(error: Error): void
}

/** Small enough that all workers end at about the same time, large enough that messages cost little. */
const JOBS_PER_MESSAGE = 16

/** Spreads batches of re-encryptions over workers. */
export class ReencryptionPool {
  readonly #suite: SuiteId
  readonly #workers: readonly BatchWorker[]
  readonly #idle: BatchWorker[]
  readonly #queue: Pending[] = []
  readonly #running = new Map<BatchWorker, Pending>()
  #nextId = 0
  #failed: Error | undefined

  constructor(suite: SuiteId, workers: readonly BatchWorker[]) {
    if (workers.length === 0) throw new RangeError('pool: no workers')
    this.#suite = suite
    this.#workers = workers
    this.#idle = [...workers]
    for (const worker of workers)
      worker.listen(
        (answer) => this.#answered(worker, answer),
        (error) => this.#fail(error),
      )
  }

  /** In the order of `jobs`; undefined where one was refused. Rejects when a worker dies or the pool is closed. */
  async reencryptBatch(
    jobs: readonly BatchJob[],
    options: { asPath?: boolean; signal?: AbortSignal } = {},
  ): Promise<(Uint8Array | undefined)[]> {
    const { asPath = false, signal } = options
    const parts: Promise<(Uint8Array | undefined)[]>[] = []
    for (let at = 0; at < jobs.length; at += JOBS_PER_MESSAGE) {
      const part = {
        id: this.#nextId++,
        suite: this.#suite,
        jobs: jobs.slice(at, at + JOBS_PER_MESSAGE),
        asPath,
      }
      parts.push(this.#submit(part, signal))
    }
    return (await Promise.all(parts)).flat()
  }

  async close(): Promise<void> {
    this.#fail(new Error('pool: closed'))
    await Promise.all(this.#workers.map((worker) => worker.stop()))
  }

  #submit(request: BatchRequest, signal: AbortSignal | undefined): Promise<(Uint8Array | undefined)[]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      if (this.#failed !== undefined) throw this.#failed
      const pending = { request, resolve, reject }
      this.#queue.push(pending)
      signal?.addEventListener('abort', () => {
        const at = this.#queue.indexOf(pending)
        if (at >= 0) this.#queue.splice(at, 1)
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      })
      this.#feed()
    })
  }

  #feed(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop()
      if (worker === undefined) return
      const pending = this.#queue.shift() as Pending
      this.#running.set(worker, pending)
      worker.post(pending.request)
    }
  }

  #answered(worker: BatchWorker, answer: BatchAnswer): void {
    const pending = this.#running.get(worker)
    if (pending === undefined || pending.request.id !== answer.id) return
    this.#running.delete(worker)
    this.#idle.push(worker)
    if (answer.results === undefined) pending.reject(new Error(`pool: ${answer.failure ?? 'no results'}`))
    else pending.resolve(answer.results)
    this.#feed()
  }

  #fail(error: Error): void {
    this.#failed ??= error
    for (const pending of [...this.#running.values(), ...this.#queue.splice(0)]) pending.reject(error)
    this.#running.clear()
  }
}
