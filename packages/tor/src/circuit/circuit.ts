import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { BODY_BYTES, COMMAND } from '../link/cell.ts'
import type { CircuitSlot, Link } from '../link/link.ts'
import { decodeBegin, END_REASON, encodeBegin, endText } from './begin.ts'
import { startCreateFast } from './create-fast.ts'
import { decodeCreated2, encodeCreate2, encodeExtend2 } from './extend.ts'
import type { Hop } from './hop.ts'
import { type ClientHandshake, type HandshakeResult, startNtor } from './ntor.ts'
import { type HopKeys, type OpenedCell, RelayCrypto } from './relay-crypto.ts'
import {
  DATA_AT,
  encodeRelayMessage,
  MOST_DATA_BYTES,
  RELAY,
  relayCommand,
  relayLength,
  relayStream,
  writeRelayMessage,
} from './relay-message.ts'
import { CircuitStream, type TorStream } from './stream.ts'
import { ReceiveWindow, SendWindow, sendmeBody } from './window.ts'

/** RELAY_EARLY cells that a circuit may use (tor-spec §5.6). */
const MOST_RELAY_EARLY = 8
const MOST_STREAMS = 1024
/** Cells that may wait while a hop is being added: what its window allows, and some of the hops before it. */
const MOST_QUEUED_BYTES = 1200 * BODY_BYTES

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

interface Waiter {
  resolve(body: Uint8Array): void
  reject(error: TorError): void
}

export interface CircuitOptions {
  rng: Rng
  signal?: AbortSignal
}

/** A circuit through relays (tor-spec §5, §6). Made by `createCircuit` and `createFastCircuit`. */
export class Circuit {
  readonly #slot: CircuitSlot
  readonly #rng: Rng
  readonly #crypto = new RelayCrypto()
  readonly #sendWindows: SendWindow[] = []
  readonly #receiveWindows: ReceiveWindow[] = []
  readonly #streams = new Map<number, CircuitStream>()
  readonly #connecting = new Map<number, { resolve(): void; reject(error: TorError): void }>()
  readonly #waiters = new Map<number, Waiter[]>()
  readonly #handlers = new Map<number, (body: Uint8Array) => void>()
  readonly #closed = Promise.withResolvers<TorError | undefined>()
  readonly #pending = new Set<(error: TorError) => void>()
  #onStream: ((incoming: IncomingStream) => void) | undefined
  #isClosed = false
  #error: TorError | undefined
  #relayEarlyLeft = MOST_RELAY_EARLY
  #nextStream: number
  #bindingKey: Uint8Array = new Uint8Array(0)
  /** Cells that came after RENDEZVOUS2 and before the hop that it announces. */
  #queued: Uint8Array[] | undefined
  #queuedBytes = 0
  #created: PromiseWithResolvers<Uint8Array> | undefined
  #createdCommand = 0
  #isExtending = false

