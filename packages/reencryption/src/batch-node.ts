import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { BatchAnswer } from './batch.ts'
import { type BatchWorker, ReencryptionPool } from './batch-pool.ts'
import type { SuiteId } from './suite.ts'

export type { BatchJob } from './batch.ts'
export { ReencryptionPool } from './batch-pool.ts'

function threadWorker(): BatchWorker {
  const thread = new Worker(new URL('./batch-worker-node.ts', import.meta.url))
  thread.unref()
  return {
    post(request) {
      thread.ref()
      thread.postMessage(request)
    },
    listen(onAnswer, onFailure) {
      thread.on('message', (answer: BatchAnswer) => {
        thread.unref()
        onAnswer(answer)
      })
      thread.on('error', (error) => onFailure(error instanceof Error ? error : new Error(String(error))))
      thread.on('exit', () => onFailure(new Error('pool: a worker ended')))
    },
    async stop() {
      await thread.terminate()
    },
  }
}

/** Workers on `threads` threads: by default one for each processor. An idle pool keeps no process alive. */
export function reencryptionThreads(suite: SuiteId, threads = availableParallelism()): ReencryptionPool {
  return new ReencryptionPool(suite, Array.from({ length: threads }, threadWorker))
}
