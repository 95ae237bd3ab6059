import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { BODY_BYTES, CellRun, COMMAND } from '../link/cell.ts'
import type { CircuitSlot } from '../link/link.ts'
import { type HopKeys, RelayCrypto } from './relay-crypto.ts'
import {
  DATA_AT,
  MOST_DATA_BYTES,
  RELAY,
  relayCommand,
  relayLength,
  relayStream,
  writeAroundData,
  writeRelayMessage,
} from './relay-message.ts'
import {
  type CongestionControl,
  FixedWindow,
  ReceiveWindow,
  type SendWindow,
  sendmeBody,
  VegasWindow,
} from './window.ts'

/** RELAY_EARLY cells that a circuit may use (tor-spec §5.6). */
const MOST_RELAY_EARLY = 8

interface RelayMessage {
  command: number
  streamId: number
  data: Uint8Array
}

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

  /** Fixed windows, unless congestion control was agreed on with the hop. */
  addHop(keys: HopKeys, control?: CongestionControl): void {
    this.#crypto.addHop(keys)
    this.#sendWindows.push(control === undefined ? new FixedWindow() : new VegasWindow(control))
    this.#receiveWindows.push(new ReceiveWindow(control?.sendmeIncrement))
  }

  hasCongestionControl(hop: number): boolean {
    return this.#sendWindows[hop] instanceof VegasWindow
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

  send(hop: number, message: RelayMessage): void {
    const isEarly = message.command === RELAY.extend2 && this.#relayEarlyLeft > 0
    if (isEarly) this.#relayEarlyLeft--
    this.#sendAll(hop, [message], isEarly ? COMMAND.relayEarly : COMMAND.relay)
  }

  #sendAll(hop: number, messages: readonly RelayMessage[], command: number): void {
    if (this.#isClosed) return
    const run = new CellRun(messages.length)
    for (const [i, message] of messages.entries())
      writeRelayMessage(run.bodies, i * BODY_BYTES, message, this.#rng)
    this.#crypto.seal(hop, run.bodies)
    this.#slot.sendRun(command, run)
  }

  /** Sends up to `most` cells of data from `bytes`, fewer where the hop's window ends; returns what went. */
  sendData({
    streamId,
    hop,
    bytes,
    most,
  }: {
    streamId: number
    hop: number
    bytes: Uint8Array
    most: number
  }): {
    bytes: number
    cells: number
  } {
    const window = this.#sendWindows[hop]
    if (window === undefined || this.#isClosed) return { bytes: 0, cells: 0 }
    const count = Math.min(most, window.left, Math.ceil(bytes.length / MOST_DATA_BYTES))
    if (count <= 0) return { bytes: 0, cells: 0 }
    const sent = Math.min(bytes.length, count * MOST_DATA_BYTES)
    const run = new CellRun(count)
    const { bodies } = run
    // Copied to the end in one piece, then spread from there: a view of each cell would be garbage.
    let from = bodies.length - sent
    bodies.set(bytes.subarray(0, sent), from)
    for (let at = 0; at < bodies.length; at += BODY_BYTES) {
      const length = Math.min(MOST_DATA_BYTES, bodies.length - from)
      bodies.copyWithin(at + DATA_AT, from, from + length)
      from += length
      writeAroundData(bodies, at, { command: RELAY.data, streamId, length }, this.#rng)
    }
    this.#crypto.seal(hop, bodies, (digest) => window.note(digest))
    this.#slot.sendRun(COMMAND.relay, run)
    return { bytes: sent, cells: count }
  }

  // ── receiving ──

  /**
   * Opens a run of bodies, which is overwritten, and hands on what is in them. Throws TorError `tor/circuit-protocol`
   * for a cell that no hop has sent, and what the sink throws.
   */
  receive(bodies: Uint8Array): void {
    const { hops, digests } = this.#crypto.open(
      bodies,
      (hop, at) => relayCommand(bodies, at) === RELAY.data && this.#receiveWindows[hop]?.note() === true,
    )
    this.#acknowledge(hops, digests)
    for (let i = 0; i < hops.length && !this.#isClosed; ) {
      const at = i * BODY_BYTES
      const hop = hops[i] as number
      const command = relayCommand(bodies, at)
      const streamId = relayStream(bodies, at)
      if (command === RELAY.data) {
        const end = dataRun(bodies, hops, i)
        this.#deliverData(bodies, hop, { start: i, end })
        i = end
        continue
      }
      const data = bodies.slice(at + DATA_AT, at + DATA_AT + dataLength(bodies, at))
      if (command === RELAY.sendme && streamId === 0)
        this.#sendWindows[hop]?.acknowledge(data, this.ready() !== undefined)
      this.#sink.message(hop, command, streamId, data)
      i++
    }
  }

  /** SENDMEs for the cells that made an increment full. */
  #acknowledge(hops: Uint8Array, digests: ReadonlyMap<number, Uint8Array>): void {
    const due = Map.groupBy(digests, ([at]) => hops[at / BODY_BYTES] as number)
    for (const [hop, cells] of due) {
      const messages = cells.map(([, digest]) => ({
        command: RELAY.sendme,
        streamId: 0,
        data: sendmeBody(digest),
      }))
      this.#sendAll(hop, messages, COMMAND.relay)
    }
  }

  /** Cells `start` to before `end` are data of one stream. */
  #deliverData(bodies: Uint8Array, hop: number, { start, end }: { start: number; end: number }): void {
    let length = 0
    for (let at = start * BODY_BYTES; at < end * BODY_BYTES; at += BODY_BYTES)
      length += dataLength(bodies, at)
    const streamId = relayStream(bodies, start * BODY_BYTES)
    if (!this.#sink.wantsData(hop, streamId)) return
    // Moved together where they lie: a view of each cell would be garbage.
    const first = start * BODY_BYTES
    let to = first
    for (let at = first; at < end * BODY_BYTES; at += BODY_BYTES) {
      const from = at + DATA_AT
      const size = dataLength(bodies, at)
      bodies.copyWithin(to, from, from + size)
      to += size
    }
    const bytes = bodies.slice(first, first + length)
    this.#sink.data(hop, streamId, bytes, end - start)
  }
}

/** Where the cells end that carry data of the same stream, from the same hop, as cell `start`. */
function dataRun(bodies: Uint8Array, hops: Uint8Array, start: number): number {
  const streamId = relayStream(bodies, start * BODY_BYTES)
  let end = start + 1
  for (let at = end * BODY_BYTES; end < hops.length; end++, at += BODY_BYTES)
    if (
      hops[end] !== hops[start] ||
      relayCommand(bodies, at) !== RELAY.data ||
      relayStream(bodies, at) !== streamId
    )
      break
  return end
}

function dataLength(bodies: Uint8Array, at: number): number {
  const length = relayLength(bodies, at)
  if (length === undefined)
    throw new TorError('tor/circuit-protocol', 'A relay message is longer than its cell.')
  return length
}
