import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { ONE_TIME_MAC_TAG_BYTES, oneTimeMac, oneTimeMacIsValid } from '@warren/primitives/one-time-mac'
import type { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { KljnError } from '../errors.ts'
import type { Port } from './roles/port.ts'

/**
 * The public channel: everybody reads it, nobody forges it. Each frame carries a Wegman–Carter tag: Poly1305 with one
 * evaluation point r a direction and a fresh pad of 16 bytes a frame, both from a pre-shared key, each pad used once
 * and zeroed. So authenticity needs no assumption on the forger's computing power, like the exchange itself; and it
 * costs pre-shared key, which the ledger of a session shows.
 *
 * Frame: u32 number · u32 length and payload · 16 bytes tag over direction, number and payload.
 */
const POINT_BYTES = 16
const PAD_BYTES = 16
export const LARGEST_PAYLOAD_BYTES = 2 ** 26

/** Bytes of pre-shared key for `frames` frames either way. */
export function preSharedKeyBytes(frames: number): number {
  return 2 * (POINT_BYTES + frames * PAD_BYTES)
}

export class PublicChannel {
  readonly #port: Port
  readonly #sending: Pads
  readonly #receiving: Pads

  /** Throws KljnError `kljn/parameter` where the pre-shared key has a length that `preSharedKeyBytes` cannot give. */
  constructor(port: Port, preSharedKey: Secret, who: 'alice' | 'bob') {
    const bytes = preSharedKey.reveal()
    const half = bytes.length / 2
    if (!Number.isInteger(half) || half < POINT_BYTES + PAD_BYTES || (half - POINT_BYTES) % PAD_BYTES !== 0)
      throw new KljnError(
        'kljn/parameter',
        `preSharedKey is ${bytes.length} bytes; expected ${preSharedKeyBytes(1)} or more, in steps of ${2 * PAD_BYTES}`,
      )
    const fromAlice = new Pads('alice', bytes.slice(0, half))
    const fromBob = new Pads('bob', bytes.slice(half))
    this.#port = port
    this.#sending = who === 'alice' ? fromAlice : fromBob
    this.#receiving = who === 'alice' ? fromBob : fromAlice
  }

  /** Frames sent and received. */
  get frames(): number {
    return this.#sending.used + this.#receiving.used
  }

  /** Bits of pre-shared key that are gone. */
  get keyBitsUsed(): number {
    return 8 * (2 * POINT_BYTES + PAD_BYTES * this.frames)
  }

  send(payload: Uint8Array): void {
    const number = this.#sending.used
    const tag = oneTimeMac(this.#sending.take(), this.#sending.covered(number, payload))
    this.#port.send(new ByteWriter(payload.length + 32).u32(number).bytes32(payload).raw(tag).finish())
  }

  /**
   * The next payload. Rejects with KljnError `kljn/authentication` for a frame that the other party did not send as
   * the next one; the channel is then of no further use.
   */
  async receive(): Promise<Uint8Array> {
    const frame = await this.#port.receive()
    let number: number
    let payload: Uint8Array
    let tag: Uint8Array
    try {
      const reader = new ByteReader(frame as Uint8Array, 'frame of the public channel')
      number = reader.u32()
      payload = reader.bytes32(LARGEST_PAYLOAD_BYTES)
      tag = reader.raw(ONE_TIME_MAC_TAG_BYTES)
      reader.end()
    } catch (cause) {
      throw new KljnError('kljn/authentication', 'a frame of the public channel is malformed', { cause })
    }
    const expected = this.#receiving.used
    const valid = oneTimeMacIsValid(this.#receiving.take(), this.#receiving.covered(expected, payload), tag)
    if (!valid || number !== expected)
      throw new KljnError(
        'kljn/authentication',
        `frame ${expected} of the public channel is not what the other party sent`,
      )
    return payload
  }

  /** Zeroes what is left of the pads. */
  close(): void {
    this.#sending.burn()
    this.#receiving.burn()
    this.#port.close()
  }
}

/** The pads of one direction. Each is given out once, and zeroed in the store. */
class Pads {
  readonly #direction: Uint8Array
  readonly #key: Uint8Array
  #used = 0

  constructor(direction: 'alice' | 'bob', key: Uint8Array) {
    this.#direction = utf8(direction)
    this.#key = key
  }

  get used(): number {
    return this.#used
  }

  covered(number: number, payload: Uint8Array): Uint8Array {
    return new ByteWriter(payload.length + 16).bytes8(this.#direction).u32(number).bytes32(payload).finish()
  }

  take(): Uint8Array {
    const at = POINT_BYTES + this.#used * PAD_BYTES
    if (at >= this.#key.length)
      throw new KljnError(
        'kljn/protocol',
        `the pre-shared key is used up after ${this.#used} frames; no pad is ever used twice`,
      )
    this.#used++
    const pad = this.#key.subarray(at, at + PAD_BYTES)
    const key = concatBytes(this.#key.subarray(0, POINT_BYTES), pad)
    pad.fill(0)
    return key
  }

  burn(): void {
    this.#key.fill(0)
  }
}
