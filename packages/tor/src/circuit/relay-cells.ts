import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { BODY_BYTES, COMMAND } from '../link/cell.ts'
import type { CircuitSlot } from '../link/link.ts'
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
import { ReceiveWindow, SendWindow, sendmeBody } from './window.ts'

/** RELAY_EARLY cells that a circuit may use (tor-spec §5.6). */
const MOST_RELAY_EARLY = 8

/** Who takes what comes out of relay cells. */
export interface RelaySink {
  /** Whether data of this stream is wanted; where not it is dropped without a copy. */
  wantsData(hop: number, streamId: number): boolean
  /** The data of `cells` consecutive cells of one stream, in one piece that belongs to the sink. */
  data(hop: number, streamId: number, bytes: Uint8Array, cells: number): void
  /** Any other message; `data` belongs to the sink. */
  message(hop: number, command: number, streamId: number, data: Uint8Array): void
}

/**
 * Relay messages in cells: encryption, and the windows of each hop (tor-spec §6, §7). Cells go and come in runs; a run
 * of data of one stream is one chunk on either side.
 */
export class RelayCells {
  readonly #slot: CircuitSlot
  readonly #rng: Rng
  readonly #sink: RelaySink
  readonly #crypto = new RelayCrypto()
  readonly #sendWindows: SendWindow[] = []
  readonly #receiveWindows: ReceiveWindow[] = []
  #relayEarlyLeft = MOST_RELAY_EARLY
  #isClosed = false

  constructor(slot: CircuitSlot, rng: Rng, sink: RelaySink) {
    this.#slot = slot
    this.#rng = rng
    this.#sink = sink
  }

  get hops(): number {
    return this.#crypto.hops
  }

  get canExtend(): boolean {
    return this.#relayEarlyLeft > 0
  }

  addHop(keys: HopKeys): void {
    this.#crypto.addHop(keys)
    this.#sendWindows.push(new SendWindow())
    this.#receiveWindows.push(new ReceiveWindow())
  }

  /** Nothing leaves and nothing is delivered after this. */
  close(): void {
    this.#isClosed = true
  }

  /** Resolves when the link has room for more. */
  ready(): Promise<void> | undefined {
    return this.#slot.ready()
  }

  // ── sending ──

  send(hop: number, message: { command: number; streamId: number; data: Uint8Array }): void {
    if (this.#isClosed) return
    const sealed = this.#crypto.seal(hop, encodeRelayMessage(message, this.#rng))
    const isEarly = message.command === RELAY.extend2 && this.#relayEarlyLeft > 0
    if (isEarly) this.#relayEarlyLeft--
    this.#slot.send(isEarly ? COMMAND.relayEarly : COMMAND.relay, sealed)
  }

  /** Sends up to `most` cells of data from `bytes`, fewer where the hop's window ends; returns what went. */
  sendData(run: { streamId: number; hop: number; bytes: Uint8Array; most: number }): {
    bytes: number
    cells: number
  } {
    const { streamId, hop, bytes, most } = run
    const window = this.#sendWindows[hop]
    if (window === undefined || this.#isClosed) return { bytes: 0, cells: 0 }
    const count = Math.min(most, window.left, Math.ceil(bytes.length / MOST_DATA_BYTES))
    if (count <= 0) return { bytes: 0, cells: 0 }
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

  /**
   * Opens a run of bodies and hands on what is in them. Throws TorError `tor/circuit-protocol` for a cell that no hop
   * has sent, and what the sink throws.
   */
  receive(bodies: Uint8Array): void {
    this.#deliver(this.#crypto.open(bodies, (hop, body) => this.#isSendmeDue(hop, body)))
  }

  /** Counts a cell of data against its hop's window. */
  #isSendmeDue(hop: number, body: Uint8Array): boolean {
    return relayCommand(body) === RELAY.data && this.#receiveWindows[hop]?.note() === true
  }

  #deliver(cells: readonly OpenedCell[]): void {
    for (let i = 0; i < cells.length && !this.#isClosed; ) {
      const { hop, body } = cells[i] as OpenedCell
      const command = relayCommand(body)
      if (command === RELAY.data) i = this.#deliverData(cells, i)
      else {
        const data = body.slice(DATA_AT, DATA_AT + dataLength(body))
        if (command === RELAY.sendme && relayStream(body) === 0) this.#sendWindows[hop]?.acknowledge(data)
        this.#sink.message(hop, command, relayStream(body), data)
        i++
      }
    }
  }

  /** The run of data of one stream that begins at `start`; returns where it ends. */
  #deliverData(cells: readonly OpenedCell[], start: number): number {
    const { hop, body: first } = cells[start] as OpenedCell
    const streamId = relayStream(first)
    let end = start
    let length = 0
    for (; end < cells.length; end++) {
      const { hop: from, body, digest } = cells[end] as OpenedCell
      if (relayCommand(body) !== RELAY.data || relayStream(body) !== streamId || from !== hop) break
      length += dataLength(body)
      if (digest !== undefined)
        this.send(hop, { command: RELAY.sendme, streamId: 0, data: sendmeBody(digest) })
    }
    if (!this.#sink.wantsData(hop, streamId)) return end
    const bytes = new Uint8Array(length)
    let at = 0
    for (let i = start; i < end; i++) {
      const { body } = cells[i] as OpenedCell
      const size = dataLength(body)
      bytes.set(body.subarray(DATA_AT, DATA_AT + size), at)
      at += size
    }
    this.#sink.data(hop, streamId, bytes, end - start)
    return end
  }
}

function dataLength(body: Uint8Array): number {
  const length = relayLength(body)
  if (length === undefined)
    throw new TorError('tor/circuit-protocol', 'A relay message is longer than its cell.')
  return length
}
