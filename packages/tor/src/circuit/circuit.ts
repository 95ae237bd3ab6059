import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { BODY_BYTES, COMMAND } from '../link/cell.ts'
import type { CircuitSlot, Link } from '../link/link.ts'
import { END_REASON, encodeBegin } from './begin.ts'
import { CircuitMessages, cancelled } from './circuit-messages.ts'
import { CircuitStreams, type IncomingStream } from './circuit-streams.ts'
import { startCreateFast } from './create-fast.ts'
import { decodeCreated2, encodeCreate2, encodeExtend2 } from './extend.ts'
import type { Hop } from './hop.ts'
import { startHandshake } from './handshake.ts'
import type { ClientHandshake, Create2Handshake, HandshakeResult } from './ntor.ts'
import { RelayCells } from './relay-cells.ts'
import type { HopKeys } from './relay-crypto.ts'
import { RELAY } from './relay-message.ts'
import type { TorStream } from './stream.ts'
import type { CongestionControl } from './window.ts'

/** Cells that may wait while a hop is being added: what its window allows, and some of the hops before it. */
const MOST_QUEUED_BYTES = 1200 * BODY_BYTES

export interface CircuitOptions {
  rng: Rng
  signal?: AbortSignal
}

/** A circuit through relays (tor-spec §5, §6). Made by `createCircuit` and `createFastCircuit`. */
export class Circuit {
  readonly #slot: CircuitSlot
  readonly #rng: Rng
  readonly #cells: RelayCells
  readonly #messages = new CircuitMessages()
  readonly #streams: CircuitStreams
  readonly #closed = Promise.withResolvers<TorError | undefined>()
  readonly #pending = new Set<(error: TorError) => void>()
  #isClosed = false
  #error: TorError | undefined
  #bindingKey: Uint8Array = new Uint8Array(0)
  /** Cells that came after RENDEZVOUS2 and before the hop that it announces. */
  #queued: Uint8Array[] | undefined
  #queuedBytes = 0
  #created: PromiseWithResolvers<Uint8Array> | undefined
  #createdCommand = 0
  #isExtending = false

