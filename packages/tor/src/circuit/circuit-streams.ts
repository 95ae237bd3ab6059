import { TorError } from '../errors.ts'
import { decodeBegin, END_REASON, endText } from './begin.ts'
import type { RelayCells } from './relay-cells.ts'
import { RELAY } from './relay-message.ts'
import { CircuitStream, type TorStream } from './stream.ts'
import { type Say, WindowFlow, XonXoffFlow } from './stream-flow.ts'

const MOST_STREAMS = 1024

/** A stream that the other end of a rendezvous circuit begins. */
export interface IncomingStream {
  /** Empty on rendezvous circuits. */
  readonly host: string
  readonly port: number
  /** Says CONNECTED. Call once, this or `reject`. */
  accept(): TorStream
  /** Says END; `reason` is one of END_REASON. */
  reject(reason: number): void
}

/** The streams of one circuit (tor-spec §6.2). */
export class CircuitStreams {
  readonly #cells: RelayCells
  readonly #streams = new Map<number, CircuitStream>()
  readonly #connecting = new Map<number, { resolve(): void; reject(error: TorError): void }>()
  #nextId: number
  /** Takes the streams that the other end begins. Without it they are refused. */
  onIncoming: ((incoming: IncomingStream) => void) | undefined

  /** Identifiers count up from a random place. */
  constructor(cells: RelayCells, firstId: number) {
    this.#cells = cells
    this.#nextId = firstId
  }

  get size(): number {
    return this.#streams.size
  }

  /** Asks `hop` for a stream: BEGIN or BEGIN_DIR. `connected` rejects with TorError `tor/stream` where it refuses. */
  begin(hop: number, command: number, body: Uint8Array): { stream: CircuitStream; connected: Promise<void> } {
    if (this.#streams.size >= MOST_STREAMS)
      throw new TorError('tor/stream', 'Too many streams on one circuit.')
    let streamId: number
    do {
      this.#nextId = (this.#nextId % 0xffff) + 1
      streamId = this.#nextId
    } while (this.#streams.has(streamId))
    const stream = this.#add(streamId, hop)
    const connected = new Promise<void>((resolve, reject) => {
      this.#connecting.set(streamId, { resolve, reject })
    })
    this.#cells.send(hop, { command, streamId, data: body })
    return { stream, connected }
  }

  #add(streamId: number, hop: number): CircuitStream {
    const cells = this.#cells
    const say: Say = (command, data) => cells.send(hop, { command, streamId, data })
    const flow = cells.hasCongestionControl(hop) ? new XonXoffFlow(say) : new WindowFlow(say)
    const stream: CircuitStream = new CircuitStream(hop, flow, {
      sendData: (bytes, most) => cells.sendData({ streamId, hop, bytes, most }),
      sendEnd: (reason) => say(RELAY.end, Uint8Array.of(reason)),
      ready: () => cells.ready(),
      forget: () => {
        this.#connecting.delete(streamId)
        if (this.#streams.get(streamId) === stream) this.#streams.delete(streamId)
      },
    })
    this.#streams.set(streamId, stream)
    return stream
  }

  /** The stream that `hop` may speak of by this identifier. */
  #of(streamId: number, hop: number): CircuitStream | undefined {
    const stream = this.#streams.get(streamId)
    return stream?.hop === hop ? stream : undefined
  }

  /** Whether there is somebody to receive data. */
  has(hop: number, streamId: number): boolean {
    return this.#of(streamId, hop) !== undefined
  }

  /** Data of `cells` cells. What comes for a stream that has ended is dropped. */
  receiveData(hop: number, streamId: number, bytes: Uint8Array, cells: number): void {
    this.#of(streamId, hop)?.receive(bytes, cells)
  }

  /** Any other message of a stream. Throws TorError `tor/circuit-protocol`. */
  receive(hop: number, streamId: number, command: number, data: Uint8Array): void {
    if (command === RELAY.begin) return this.#incoming(hop, streamId, data)
    const stream = this.#of(streamId, hop)
    if (stream === undefined) return // ended while this was on its way
    switch (command) {
      case RELAY.connected:
        this.#connecting.get(streamId)?.resolve()
        this.#connecting.delete(streamId)
        return
      case RELAY.end: {
        const reason = data[0] ?? END_REASON.misc
        this.#connecting
          .get(streamId)
          ?.reject(new TorError('tor/stream', `The stream was not opened: ${endText(reason)}.`))
        stream.finish(reason)
        return
      }
      case RELAY.sendme:
      case RELAY.xon:
      case RELAY.xoff:
        return stream.hearFlow(command, data)
    }
  }

  #incoming(hop: number, streamId: number, data: Uint8Array): void {
    const target = decodeBegin(data)
    const handler = this.onIncoming
    const refuse = (reason: number) =>
      this.#cells.send(hop, { command: RELAY.end, streamId, data: Uint8Array.of(reason) })
    if (this.#streams.has(streamId))
      throw new TorError('tor/circuit-protocol', 'A stream was begun twice with one identifier.')
    if (handler === undefined || target === undefined) return refuse(END_REASON.torProtocol)
    if (this.#streams.size >= MOST_STREAMS) return refuse(END_REASON.resourceLimit)
    const stream = this.#add(streamId, hop)
    handler({
      ...target,
      accept: () => {
        this.#cells.send(hop, { command: RELAY.connected, streamId, data: new Uint8Array(0) })
        return stream
      },
      reject: (reason) => stream.abort(reason),
    })
  }

  /** Windows have opened: those who wait look again. */
  wake(): void {
    for (const stream of this.#streams.values()) stream.wake()
  }

  end(error: TorError): void {
    for (const stream of this.#streams.values()) stream.finish(error)
    this.#streams.clear()
  }
}
