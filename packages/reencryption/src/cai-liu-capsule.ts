import { G1_BYTES, GT_BYTES } from '@warren/primitives/pairing'
import type { ByteWriter } from '@warren/primitives/wire'
import { reader, readLevel, writer } from './format.ts'
import { PROOF_BYTES } from './knowledge.ts'

export const DIGEST_BYTES = 32

/** What one re-encryption leaves: (R, E) of the re-encryption key, (S, F) of this re-encryption. */
export interface Block {
  r: Uint8Array
  e: Uint8Array
  s: Uint8Array
  f: Uint8Array
}

/** A capsule as it lies in bytes: points are not decoded yet. */
export interface CaiLiuCapsule {
  /** A: for whom it was made at level 1. */
  owner: Uint8Array
  c1: Uint8Array
  /** H(C2) as C2 was at level 1. */
  digest: Uint8Array
  /** Schnorr's proof under C1. */
  origin: Uint8Array
  c2: Uint8Array
  blocks: readonly Block[]
  /** Schnorr's proof under the newest block's S over all before it; none at level 1. */
  newest: Uint8Array | undefined
}

function write(capsule: Omit<CaiLiuCapsule, 'newest'>): ByteWriter {
  const to = writer('cai-liu', 'capsule')
    .u8(capsule.blocks.length + 1)
    .raw(capsule.owner)
    .raw(capsule.c1)
    .raw(capsule.digest)
    .raw(capsule.origin)
    .raw(capsule.c2)
  for (const { r, e, s, f } of capsule.blocks) to.raw(r).raw(e).raw(s).raw(f)
  return to
}

/** All of it but the newest proof: what that proof covers. */
export function encodeUnproved(capsule: Omit<CaiLiuCapsule, 'newest'>): Uint8Array<ArrayBuffer> {
  return write(capsule).finish()
}

export function encodeCapsule(capsule: CaiLiuCapsule): Uint8Array<ArrayBuffer> {
  const to = write(capsule)
  return (capsule.newest === undefined ? to : to.raw(capsule.newest)).finish()
}

/** Throws DecodeError for every length but the level's. */
export function decodeCapsule(bytes: Uint8Array): CaiLiuCapsule {
  const from = reader(bytes, 'cai-liu', 'capsule')
  const level = readLevel(from)
  const capsule = {
    owner: from.raw(G1_BYTES),
    c1: from.raw(G1_BYTES),
    digest: from.raw(DIGEST_BYTES),
    origin: from.raw(PROOF_BYTES),
    c2: from.raw(GT_BYTES),
    blocks: Array.from({ length: level - 1 }, () => ({
      r: from.raw(G1_BYTES),
      e: from.raw(GT_BYTES),
      s: from.raw(G1_BYTES),
      f: from.raw(GT_BYTES),
    })),
    newest: level > 1 ? from.raw(PROOF_BYTES) : undefined,
  }
  from.end()
  return capsule
}
