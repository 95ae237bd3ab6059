import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { TorError } from '../errors.ts'
import { Vegas, type VegasParameters } from './vegas.ts'

/** Flow control without negotiation (tor-spec §7): cells that may be under way, and after how many the receiver reports. */
export const CIRCUIT_WINDOW = { start: 1000, increment: 100 } as const
export const STREAM_WINDOW = { start: 500, increment: 50 } as const

/** What two ends agree on who use congestion control (proposal 324 §10). */
export interface CongestionControl {
  readonly parameters: VegasParameters
  /** Cells of data that one SENDME acknowledges. */
  readonly sendmeIncrement: number
  readonly clock: Pick<Clock, 'monotonic'>
}

/** How many DATA cells we may still send to a hop. */
export interface SendWindow {
  readonly left: number
  /** One more DATA cell left; `digest` is asked where a SENDME will quote it. */
  note(digest: () => Uint8Array): void
  /**
   * A SENDME; `isBlocked` when our own connection has no room. Throws TorError `tor/circuit-protocol` for one that
   * nothing called for or that does not prove receipt.
   */
  acknowledge(body: Uint8Array, isBlocked: boolean): void
}

/** What SENDMEs of a hop must quote: the digest of every cell that makes a full increment. */
class Proofs {
  readonly #increment: number
  #sent = 0
  readonly #expected: Uint8Array[] = []

  constructor(increment: number) {
    this.#increment = increment
  }

  /** Whether the cell is one that will be quoted. */
  note(digest: () => Uint8Array): boolean {
    if (++this.#sent % this.#increment !== 0) return false
    this.#expected.push(digest())
    return true
  }

  check(body: Uint8Array): void {
    const expected = this.#expected.shift()
    if (expected === undefined)
      throw new TorError('tor/circuit-protocol', 'A relay acknowledged cells that were not sent.')
    if (!equalBytes(body, sendmeBody(expected)))
      throw new TorError('tor/circuit-protocol', 'A relay acknowledged cells without proof that it has them.')
  }
}

/** A thousand cells, of which each SENDME gives back a hundred. */
export class FixedWindow implements SendWindow {
  readonly #proofs = new Proofs(CIRCUIT_WINDOW.increment)
  #left: number = CIRCUIT_WINDOW.start

  get left(): number {
    return this.#left
  }

  note(digest: () => Uint8Array): void {
    this.#left--
    this.#proofs.note(digest)
  }

  acknowledge(body: Uint8Array): void {
    this.#proofs.check(body)
    this.#left += CIRCUIT_WINDOW.increment
  }
}

/** As many cells as the path carries without queues, by the time that SENDMEs take. */
export class VegasWindow implements SendWindow {
  readonly #control: CongestionControl
  readonly #proofs: Proofs
  readonly #vegas: Vegas
  /** When the cells left that SENDMEs will quote, in milliseconds. */
  readonly #sentAt: number[] = []
  #inflight = 0

  constructor(control: CongestionControl) {
    this.#control = control
    this.#proofs = new Proofs(control.sendmeIncrement)
    this.#vegas = new Vegas(control.parameters, control.sendmeIncrement)
  }

  get left(): number {
    return Math.max(0, this.#vegas.cwnd - this.#inflight)
  }

  note(digest: () => Uint8Array): void {
    this.#inflight++
    if (this.#proofs.note(digest)) this.#sentAt.push(this.#control.clock.monotonic())
  }

  acknowledge(body: Uint8Array, isBlocked: boolean): void {
    this.#proofs.check(body)
    const ms = this.#control.clock.monotonic() - (this.#sentAt.shift() as number)
    const rttMicros = Math.max(1, Math.round(ms * 1000))
    this.#vegas.acknowledge({ rttMicros, inflight: this.#inflight, isBlocked })
    this.#inflight -= this.#control.sendmeIncrement
  }
}

/** SENDME of version 1 (tor-spec §7.4): version, length, digest. */
export function sendmeBody(digest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(1, 0, digest.length), digest)
}

/** Counts the DATA cells of a hop. They are acknowledged at once: what a reader leaves waiting is its stream's affair. */
export class ReceiveWindow {
  readonly #increment: number
  #received = 0

  constructor(increment: number = CIRCUIT_WINDOW.increment) {
    this.#increment = increment
  }

  /** One more came: whether a SENDME is due, quoting its digest. */
  note(): boolean {
    return ++this.#received % this.#increment === 0
  }
}
