import { G1_BYTES, G2_BYTES } from '@warren/primitives/pairing'
import type { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { reader, readLevel, writer } from './format.ts'
import { PROOF_BYTES } from './knowledge.ts'

export const SEED_BYTES = 32

/** 128 bytes: what the sender made. */
export interface Origin {
  c1: Uint8Array
  /** The seed of key and randomness, under KDF(Z_A^r). */
  masked: Uint8Array
  /** Schnorr's proof under C1. */
  proof: Uint8Array
}

/** What one re-encryption from B to C adds. */
export interface SplitBlock {
  /** B: the delegator. The first block's is the owner A. */
  from: Uint8Array
  /** R' and the masked D of the re-encryption key. */
  r: Uint8Array
  maskedD: Uint8Array
  /** S = sP */
  s: Uint8Array
  /** τC1 in the first block, τS ‖ τR' of the block before in a later one; under KDF(Z_C^s). */
  payload: Uint8Array
  /** Schnorr's proof under S over all before it. */
  proof: Uint8Array
}

export interface SplitCapsule {
  origin: Origin
  blocks: readonly SplitBlock[]
}

/** What the newest re-encryption adds to a path capsule: one block for a chain of any length. */
export interface PathCapsule {
  origin: Origin
  /** R' of the chain's first edge: names the D that opens it. */
  r: Uint8Array
  s: Uint8Array
  /** τC1 of the first edge, under KDF(sB) for the last receiver B. */
  payload: Uint8Array
}

export function payloadBytes(position: number): number {
  return position === 0 ? G1_BYTES : 2 * G1_BYTES
}

function writeOrigin(to: ByteWriter, { c1, masked, proof }: Origin): ByteWriter {
  return to.raw(c1).raw(masked).raw(proof)
}

function readOrigin(from: ByteReader): Origin {
  return { c1: from.raw(G1_BYTES), masked: from.raw(SEED_BYTES), proof: from.raw(PROOF_BYTES) }
}

function writeBlock(to: ByteWriter, block: SplitBlock): ByteWriter {
  return to.raw(block.from).raw(block.r).raw(block.maskedD).raw(block.s).raw(block.payload).raw(block.proof)
}

export function encodeCapsule({ origin, blocks }: SplitCapsule): Uint8Array<ArrayBuffer> {
  const to = writeOrigin(writer('split', 'capsule').u8(blocks.length + 1), origin)
  for (const block of blocks) writeBlock(to, block)
  return to.finish()
}

/** Throws DecodeError for every length but the level's. */
export function decodeCapsule(bytes: Uint8Array): SplitCapsule {
  const from = reader(bytes, 'split', 'capsule')
  const level = readLevel(from)
  const origin = readOrigin(from)
  const blocks = Array.from({ length: level - 1 }, (_, position) => ({
    from: from.raw(G1_BYTES),
    r: from.raw(G1_BYTES),
    maskedD: from.raw(G2_BYTES),
    s: from.raw(G1_BYTES),
    payload: from.raw(payloadBytes(position)),
    proof: from.raw(PROOF_BYTES),
  }))
  from.end()
  return { origin, blocks }
}

/** All that was there before the block at `position`: what its mask and its proof are bound to. */
export function encodeBefore({ origin, blocks }: SplitCapsule, position: number): Uint8Array<ArrayBuffer> {
  return encodeCapsule({ origin, blocks: blocks.slice(0, position) })
}

export function encodePath({ origin, r, s, payload }: PathCapsule): Uint8Array<ArrayBuffer> {
  return writeOrigin(writer('split', 'pathCapsule'), origin).raw(r).raw(s).raw(payload).finish()
}

export function decodePath(bytes: Uint8Array): PathCapsule {
  const from = reader(bytes, 'split', 'pathCapsule')
  const path = {
    origin: readOrigin(from),
    r: from.raw(G1_BYTES),
    s: from.raw(G1_BYTES),
    payload: from.raw(G1_BYTES),
  }
  from.end()
  return path
}