  constructor(link: Link, rng: Rng) {
    this.#rng = rng
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
    this.#cells = new RelayCells(this.#slot, rng, {
      wantsData: (hop, streamId) => this.#streams.has(hop, streamId),
      data: (hop, streamId, bytes, cells) => this.#streams.receiveData(hop, streamId, bytes, cells),
      message: (hop, command, streamId, data) => this.#deliver(hop, command, streamId, data),
    })
    const [a = 0, b = 0] = rng.bytes(2)
    this.#streams = new CircuitStreams(this.#cells, (a << 8) | b)
  }

  get hops(): number {
    return this.#cells.hops
  }
  /** KH of the last relay's handshake, 20 bytes: binds ESTABLISH_INTRO to this circuit. */
  get bindingKey(): Uint8Array {
    return this.#bindingKey
  }
  /** Whether the last hop has agreed on congestion control (proposal 324). */
  get hasCongestionControl(): boolean {
    return this.#cells.hasCongestionControl(this.hops - 1)
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
  async create(handshake: Create2Handshake | ClientHandshake, signal?: AbortSignal): Promise<void> {
    const isFast = !('type' in handshake)
    this.#created = Promise.withResolvers<Uint8Array>()
    this.#createdCommand = isFast ? COMMAND.createdFast : COMMAND.created2
    const answer = this.#created.promise
    this.#slot.send(
      isFast ? COMMAND.createFast : COMMAND.create2,
      isFast ? handshake.request : encodeCreate2(handshake),
    )
    const body = await this.#orClosed(answer, signal)
    this.#guarded(() => {
      this.#addHop(handshake.complete(isFast ? body : decodeCreated2(body)))
    })
    this.#throwIfClosed()
  }

  /**
   * Adds a relay at the end (EXTEND2). A failure closes the circuit. Congestion control with it is asked for where
   * `control` is given and it speaks ntor of version 3; where it does not grant it, flow control is fixed windows.
   */
  async extend(
    hop: Hop,
    { signal, control }: { signal?: AbortSignal; control?: CongestionControl } = {},
  ): Promise<void> {
    this.#throwIfClosed()
    if (this.#isExtending || !this.#cells.canExtend)
      throw new TorError('tor/circuit', 'The circuit cannot be extended now.')
    this.#isExtending = true
    let handshake: Create2Handshake
    try {
      handshake = startHandshake(hop, this.#rng, { sendmeIncrement: control?.sendmeIncrement })
    } catch (error) {
      this.#fail(error as TorError)
      throw error
    }
    const added = Promise.withResolvers<void>()
    const off = this.onMessage(RELAY.extended2, (body) => {
      off()
      // At once, before the next cell is decrypted: it may come from the new hop.
      this.#addHop(handshake.complete(decodeCreated2(body)), control)
      this.#isExtending = false
      added.resolve()
    })
    this.send(RELAY.extend2, encodeExtend2(hop, handshake))
    await this.#orClosed(added.promise, signal)
  }

  #addHop({ keys, bindingKey, sendmeIncrement }: HandshakeResult, control?: CongestionControl): void {
    const isControlled = control !== undefined && sendmeIncrement !== undefined
    this.#cells.addHop(keys, isControlled ? { ...control, sendmeIncrement } : undefined)
    this.#bindingKey = bindingKey
  }

  /**
   * Adds the other end of a rendezvous as a hop (rend-spec §4.2.1): SHA3-256 and AES-256. On the service's side swap
   * forward and backward. Streams then go to that end. `control` where both ends have agreed on congestion control.
   */
  addVirtualHop(keys: HopKeys, control?: CongestionControl): void {
    this.#throwIfClosed()
    this.#cells.addHop(keys, control)
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
    this.#cells.send(this.hops - 1, { command, streamId: 0, data: body })
  }

  /**
   * The next message with this command from the last hop. It registers at once: call it before sending what will be
   * answered. What nobody waits for is dropped.
   */
  nextMessage(command: number, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    return this.#messages.next(command, signal)
  }

  /** Hears every message with this command from the last hop. Returns what ends it. */
  onMessage(command: number, handler: (body: Uint8Array) => void): () => void {
    return this.#messages.on(command, handler)
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
    this.#streams.onIncoming = handler
  }

  async #begin(command: number, body: Uint8Array, signal?: AbortSignal): Promise<TorStream> {
    this.#throwIfClosed()
    const { stream, connected } = this.#streams.begin(this.hops - 1, command, body)
    const onAbort = () => stream.abort(END_REASON.misc)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#orClosed(connected, signal, false)
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return stream
  }

  // ── receiving ──

  #receive(bodies: Uint8Array): void {
    for (let at = 0; at < bodies.length && !this.#isClosed; ) {
      if (this.#queued !== undefined) {
        this.#queue(bodies.subarray(at))
        return
      }
      // While a hop may be added, the cells after the one that adds it need its keys: they are opened one by one.
      const mayGrow = this.#isExtending || this.#messages.isAwaited(RELAY.rendezvous2)
      const end = mayGrow ? at + BODY_BYTES : bodies.length
      this.#cells.receive(bodies.subarray(at, end))
      at = end
    }
  }

  #queue(bodies: Uint8Array): void {
    this.#queuedBytes += bodies.length
    if (this.#queuedBytes > MOST_QUEUED_BYTES)
      throw new TorError('tor/circuit-protocol', 'A relay sent more than any window allows.')
    this.#queued?.push(Uint8Array.from(bodies)) // the link takes its own back
  }

  #deliver(hop: number, command: number, streamId: number, data: Uint8Array): void {
    if (command === RELAY.drop) return
    if (command === RELAY.truncated)
      throw new TorError('tor/circuit', `A relay cut the circuit (reason ${data[0] ?? 0}).`)
    if (command === RELAY.sendme && streamId === 0) return this.#streams.wake()
    // Relays on the way have nothing else to say: a message from one of them is an injection.
    if (hop !== this.hops - 1)
      throw new TorError('tor/circuit-protocol', 'A relay on the way spoke out of turn.')
    if (streamId !== 0) this.#streams.receive(hop, streamId, command, data)
    else if (this.#messages.deliver(command, data) && command === RELAY.rendezvous2) this.#queued = [] // until `addVirtualHop`
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
    this.#cells.close()
    this.#queued = undefined
    const reason = this.#closedError()
    this.#messages.end(reason)
    for (const reject of this.#pending) reject(reason)
    this.#streams.end(reason)
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

/** A circuit of one hop to the relay at the other end of `link`. */
export async function createCircuit(link: Link, hop: Hop, { rng, signal }: CircuitOptions): Promise<Circuit> {
  const handshake = startHandshake(hop, rng)
  const circuit = new Circuit(link, rng)
  await circuit.create(handshake, signal)
  return circuit
}

/** A circuit of one hop without knowledge of the relay's onion key: only to ask a relay for the directory. */
export async function createFastCircuit(link: Link, { rng, signal }: CircuitOptions): Promise<Circuit> {
  const circuit = new Circuit(link, rng)
  await circuit.create(startCreateFast(rng), signal)
  return circuit
}
