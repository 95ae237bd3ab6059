import type { BatchAnswer } from './batch.ts'
import { type BatchWorker, ReencryptionPool } from './batch-pool.ts'
import type { SuiteId } from './suite.ts'

export type { BatchJob } from './batch.ts'
export { ReencryptionPool } from './batch-pool.ts'

/** A pool on web workers. The page makes them from `batch-worker-web.ts`, as its bundler wants it. */
export function reencryptionWebWorkers(suite: SuiteId, workers: readonly Worker[]): ReencryptionPool {
  return new ReencryptionPool(suite, workers.map(webWorker))
}

function webWorker(worker: Worker): BatchWorker {
  return {
    post: (request) => worker.postMessage(request),
    listen(onAnswer, onFailure) {
      worker.addEventListener('message', (event: MessageEvent<BatchAnswer>) => onAnswer(event.data))
      worker.addEventListener('error', () => onFailure(new Error('pool: a worker failed')))
    },
    stop() {
      worker.terminate()
      return Promise.resolve()
    },
  }
}
