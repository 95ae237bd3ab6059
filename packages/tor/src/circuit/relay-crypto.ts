import { type AesCtrStream, aesCtrStream } from '@warren/primitives/aes-ctr'
import { assertBytes } from '@warren/primitives/bytes'
import { type RunningHash, runningSha3_256, unsafeRunningSha1 } from '@warren/primitives/hash'
import { TorError } from '../errors.ts'
import { BODY_BYTES } from '../link/cell.ts'
import { DIGEST_AT, RECOGNIZED_AT } from './relay-message.ts'

/** Keys of one hop as its handshake derives them: digest seeds and AES keys; forward is away from us. */
export interface HopKeys {
  forwardDigest: Uint8Array
  backwardDigest: Uint8Array
  forwardKey: Uint8Array
  backwardKey: Uint8Array
}

/** A cell that a hop has sent to us, decrypted. */
export interface OpenedCell {
  hop: number
  body: Uint8Array
  /** The running digest after this cell, 20 bytes, where the caller asked for it: what a SENDME quotes. */
  digest?: Uint8Array
}

interface Layer {
  forward: AesCtrStream
  backward: AesCtrStream
  forwardDigest: RunningHash
  backwardDigest: RunningHash
}

const IV = new Uint8Array(16)
/** SENDME quotes 20 bytes of any digest (tor-spec §7.4). */
const SENDME_DIGEST_BYTES = 20

/**
 * Relay cryptography "tor1" (tor-spec §6.1): AES in counter mode for each hop, and a running digest of what was sent
 * between us and that hop: SHA-1 with AES-128, at the rendezvous end SHA3-256 with AES-256 (rend-spec §4.2.1).
 *
 * Cells come and go in batches: one cipher call for a run of cells costs a fifth of a call for each. tor1 does not
 * protect cells against tagging by a relay on the way: that is the protocol's known weakness.
 */
export class RelayCrypto {
  readonly #layers: Layer[] = []
  /** The digest of the cell at hand; written anew for each. */
  readonly #digest = new Uint8Array(SENDME_DIGEST_BYTES)

  get hops(): number {
    return this.#layers.length
  }

  /** Keys of 16 and seeds of 20 bytes make a hop of SHA-1 and AES-128, 32 and 32 one of SHA3-256 and AES-256. */
  addHop(keys: HopKeys): void {
    const isVirtual = keys.forwardKey.length === 32
    const [keyBytes, digestBytes] = isVirtual ? [32, 32] : [16, 20]
    assertBytes(keys.forwardKey, 'forwardKey', keyBytes)
    assertBytes(keys.backwardKey, 'backwardKey', keyBytes)
    assertBytes(keys.forwardDigest, 'forwardDigest', digestBytes)
    assertBytes(keys.backwardDigest, 'backwardDigest', digestBytes)
    const running = isVirtual ? runningSha3_256 : unsafeRunningSha1
    this.#layers.push({
      forward: aesCtrStream(keys.forwardKey, IV),
      backward: aesCtrStream(keys.backwardKey, IV),
      forwardDigest: running().update(keys.forwardDigest),
      backwardDigest: running().update(keys.backwardDigest),
    })
  }

  /**
   * Writes the digests into bodies meant for `hop` (counted from 0) and encrypts them for every hop up to it.
   * `onDigest` hears the digest of each, in order, and copies it where it keeps it. The argument is overwritten; the
   * result is what is sent.
   */
  seal(hop: number, bodies: Uint8Array, onDigest?: (digest: Uint8Array) => void): Uint8Array {
    const target = this.#layers[hop]
    if (target === undefined) throw new RangeError(`relay crypto: no hop ${hop}`)
    const digest = this.#digest
    for (let at = 0; at < bodies.length; at += BODY_BYTES) {
      target.forwardDigest.update(bodies.subarray(at, at + BODY_BYTES))
      target.forwardDigest.peekInto(digest)
      for (let i = 0; i < 4; i++) bodies[at + DIGEST_AT + i] = digest[i] as number
      onDigest?.(digest)
    }
    let sealed = bodies
    for (let i = hop; i >= 0; i--) sealed = (this.#layers[i] as Layer).forward.apply(sealed)
    return sealed
  }

  /**
   * Decrypts a run of bodies and finds which hop sent each. `wantsDigest` is asked for each cell once it is
   * recognized, hop by hop and in order. Throws TorError `tor/circuit-protocol` where a cell is no hop's: the circuit
   * is of no use after that.
   */
  open(bodies: Uint8Array, wantsDigest?: (hop: number, body: Uint8Array) => boolean): OpenedCell[] {
    const count = bodies.length / BODY_BYTES
    const opened: (OpenedCell | undefined)[] = new Array<OpenedCell | undefined>(count).fill(undefined)
    let pending: number[] | undefined // indices of the cells that `rest` holds; all of them at first
    let rest = bodies
    for (let hop = 0; hop < this.#layers.length; hop++) {
      const layer = this.#layers[hop] as Layer
      const isLast = hop === this.#layers.length - 1
      rest = layer.backward.apply(rest)
      const left: number[] = []
      for (let i = 0, at = 0; at < rest.length; i++, at += BODY_BYTES) {
        const looksRecognized = rest[at + RECOGNIZED_AT] === 0 && rest[at + RECOGNIZED_AT + 1] === 0
        const body = looksRecognized ? rest.subarray(at, at + BODY_BYTES) : undefined
        if (body === undefined || !this.#isFrom(layer, body, isLast)) {
          left.push(i)
          continue
        }
        const cell: OpenedCell = { hop, body }
        if (wantsDigest?.(hop, body) === true) cell.digest = Uint8Array.from(this.#digest)
        opened[pending === undefined ? i : (pending[i] as number)] = cell
      }
      if (left.length === 0) return opened as OpenedCell[]
      if (left.length * BODY_BYTES < rest.length) {
        const next = new Uint8Array(left.length * BODY_BYTES)
        left.forEach((i, j) => next.set(rest.subarray(i * BODY_BYTES, (i + 1) * BODY_BYTES), j * BODY_BYTES))
        const before: number[] | undefined = pending
        pending = left.map((i) => (before === undefined ? i : (before[i] as number)))
        rest = next
      }
    }
    throw new TorError('tor/circuit-protocol', 'A cell came that no hop of the circuit has sent.')
  }

  /** Whether this hop sent the cell; its running digest moves on only then (or at the last hop, in error). */
  #isFrom(layer: Layer, body: Uint8Array, isLast: boolean): boolean {
    const digest = this.#digest
    const a = body[DIGEST_AT] as number
    const b = body[DIGEST_AT + 1] as number
    const c = body[DIGEST_AT + 2] as number
    const d = body[DIGEST_AT + 3] as number
    body.fill(0, DIGEST_AT, DIGEST_AT + 4)
    // One cell in 65 536 looks recognized at a hop that did not send it: the state before it must survive that.
    const running = isLast ? layer.backwardDigest : layer.backwardDigest.copy()
    running.update(body)
    running.peekInto(digest)
    if (digest[0] === a && digest[1] === b && digest[2] === c && digest[3] === d) {
      layer.backwardDigest = running
      return true
    }
    body[DIGEST_AT] = a
    body[DIGEST_AT + 1] = b
    body[DIGEST_AT + 2] = c
    body[DIGEST_AT + 3] = d
    return false
  }
}
