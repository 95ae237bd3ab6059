import { answerBatch, type BatchRequest } from './batch.ts'

// The scope of a dedicated web worker, of which TypeScript's DOM types know only the page's side.
const scope = globalThis as unknown as {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent<BatchRequest>) => void): void
}

scope.addEventListener('message', (event) => {
  void answerBatch(event.data).then((answer) => scope.postMessage(answer))
})
