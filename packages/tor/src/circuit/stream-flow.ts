import { TorError } from '../errors.ts'
import { RELAY } from './relay-message.ts'
import { STREAM_WINDOW } from './window.ts'

/** Says something to the other end of the stream. */
export type Say = (command: number, data: Uint8Array) => void

/** Flow control of one stream, both directions. Counts cells of data. */
export interface StreamFlow {
  /** Cells that may be sent now. */
  readonly left: number
  sent(cells: number): void
  /** Cells that came; `held` of them wait for a reader. Throws TorError `tor/circuit-protocol` where they may not. */
  received(cells: number, held: number): void
  /** Cells that a reader took; `held` still wait. */
  consumed(cells: number, held: number): void
  /** SENDME, XON or XOFF from the other end: whether writers may look again. Throws TorError `tor/circuit-protocol`. */
  hear(command: number, data: Uint8Array): boolean
}

/** Fixed windows, reopened by SENDMEs (tor-spec §7.4). */
export class WindowFlow implements StreamFlow {
  readonly #say: Say
  #sendLeft: number = STREAM_WINDOW.start
  #receiveLeft: number = STREAM_WINDOW.start
  #consumed = 0

  constructor(say: Say) {
    this.#say = say
  }

  get left(): number {
    return this.#sendLeft
  }

  sent(cells: number): void {
    this.#sendLeft -= cells
  }

  received(cells: number): void {
    this.#receiveLeft -= cells
    if (this.#receiveLeft < 0)
      throw new TorError('tor/circuit-protocol', 'A stream brought more than its window allows.')
  }

  consumed(cells: number): void {
    this.#consumed += cells
    while (this.#consumed >= STREAM_WINDOW.increment) {
      this.#consumed -= STREAM_WINDOW.increment
      this.#receiveLeft += STREAM_WINDOW.increment
      this.#say(RELAY.sendme, new Uint8Array(0))
    }
  }

  hear(command: number): boolean {
    if (command !== RELAY.sendme) return false
    this.#sendLeft += STREAM_WINDOW.increment
    if (this.#sendLeft > STREAM_WINDOW.start)
      throw new TorError('tor/circuit-protocol', 'A stream acknowledged cells that were not sent.')
    return true
  }
}

/** Cells that wait for a reader when XOFF is said (`cc_xoff_client` of proposal 324) and XON. */
const XOFF_CELLS = 500
const XON_CELLS = 250
/**
 * A sender who hears XOFF may still have a congestion window under way. One who has this much more than we asked for does
 * not listen: 5 MB, beyond the windows of any path that was seen.
 */
const MOST_HELD_CELLS = 10_000
/** Version 0; XON without advice for a rate. */
const XOFF_BODY = Uint8Array.of(0)
const XON_BODY = Uint8Array.of(0, 0, 0, 0, 0)

/** XON and XOFF, beside congestion control of the circuit (proposal 324 §4). Advice for a rate is not followed. */
export class XonXoffFlow implements StreamFlow {
  readonly #say: Say
  #mayNotSend = false
  #saidXoff = false

  constructor(say: Say) {
    this.#say = say
  }

  get left(): number {
    return this.#mayNotSend ? 0 : Number.POSITIVE_INFINITY
  }

  sent(): void {}

  received(_cells: number, held: number): void {
    if (held > MOST_HELD_CELLS)
      throw new TorError('tor/circuit-protocol', 'A stream brought more than it was asked to.')
    if (held <= XOFF_CELLS || this.#saidXoff) return
    this.#saidXoff = true
    this.#say(RELAY.xoff, XOFF_BODY)
  }

  consumed(_cells: number, held: number): void {
    if (!this.#saidXoff || held > XON_CELLS) return
    this.#saidXoff = false
    this.#say(RELAY.xon, XON_BODY)
  }

  hear(command: number, data: Uint8Array): boolean {
    if (command === RELAY.sendme)
      throw new TorError('tor/circuit-protocol', 'A stream without a window was acknowledged.')
    if ((command !== RELAY.xon && command !== RELAY.xoff) || data[0] !== 0) return false
    this.#mayNotSend = command === RELAY.xoff
    return !this.#mayNotSend
  }
}
