import { parentPort } from 'node:worker_threads'
import { answerBatch, type BatchRequest } from './batch.ts'

parentPort?.on('message', (request: BatchRequest) => {
  void answerBatch(request).then((answer) => parentPort?.postMessage(answer))
})
