import { parentPort, workerData } from 'node:worker_threads'
import { loadSuite, type SuiteId } from '@warren/reencryption'
import type { CheckAnswer, CheckRequest } from './check-threads-node.ts'
import { passes } from './work.ts'

const suite = await loadSuite(workerData as SuiteId)

parentPort?.on('message', ({ id, checks }: CheckRequest) => {
  const answer: CheckAnswer = { id, results: checks.map((check) => passes(suite, check)) }
  parentPort?.postMessage(answer)
})
