import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import { TorError } from '../errors.ts'

/** Flow control (tor-spec §7): cells that may be under way, and after how many the receiver reports. */
export const CIRCUIT_WINDOW = { start: 1000, increment: 100 } as const
export const STREAM_WINDOW = { start: 500, increment: 50 } as const

/** How many DATA cells we may still send to a hop; each SENDME must quote the digest of the 100th cell before it. */
export class SendWindow {
  #left: number = CIRCUIT_WINDOW.start
  #sent = 0
  readonly #expected: Uint8Array[] = []

  get left(): number {
    return this.#left
  }

  /** One more DATA cell left; `digest` is asked where a SENDME will quote it. */
  note(digest: () => Uint8Array): void {
    this.#left--
    if (++this.#sent % CIRCUIT_WINDOW.increment === 0) this.#expected.push(digest())
  }

  /** Throws TorError `tor/circuit-protocol` for a SENDME that nothing called for or that does not prove receipt. */
  acknowledge(body: Uint8Array): void {
    const expected = this.#expected.shift()
    if (expected === undefined)
      throw new TorError('tor/circuit-protocol', 'A relay acknowledged cells that were not sent.')
    if (!equalBytes(body, sendmeBody(expected)))
      throw new TorError('tor/circuit-protocol', 'A relay acknowledged cells without proof that it has them.')
    this.#left += CIRCUIT_WINDOW.increment
  }
}

/** SENDME of version 1 (tor-spec §7.4): version, length, digest. */
export function sendmeBody(digest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(1, 0, digest.length), digest)
}

/** How many DATA cells a hop may still send us. */
export class ReceiveWindow {
  #left: number = CIRCUIT_WINDOW.start

  /** One more came: whether a SENDME is due, quoting its digest. Throws when the hop sent more than it may. */
  note(): boolean {
    if (--this.#left < 0)
      throw new TorError('tor/circuit-protocol', 'A relay sent more than its window allows.')
    if (this.#left > CIRCUIT_WINDOW.start - CIRCUIT_WINDOW.increment) return false
    this.#left += CIRCUIT_WINDOW.increment
    return true
  }
}
