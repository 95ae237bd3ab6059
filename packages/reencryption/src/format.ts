import { assertBytes } from '@warren/primitives/bytes'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import type { SuiteId } from './suite.ts'

/*
 * Every encoding starts with two bytes: suite (high four bits) and version (low four), then the kind. Bytes, lengths and
 * frozen vectors: docs/formats/reencryption.md.
 */

const SUITE_NUMBER: Record<SuiteId, number> = { 'cai-liu': 1, split: 2 }
const VERSION = 1

export const KIND = {
  publicKey: 1,
  secretKey: 2,
  possession: 3,
  capsule: 4,
  reencryptionKey: 5,
  lockedReencryptionKey: 6,
  pathCapsule: 7,
  pathOpening: 8,
} as const
export type Kind = keyof typeof KIND

/** More re-encryptions than any chain of the key graph needs; a bound for decoders. */
export const MAX_LEVEL = 32

export function writer(suite: SuiteId, kind: Kind): ByteWriter {
  return new ByteWriter(1024).u8((SUITE_NUMBER[suite] << 4) | VERSION).u8(KIND[kind])
}

/** A reader behind the header. Throws DecodeError for another suite, version or kind, TypeError for what is no bytes. */
export function reader(bytes: Uint8Array, suite: SuiteId, kind: Kind): ByteReader {
  assertBytes(bytes, kind)
  const from = new ByteReader(bytes, kind)
  if (from.u8() !== ((SUITE_NUMBER[suite] << 4) | VERSION))
    throw new DecodeError(`${kind}: another suite or version`)
  if (from.u8() !== KIND[kind]) throw new DecodeError(`${kind}: another kind`)
  return from
}

/** The level byte of a capsule, 1 … MAX_LEVEL. */
export function readLevel(from: ByteReader): number {
  const level = from.u8()
  if (level < 1 || level > MAX_LEVEL) throw new DecodeError('capsule: level out of range')
  return level
}

/** What the header says; nothing else is checked. */
export function isKind(bytes: Uint8Array, kind: Kind): boolean {
  return bytes[1] === KIND[kind]
}
