import { KljnError } from '../../errors.ts'

/**
 * One end of a two-way line of messages between two roles: a worker's port or a queue in this process. What goes over
 * it can be structured-cloned. `receive` rejects with KljnError `kljn/protocol` once the other side has closed.
 */
export interface Port {
  send(message: unknown): void
  receive(): Promise<unknown>
  close(): void
}

/** Messages that have come, and those who wait for them. */
export class Inbox {
  readonly #messages: unknown[] = []
  readonly #waiting: { resolve(message: unknown): void; reject(error: Error): void }[] = []
  #closed = false

  put(message: unknown): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#messages.push(message)
    else waiting.resolve(message)
  }

  close(): void {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(hungUp())
  }

  take(): Promise<unknown> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift())
    if (this.#closed) return Promise.reject(hungUp())
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}

function hungUp(): KljnError {
  return new KljnError('kljn/protocol', 'the other side has hung up')
}

/** Two ports that are joined inside this process. */
export function joinedPorts(): [Port, Port] {
  const boxes = [new Inbox(), new Inbox()] as const
  const port = (mine: Inbox, theirs: Inbox): Port => ({
    send: (message) => theirs.put(structuredClone(message)),
    receive: () => mine.take(),
    close: () => theirs.close(),
  })
  return [port(boxes[0], boxes[1]), port(boxes[1], boxes[0])]
}
