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

/** What came out of a run of cells. */
export interface OpenedRun {
  /** Which hop sent each cell, counted from 0. */
  hops: Uint8Array
  /** The digests that were wanted, 20 bytes each, by the place of their cell. */
  digests: Map<number, Uint8Array>
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
    const digest = () => sendmeDigest(target.forwardDigest)
    for (let at = 0; at < bodies.length; at += BODY_BYTES) {
      target.forwardDigest.update(bodies.subarray(at, at + BODY_BYTES))
      writeTag(bodies, at, tagOf(target.forwardDigest))
      onCell?.(digest)
    }
    for (let i = hop; i >= 0; i--) (this.#layers[i] as Layer).forward.applyInPlace(bodies)
  }

  /**
   * Decrypts a run of bodies in place and finds which hop sent each. `wantsDigest` is asked for each cell, hop by hop
   * and in order, with its place in `bodies`: whether a SENDME will quote its digest.
   * Throws TorError `tor/circuit-protocol` where a cell is no hop's: the circuit is of no use after that.
   */
  open(bodies: Uint8Array, wantsDigest?: (hop: number, at: number) => boolean): OpenedRun {
    const run: OpenedRun = { hops: new Uint8Array(bodies.length / BODY_BYTES), digests: new Map() }
    let open: Stretch[] = [{ from: 0, to: run.hops.length }]
    for (const [hop, layer] of this.#layers.entries()) {
      const takeCells = hop === this.#layers.length - 1 ? takeAll : takeRecognized
      const further: Stretch[] = []
      for (const stretch of open) {
        layer.backward.applyInPlace(bodies.subarray(stretch.from * BODY_BYTES, stretch.to * BODY_BYTES))
        const take = (cell: number) => {
          run.hops[cell] = hop
          return wantsDigest?.(hop, cell * BODY_BYTES) === true
        }
        further.push(...takeCells(layer, bodies, stretch, { take, digests: run.digests }))
      }
      if (further.length === 0) return run
      open = further
    }
    throw noHops()
  }
}

/** Hears of each cell that is a hop's; answers whether its digest is wanted. */
interface Taker {
  take(cell: number): boolean
  digests: Map<number, Uint8Array>
}

/**
 * Cells that came to the last hop are its own, or nobody's. They are checked once for the run, and where a digest is
 * wanted: the running digest there covers every cell before it, and a run is handed on whole or not at all (decision 7).
 */
function takeAll(
  layer: Layer,
  bodies: Uint8Array,
  { from, to }: Stretch,
  { take, digests }: Taker,
): Stretch[] {
  let start = from // of the cells that the running digest has not yet seen
  for (let cell = from; cell < to; cell++) {
    const at = cell * BODY_BYTES
    if (!looksRecognized(bodies, at)) throw noHops()
    const wants = take(cell)
    const tag = takeTag(bodies, at)
    if (!wants && cell < to - 1) continue
    layer.backwardDigest.update(bodies.subarray(start * BODY_BYTES, at + BODY_BYTES))
    start = cell + 1
    if (tagOf(layer.backwardDigest) !== tag) throw noHops()
    if (wants) digests.set(at, sendmeDigest(layer.backwardDigest))
  }
  return []
}

/** The cells of a hop on the way, one by one; the others are for a hop further on: what lies between is returned. */
function takeRecognized(
  layer: Layer,
  bodies: Uint8Array,
  { from, to }: Stretch,
  { take, digests }: Taker,
): Stretch[] {
  const further: Stretch[] = []
  let passed = from
  for (let cell = from; cell < to; cell++) {
    const at = cell * BODY_BYTES
    if (!looksRecognized(bodies, at)) continue
    const tag = takeTag(bodies, at)
    // One cell in 65 536 looks recognized at a hop that did not send it: the state before it must survive that.
    const running = layer.backwardDigest.copy().update(bodies.subarray(at, at + BODY_BYTES))
    if (tagOf(running) !== tag) {
      writeTag(bodies, at, tag)
      continue
    }
    layer.backwardDigest = running
    if (passed < cell) further.push({ from: passed, to: cell })
    passed = cell + 1
    if (take(cell)) digests.set(at, sendmeDigest(running))
  }
  if (passed < to) further.push({ from: passed, to })
  return further
}

function looksRecognized(bodies: Uint8Array, at: number): boolean {
  return bodies[at + RECOGNIZED_AT] === 0 && bodies[at + RECOGNIZED_AT + 1] === 0
}

/** What a cell carries of its digest, as a number; its place is zero after that, as it was when the digest was made. */
function takeTag(bodies: Uint8Array, at: number): number {
  let tag = 0
  for (let i = at + DIGEST_AT; i < at + DIGEST_AT + TAG_BYTES; i++) {
    tag = (tag << 8) | (bodies[i] as number)
    bodies[i] = 0
  }
  return tag
}

function writeTag(bodies: Uint8Array, at: number, tag: number): void {
  for (let i = 0; i < TAG_BYTES; i++) bodies[at + DIGEST_AT + i] = tag >>> (24 - 8 * i)
}

const tagBytes = new Uint8Array(TAG_BYTES)

function tagOf(running: RunningHash): number {
  running.peekInto(tagBytes)
  return (
    ((tagBytes[0] as number) << 24) |
    ((tagBytes[1] as number) << 16) |
    ((tagBytes[2] as number) << 8) |
    (tagBytes[3] as number)
  )
}

function sendmeDigest(running: RunningHash): Uint8Array {
  const digest = new Uint8Array(SENDME_DIGEST_BYTES)
  running.peekInto(digest)
  return digest
}

function noHops(): TorError {
  return new TorError('tor/circuit-protocol', 'A cell came that no hop of the circuit has sent.')
}