  constructor(link: Link, rng: Rng) {
    this.#rng = rng
    const [a = 0, b = 0] = rng.bytes(2)
    this.#nextStream = (a << 8) | b
    this.#slot = link.attach({
      created: (command, body) => {
        if (this.#created === undefined || command !== this.#createdCommand)
          this.#fail(new TorError('tor/circuit-protocol', 'A relay answered a handshake that was not begun.'))
        else this.#created.resolve(body)
        this.#created = undefined
      },
      relay: (bodies) => this.#guarded(() => this.#receive(bodies)),
      ended: (reason) =>
        this.#finish(
          reason instanceof TorError
            ? reason
            : new TorError('tor/circuit', `A relay destroyed the circuit (reason ${reason}).`),
        ),
    })
  }

  get hops(): number {
    return this.#crypto.hops
  }
  /** KH of the last relay's handshake, 20 bytes: binds ESTABLISH_INTRO to this circuit. */
  get bindingKey(): Uint8Array {
    return this.#bindingKey
  }
  get isOpen(): boolean {
    return !this.#isClosed
  }
  /** Settles once, never rejects: `undefined` after `close`. */
  get closed(): Promise<TorError | undefined> {
    return this.#closed.promise
  }
  get streams(): number {
    return this.#streams.size
  }

  // ── making it longer ──

  /** The first hop. For `createCircuit` and `createFastCircuit`. */
  async create(command: number, handshake: ClientHandshake, signal?: AbortSignal): Promise<void> {
    const isFast = command === COMMAND.createFast
    this.#created = Promise.withResolvers<Uint8Array>()
    this.#createdCommand = isFast ? COMMAND.createdFast : COMMAND.created2
    const answer = this.#created.promise
    this.#slot.send(command, isFast ? handshake.request : encodeCreate2(handshake.request))
    const body = await this.#orClosed(answer, signal)
    this.#guarded(() => {
      this.#addHop(handshake.complete(isFast ? body : decodeCreated2(body)))
    })
    this.#throwIfClosed()
  }

  /** Adds a relay at the end (EXTEND2 with ntor). A failure closes the circuit. */
  async extend(hop: Hop, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    this.#throwIfClosed()
    if (this.#isExtending || this.#relayEarlyLeft === 0)
      throw new TorError('tor/circuit', 'The circuit cannot be extended now.')
    this.#isExtending = true
    const handshake = startNtor({ nodeId: hop.rsaId, ntorKey: hop.ntorKey }, this.#rng)
    const added = Promise.withResolvers<void>()
    const off = this.onMessage(RELAY.extended2, (body) => {
      off()
      // At once, before the next cell is decrypted: it may come from the new hop.
      this.#addHop(handshake.complete(decodeCreated2(body)))
      this.#isExtending = false
      added.resolve()
    })
    this.send(RELAY.extend2, encodeExtend2(hop, handshake.request))
    await this.#orClosed(added.promise, signal)
  }

  #addHop({ keys, bindingKey }: HandshakeResult): void {
    this.#crypto.addHop(keys)
    this.#sendWindows.push(new SendWindow())
    this.#receiveWindows.push(new ReceiveWindow())
    this.#bindingKey = bindingKey
  }

  /**
   * Adds the other end of a rendezvous as a hop (rend-spec §4.2.1): SHA3-256 and AES-256. On the service's side swap
   * forward and backward. Streams then go to that end.
   */
  addVirtualHop(keys: HopKeys): void {
    this.#throwIfClosed()
    this.#crypto.addHop(keys)
    this.#sendWindows.push(new SendWindow())
    this.#receiveWindows.push(new ReceiveWindow())
    const queued = this.#queued
    this.#queued = undefined
    this.#queuedBytes = 0
    if (queued !== undefined)
      this.#guarded(() => {
        for (const bodies of queued) this.#receive(bodies)
      })
  }

  // ── messages of the circuit ──

  /** Sends a relay message of no stream to the last hop. At most 498 bytes. */
  send(command: number, body: Uint8Array): void {
    this.#throwIfClosed()
    this.#sendTo(this.hops - 1, { command, streamId: 0, data: body })
  }

  /**
   * The next message with this command from the last hop. It registers at once: call it before sending what will be
   * answered. What nobody waits for is dropped.
   */
  nextMessage(command: number, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const waiters = this.#waiters.get(command) ?? []
    this.#waiters.set(command, waiters)
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      if (this.#isClosed) return reject(this.#closedError())
      const waiter: Waiter = { resolve, reject }
      waiters.push(waiter)
      signal?.addEventListener('abort', () => {
        const at = waiters.indexOf(waiter)
        if (at >= 0) waiters.splice(at, 1)
        reject(cancelled(signal))
      })
    })
    answer.catch(() => {}) // the caller may look later
    return answer
  }

  /** Hears every message with this command from the last hop. Returns what ends it. */
  onMessage(command: number, handler: (body: Uint8Array) => void): () => void {
    this.#handlers.set(command, handler)
    return () => {
      if (this.#handlers.get(command) === handler) this.#handlers.delete(command)
    }
  }

  // ── streams ──

  /** Opens a stream to `host:port` at the last hop; on a rendezvous circuit `:port`. TorError `tor/stream` says why not. */
  openStream(target: string, options: { signal?: AbortSignal } = {}): Promise<TorStream> {
    return this.#begin(RELAY.begin, encodeBegin(target), options.signal)
  }

  /** Opens a stream to the last hop's own directory. */
  openDirectoryStream(options: { signal?: AbortSignal } = {}): Promise<TorStream> {
    return this.#begin(RELAY.beginDir, new Uint8Array(0), options.signal)
  }

  /** Takes the streams that the other end begins. Without a handler they are refused. */
  onStream(handler: (incoming: IncomingStream) => void): void {
    this.#onStream = handler
  }

  async #begin(command: number, body: Uint8Array, signal?: AbortSignal): Promise<TorStream> {
    this.#throwIfClosed()
    if (this.#streams.size >= MOST_STREAMS)
      throw new TorError('tor/stream', 'Too many streams on one circuit.')
    const hop = this.hops - 1
    let streamId: number
    do {
      this.#nextStream = (this.#nextStream % 0xffff) + 1
      streamId = this.#nextStream
    } while (this.#streams.has(streamId))
    const stream = this.#addStream(streamId, hop)
    const connected = new Promise<void>((resolve, reject) => {
      this.#connecting.set(streamId, { resolve, reject })
    })
    this.#sendTo(hop, { command, streamId, data: body })
    const onAbort = () => stream.abort(END_REASON.misc)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#orClosed(connected, signal, false)
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return stream
  }

  #addStream(streamId: number, hop: number): CircuitStream {
    const stream: CircuitStream = new CircuitStream(hop, {
      sendData: (bytes, cells) => this.#sendData(streamId, hop, bytes, cells),
      sendSendme: () => this.#sendTo(hop, { command: RELAY.sendme, streamId, data: new Uint8Array(0) }),
      sendEnd: (reason) => this.#sendTo(hop, { command: RELAY.end, streamId, data: Uint8Array.of(reason) }),
      ready: () => this.#slot.ready(),
      forget: () => {
        this.#connecting.delete(streamId)
        if (this.#streams.get(streamId) === stream) this.#streams.delete(streamId)
      },
    })
    this.#streams.set(streamId, stream)
    return stream
  }

  // ── sending ──

  #sendTo(hop: number, message: { command: number; streamId: number; data: Uint8Array }): void {
    if (this.#isClosed) return
    const sealed = this.#crypto.seal(hop, encodeRelayMessage(message, this.#rng))
    const isEarly = message.command === RELAY.extend2 && this.#relayEarlyLeft > 0
    if (isEarly) this.#relayEarlyLeft--
    this.#slot.send(isEarly ? COMMAND.relayEarly : COMMAND.relay, sealed)
  }

  #sendData(
    streamId: number,
    hop: number,
    bytes: Uint8Array,
    cells: number,
  ): { bytes: number; cells: number } {
    const window = this.#sendWindows[hop]
    if (window === undefined || this.#isClosed) return { bytes: 0, cells: 0 }
    const count = Math.min(cells, window.left, Math.ceil(bytes.length / MOST_DATA_BYTES))
    if (count === 0) return { bytes: 0, cells: 0 }
    const bodies = new Uint8Array(count * BODY_BYTES)
    const sent = Math.min(bytes.length, count * MOST_DATA_BYTES)
    for (let i = 0; i < count; i++) {
      const data = bytes.subarray(i * MOST_DATA_BYTES, Math.min(sent, (i + 1) * MOST_DATA_BYTES))
      const left = MOST_DATA_BYTES - data.length - 4
      writeRelayMessage(
        bodies.subarray(i * BODY_BYTES, (i + 1) * BODY_BYTES),
        { command: RELAY.data, streamId, data },
        left > 0 ? this.#rng.bytes(left) : undefined,
      )
    }
    this.#slot.send(
      COMMAND.relay,
      this.#crypto.seal(hop, bodies, (digest) => window.note(digest)),
    )
    return { bytes: sent, cells: count }
  }

  // ── receiving ──

  #receive(bodies: Uint8Array): void {
    for (let at = 0; at < bodies.length && !this.#isClosed; ) {
      if (this.#queued !== undefined) {
        this.#queue(bodies.subarray(at))
        return
      }
      // While a hop may be added, the cells after the one that adds it need its keys: they are opened one by one.
      const mayGrow = this.#isExtending || (this.#waiters.get(RELAY.rendezvous2)?.length ?? 0) > 0
      const end = mayGrow ? at + BODY_BYTES : bodies.length
      const run = at === 0 && end === bodies.length ? bodies : bodies.slice(at, end)
      this.#deliver(this.#crypto.open(run, (hop, body) => this.#isSendmeDue(hop, body)))
      at = end
    }
  }

  /** Counts a cell of data against its hop's window. */
  #isSendmeDue(hop: number, body: Uint8Array): boolean {
    return relayCommand(body) === RELAY.data && this.#receiveWindows[hop]?.note() === true
  }

  #queue(bodies: Uint8Array): void {
    this.#queuedBytes += bodies.length
    if (this.#queuedBytes > MOST_QUEUED_BYTES)
      throw new TorError('tor/circuit-protocol', 'A relay sent more than any window allows.')
    this.#queued?.push(bodies)
  }

  #deliver(cells: readonly OpenedCell[]): void {
    for (let i = 0; i < cells.length && !this.#isClosed; ) {
      const cell = cells[i] as OpenedCell
      if (relayCommand(cell.body) !== RELAY.data) {
        this.#deliverOne(cell)
        i++
        continue
      }
      // A run of data of one stream becomes one chunk.
      const streamId = relayStream(cell.body)
      let end = i
      let length = 0
      for (; end < cells.length; end++) {
        const next = cells[end] as OpenedCell
        if (
          relayCommand(next.body) !== RELAY.data ||
          relayStream(next.body) !== streamId ||
          next.hop !== cell.hop
        )
          break
        length += dataLength(next.body)
        if (next.digest !== undefined)
          this.#sendTo(next.hop, { command: RELAY.sendme, streamId: 0, data: sendmeBody(next.digest) })
      }
      const stream = this.#streams.get(streamId)
      if (stream !== undefined && stream.hop === cell.hop) {
        const bytes = new Uint8Array(length)
        let at = 0
        for (let j = i; j < end; j++) {
          const { body } = cells[j] as OpenedCell
          const size = dataLength(body)
          bytes.set(body.subarray(DATA_AT, DATA_AT + size), at)
          at += size
        }
        stream.receive(bytes, end - i)
      }
      i = end
    }
  }

  #deliverOne({ hop, body }: OpenedCell): void {
    const command = relayCommand(body)
    const streamId = relayStream(body)
    const data = body.slice(DATA_AT, DATA_AT + dataLength(body))
    if (command === RELAY.drop) return
    if (command === RELAY.truncated)
      throw new TorError('tor/circuit', `A relay cut the circuit (reason ${data[0] ?? 0}).`)
    if (command === RELAY.sendme && streamId === 0) {
      this.#sendWindows[hop]?.acknowledge(data)
      for (const stream of this.#streams.values()) stream.wake()
      return
    }
    // Relays on the way have nothing else to say: a message from one of them is an injection.
    if (hop !== this.hops - 1)
      throw new TorError('tor/circuit-protocol', 'A relay on the way spoke out of turn.')
    if (streamId !== 0) this.#deliverToStream(command, streamId, hop, data)
    else this.#deliverMessage(command, data)
  }

  #deliverMessage(command: number, data: Uint8Array): void {
    const waiter = this.#waiters.get(command)?.shift()
    if (waiter !== undefined) {
      if (command === RELAY.rendezvous2) this.#queued = [] // until `addVirtualHop`
      waiter.resolve(data)
    } else this.#handlers.get(command)?.(data)
  }

  #deliverToStream(command: number, streamId: number, hop: number, data: Uint8Array): void {
    const stream = this.#streams.get(streamId)
    if (command === RELAY.begin) return this.#incoming(streamId, hop, data)
    if (stream === undefined || stream.hop !== hop) return // ended while this was on its way
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
        return stream.receiveSendme()
    }
  }

  #incoming(streamId: number, hop: number, data: Uint8Array): void {
    const target = decodeBegin(data)
    const handler = this.#onStream
    const refuse = (reason: number) =>
      this.#sendTo(hop, { command: RELAY.end, streamId, data: Uint8Array.of(reason) })
    if (this.#streams.has(streamId))
      throw new TorError('tor/circuit-protocol', 'A stream was begun twice with one identifier.')
    if (handler === undefined || target === undefined) return refuse(END_REASON.torProtocol)
    if (this.#streams.size >= MOST_STREAMS) return refuse(END_REASON.resourceLimit)
    const stream = this.#addStream(streamId, hop)
    handler({
      ...target,
      accept: () => {
        this.#sendTo(hop, { command: RELAY.connected, streamId, data: new Uint8Array(0) })
        return stream
      },
      reject: (reason) => stream.abort(reason),
    })
  }

  // ── the end ──

  /** Ends the circuit. Its origin gives no reason (tor-spec §5.4). */
  close(): void {
    if (this.#isClosed) return
    this.#slot.release(0)
    this.#finish()
  }

  #fail(error: TorError): void {
    if (this.#isClosed) return
    this.#slot.release(0)
    this.#finish(error)
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(
        error instanceof TorError
          ? error
          : new TorError('tor/circuit-protocol', 'A relay sent a malformed message.', { cause: error }),
      )
    }
  }

  #finish(error?: TorError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#error = error
    this.#slot.release()
    this.#queued = undefined
    const reason = this.#closedError()
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(reason)
    this.#waiters.clear()
    this.#handlers.clear()
    for (const reject of this.#pending) reject(reason)
    for (const stream of this.#streams.values()) stream.finish(reason)
    this.#streams.clear()
    this.#closed.resolve(error)
  }

  #closedError(): TorError {
    return this.#error ?? new TorError('tor/circuit', 'The circuit is closed.')
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw this.#closedError()
  }

  /** Waits for `promise`; the end of the circuit rejects it, and so does `signal`, which then closes the circuit too. */
  #orClosed<T>(promise: Promise<T>, signal?: AbortSignal, closes = true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stopWaiting = () => {
        this.#pending.delete(rejectAll)
        signal?.removeEventListener('abort', onAbort)
      }
      const rejectAll = (error: TorError) => {
        stopWaiting()
        reject(error)
      }
      const onAbort = () => {
        const error = cancelled(signal as AbortSignal)
        if (closes) this.#fail(error)
        rejectAll(error)
      }
      if (this.#isClosed) return reject(this.#closedError())
      this.#pending.add(rejectAll)
      signal?.addEventListener('abort', onAbort, { once: true })
      promise.then(
        (value) => {
          stopWaiting()
          resolve(value)
        },
        (error: unknown) => {
          stopWaiting()
          reject(error)
        },
      )
      if (signal?.aborted === true) onAbort()
    })
  }
}

function dataLength(body: Uint8Array): number {
  const length = relayLength(body)
  if (length === undefined)
    throw new TorError('tor/circuit-protocol', 'A relay message is longer than its cell.')
  return length
}

function cancelled(signal: AbortSignal): TorError {
  const { reason } = signal as { reason: unknown }
  return reason instanceof TorError ? reason : new TorError('tor/circuit', 'Cancelled.', { cause: reason })
}

/** A circuit of one hop to the relay at the other end of `link`, by ntor. */
export async function createCircuit(link: Link, hop: Hop, { rng, signal }: CircuitOptions): Promise<Circuit> {
  const circuit = new Circuit(link, rng)
  await circuit.create(COMMAND.create2, startNtor({ nodeId: hop.rsaId, ntorKey: hop.ntorKey }, rng), signal)
  return circuit
}

/** A circuit of one hop without knowledge of the relay's onion key: only to ask a relay for the directory. */
export async function createFastCircuit(link: Link, { rng, signal }: CircuitOptions): Promise<Circuit> {
  const circuit = new Circuit(link, rng)
  await circuit.create(COMMAND.createFast, startCreateFast(rng), signal)
  return circuit
}
