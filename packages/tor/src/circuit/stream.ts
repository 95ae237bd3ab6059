import { TorError } from '../errors.ts'
import { END_REASON, endText } from './begin.ts'
import type { StreamFlow } from './stream-flow.ts'

/** Most cells that one stream hands over at a time, so that streams of one circuit take turns. */
const BATCH_CELLS = 64

/** What a stream asks of its circuit. */
export interface StreamCarrier {
  /** Sends up to `cells` cells of data from `bytes`, fewer where the circuit's window ends; returns how many bytes went. */
  sendData(bytes: Uint8Array, cells: number): { bytes: number; cells: number }
  sendEnd(reason: number): void
  /** Resolves when it is worth trying again. */
  ready(): Promise<void> | undefined
  /** The stream needs its identifier no longer. */
  forget(): void
}

/**
 * A stream through a circuit. There is no half-open state in Tor: `end` closes both directions once everything written
 * has left, and what comes afterwards is dropped.
 */
export interface TorStream {
  /** The next bytes; `undefined` after the other side's end. Rejects with TorError `tor/stream` or the circuit's error. */
  read(): Promise<Uint8Array | undefined>
  /** Resolves once the bytes are handed to the connection: waits while windows are closed. */
  write(bytes: Uint8Array): Promise<void>
  end(reason?: number): Promise<void>
  /** As Web streams, over `read`, `write` and `end`. */
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Settles once, never rejects: `undefined` after an orderly end. */
  readonly closed: Promise<TorError | undefined>
}

/** The state of one stream. The circuit feeds it; its user sees `TorStream`. */
export class CircuitStream implements TorStream {
  readonly hop: number
  readonly #carrier: StreamCarrier
  readonly #flow: StreamFlow
  #chunks: { bytes: Uint8Array; cells: number }[] = []
  #readers: PromiseWithResolvers<Uint8Array | undefined>[] = []
  /** Cells that `#chunks` hold. */
  #held = 0
  #windowOpens: PromiseWithResolvers<void> | undefined
  #writing: Promise<void> = Promise.resolve()
  #state: 'open' | 'ended' = 'open'
  #error: TorError | undefined
  readonly #closed = Promise.withResolvers<TorError | undefined>()
  #readable: ReadableStream<Uint8Array> | undefined
  #writable: WritableStream<Uint8Array> | undefined

  constructor(hop: number, flow: StreamFlow, carrier: StreamCarrier) {
    this.hop = hop
    this.#flow = flow
    this.#carrier = carrier
  }

  get closed(): Promise<TorError | undefined> {
    return this.#closed.promise
  }

  // ── from the circuit ──

  /** Data of `cells` cells. Throws TorError `tor/circuit-protocol` where the other side sends more than it may. */
  receive(bytes: Uint8Array, cells: number): void {
    const reader = bytes.length > 0 ? this.#readers.shift() : undefined
    const isWaiting = reader === undefined && bytes.length > 0
    if (isWaiting) {
      this.#chunks.push({ bytes, cells })
      this.#held += cells
    }
    this.#flow.received(cells, this.#held)
    reader?.resolve(bytes)
    if (!isWaiting) this.#consume(cells)
  }

  /** SENDME, XON or XOFF. Throws TorError `tor/circuit-protocol`. */
  hearFlow(command: number, data: Uint8Array): void {
    if (this.#flow.hear(command, data)) this.wake()
  }

  /** Lets a waiting writer look again. */
  wake(): void {
    this.#windowOpens?.resolve()
    this.#windowOpens = undefined
  }

  /** The other side's END, or the end of the circuit. What has arrived can still be read. */
  finish(cause: number | TorError): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    if (cause instanceof TorError) this.#error = cause
    else if (cause !== END_REASON.done)
      this.#error = new TorError('tor/stream', `The stream was closed: ${endText(cause)}.`)
    this.#carrier.forget()
    this.#settle()
  }

  #settle(): void {
    this.wake()
    for (const reader of this.#readers.splice(0))
      if (this.#error === undefined) reader.resolve(undefined)
      else reader.reject(this.#error)
    this.#closed.resolve(this.#error)
  }

  // ── from the user ──

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#held -= chunk.cells
      this.#consume(chunk.cells)
      return Promise.resolve(chunk.bytes)
    }
    if (this.#state === 'ended')
      return this.#error === undefined ? Promise.resolve(undefined) : Promise.reject(this.#error)
    const reader = Promise.withResolvers<Uint8Array | undefined>()
    this.#readers.push(reader)
    return reader.promise
  }

  write(bytes: Uint8Array): Promise<void> {
    const done = this.#writing.then(() => this.#write(bytes))
    this.#writing = done.catch(() => {})
    return done
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      if (this.#state === 'ended') throw this.#error ?? new TorError('tor/stream', 'The stream is closed.')
      const cells = Math.min(BATCH_CELLS, this.#flow.left)
      const sent = cells === 0 ? { bytes: 0, cells: 0 } : this.#carrier.sendData(rest, cells)
      this.#flow.sent(sent.cells)
      rest = rest.subarray(sent.bytes)
      if (sent.cells === 0) {
        this.#windowOpens ??= Promise.withResolvers<void>()
        await this.#windowOpens.promise
      } else await this.#carrier.ready()
    }
  }

  async end(reason: number = END_REASON.done): Promise<void> {
    await this.#writing
    this.abort(reason)
  }

  /** Ends at once: what was not yet sent is dropped. */
  abort(reason: number): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#carrier.sendEnd(reason)
    this.#carrier.forget()
    this.#chunks = []
    this.#settle()
  }

  #consume(cells: number): void {
    if (this.#state !== 'ended') this.#flow.consumed(cells, this.#held)
  }

  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const bytes = await this.read()
          if (bytes === undefined) controller.close()
          else controller.enqueue(bytes)
        },
        cancel: () => this.abort(END_REASON.done),
      },
      { highWaterMark: 0 },
    )
    return this.#readable
  }

  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= new WritableStream<Uint8Array>({
      write: (bytes) => this.write(bytes),
      close: () => this.end(),
      abort: () => this.abort(END_REASON.misc),
    })
    return this.#writable
  }
}
