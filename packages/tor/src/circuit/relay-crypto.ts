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

interface Layer {
  forward: AesCtrStream
  backward: AesCtrStream
  forwardDigest: RunningHash
  backwardDigest: RunningHash
}

/** A stretch of a run: cells `from` (counted) to before `to`. */
interface Stretch {
  from: number
  to: number
}

const IV = new Uint8Array(16)
/** SENDME quotes 20 bytes of any digest (tor-spec §7.4), a cell carries the first 4. */
const SENDME_DIGEST_BYTES = 20
const TAG_BYTES = 4

/**
 * Relay cryptography "tor1" (tor-spec §6.1): AES in counter mode for each hop, and a running digest of what was sent
 * between us and that hop: SHA-1 with AES-128, at the rendezvous end SHA3-256 with AES-256 (rend-spec §4.2.1).
 *
 * Cells come and go in runs, which are overwritten: one cipher call for a run costs a fraction of a call for each cell,
 * and nothing is left to the garbage collector. tor1 does not protect cells against tagging by a relay on the way: that
 * is the protocol's known weakness.
 */
export class RelayCrypto {
  readonly #layers: Layer[] = []
  /** What a cell carries of its digest; written anew for each. */
  readonly #tag = new Uint8Array(TAG_BYTES)

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
   * Writes the digests into bodies meant for `hop` (counted from 0) and encrypts them for every hop up to it, in place.
   * `onCell` hears of each, in order; `digest` gives what a SENDME for it will quote.
   */
  seal(hop: number, bodies: Uint8Array, onCell?: (digest: () => Uint8Array) => void): void {
    const target = this.#layers[hop]
    if (target === undefined) throw new RangeError(`relay crypto: no hop ${hop}`)
    const tag = this.#tag
    const digest = () => sendmeDigest(target.forwardDigest)
    for (let at = 0; at < bodies.length; at += BODY_BYTES) {
      target.forwardDigest.update(bodies.subarray(at, at + BODY_BYTES))
      target.forwardDigest.peekInto(tag)
      for (let i = 0; i < TAG_BYTES; i++) bodies[at + DIGEST_AT + i] = tag[i] as number
      onCell?.(digest)
    }
    for (let i = hop; i >= 0; i--) (this.#layers[i] as Layer).forward.applyInPlace(bodies)
  }

  /**
   * Decrypts a run of bodies in place and finds which hop sent each: one number a cell. `onCell` hears of each cell once
   * it is recognized, hop by hop and in order, with its place in `bodies`; `digest` gives what a SENDME for it quotes.
   * Throws TorError `tor/circuit-protocol` where a cell is no hop's: the circuit is of no use after that.
   */
  open(bodies: Uint8Array, onCell?: (hop: number, at: number, digest: () => Uint8Array) => void): Uint8Array {
    const count = bodies.length / BODY_BYTES
    const hops = new Uint8Array(count)
    let open: Stretch[] = [{ from: 0, to: count }]
    for (let hop = 0; hop < this.#layers.length; hop++) {
      const layer = this.#layers[hop] as Layer
      const isLast = hop === this.#layers.length - 1
      const digest = () => sendmeDigest(layer.backwardDigest)
      const further: Stretch[] = []
      for (const { from, to } of open) {
        layer.backward.applyInPlace(bodies.subarray(from * BODY_BYTES, to * BODY_BYTES))
        let passed = from // cells from here to the one at hand go on to the next hop
        for (let i = from, at = from * BODY_BYTES; i < to; i++, at += BODY_BYTES) {
          const looksRecognized = bodies[at + RECOGNIZED_AT] === 0 && bodies[at + RECOGNIZED_AT + 1] === 0
          if (!looksRecognized || !this.#isFrom(layer, bodies, at, isLast)) continue
          if (passed < i) further.push({ from: passed, to: i })
          passed = i + 1
          hops[i] = hop
          onCell?.(hop, at, digest)
        }
        if (passed < to) further.push({ from: passed, to })
      }
      if (further.length === 0) return hops
      open = further
    }
    throw new TorError('tor/circuit-protocol', 'A cell came that no hop of the circuit has sent.')
  }

  /** Whether this hop sent the cell; its running digest moves on only then (or at the last hop, in error). */
  #isFrom(layer: Layer, bodies: Uint8Array, at: number, isLast: boolean): boolean {
    const tag = this.#tag
    const body = bodies.subarray(at, at + BODY_BYTES)
    const a = body[DIGEST_AT] as number
    const b = body[DIGEST_AT + 1] as number
    const c = body[DIGEST_AT + 2] as number
    const d = body[DIGEST_AT + 3] as number
    body[DIGEST_AT] = body[DIGEST_AT + 1] = body[DIGEST_AT + 2] = body[DIGEST_AT + 3] = 0
    // One cell in 65 536 looks recognized at a hop that did not send it: the state before it must survive that.
    const running = isLast ? layer.backwardDigest : layer.backwardDigest.copy()
    running.update(body)
    running.peekInto(tag)
    if (tag[0] === a && tag[1] === b && tag[2] === c && tag[3] === d) {
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

function sendmeDigest(running: RunningHash): Uint8Array {
  const digest = new Uint8Array(SENDME_DIGEST_BYTES)
  running.peekInto(digest)
  return digest
}
