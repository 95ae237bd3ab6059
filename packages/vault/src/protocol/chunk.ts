import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError, open, sealWithNonce } from '@warren/primitives/aead'
import { utf8 } from '@warren/primitives/bytes'
import { runningSha256, sha256 } from '@warren/primitives/hash'
import { hkdfSha256 } from '@warren/primitives/kdf'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ByteWriter } from '@warren/primitives/wire'
import { type FileId, fileIds, type VersionId, versionIds } from './ids.ts'

/** Plaintext bytes of every chunk of a file but the last. */
export const CHUNK_BYTES = 4 * 1024 * 1024
export const MAX_CHUNK_BYTES = 16 * 1024 * 1024
/** What sealing adds to a chunk: the nonce before it and the tag behind it. */
export const CHUNK_OVERHEAD_BYTES = AEAD_NONCE_BYTES + AEAD_TAG_BYTES

/** The place of a chunk; sealed in, so that none can be moved, swapped, dropped or left out at the end. */
export interface ChunkPlace {
  file: FileId
  version: VersionId
  index: number
  last: boolean
}

/** The chunk key of a version: derived once, used for all its chunks. */
export function chunkKey(contentKey: Secret): Secret {
  return new Secret(hkdfSha256(contentKey.reveal(), undefined, utf8('warren/chunk/1'), 32))
}

function binding(place: ChunkPlace): Uint8Array {
  return new ByteWriter(48)
    .raw(fileIds.toBytes(place.file))
    .raw(versionIds.toBytes(place.version))
    .u64(place.index)
    .u8(place.last ? 1 : 0)
    .finish()
}

/**
 * The nonce is random, not counted: an upload that is resumed seals a chunk again, and the file may have changed in
 * between. A version has at most 2^20 chunks, far from where 96 random bits repeat. Into `out`, where there is one, of
 * `sealedBytes(plaintext.length)`.
 */
export function sealChunk(
  key: Secret,
  place: ChunkPlace,
  plaintext: Uint8Array,
  rng: Rng,
  out?: Uint8Array,
): Uint8Array {
  return sealWithNonce(key.reveal(), rng.bytes(AEAD_NONCE_BYTES), plaintext, binding(place), out)
}

/** Throws AeadError. Into `out`, where there is one, CHUNK_OVERHEAD_BYTES shorter than `sealed`. */
export function openChunk(key: Secret, place: ChunkPlace, sealed: Uint8Array, out?: Uint8Array): Uint8Array {
  if (sealed.length < CHUNK_OVERHEAD_BYTES) throw new AeadError()
  const nonce = sealed.subarray(0, AEAD_NONCE_BYTES)
  return open(key.reveal(), nonce, sealed.subarray(AEAD_NONCE_BYTES), binding(place), out)
}

/**
 * What a version's digest is: SHA-256 over the SHA-256 of each of its chunks. Each chunk is hashed once, and its own
 * digest tells an upload that goes on after a crash whether the chunk has changed.
 */
export class ContentDigest {
  readonly #whole = runningSha256()

  /** The plaintext of the next chunk; gives that chunk's own digest. */
  add(plaintext: Uint8Array): Uint8Array {
    const digest = sha256(plaintext)
    this.#whole.update(digest)
    return digest
  }

  finish(): Uint8Array {
    return this.#whole.digest()
  }
}
