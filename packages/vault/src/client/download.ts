import { AeadError } from '@warren/primitives/aead'
import { equalBytes } from '@warren/primitives/bytes'
import type { Secret } from '@warren/primitives/secret'
import {
  CHUNK_OVERHEAD_BYTES,
  ContentDigest,
  chunkKey,
  decodeChunkBatch,
  MAX_CHUNK_BYTES,
  openChunk,
} from '../protocol/chunk.ts'
import { VaultError } from '../protocol/errors.ts'
import type { ChunkId, SpaceId } from '../protocol/ids.ts'
import type { FileVersion } from '../protocol/operation.ts'
import { asAnswer } from './api.ts'
import type { Sink } from './content.ts'
import type { Session } from './session.ts'
import { Window } from './window.ts'

const FETCHES_AT_ONCE = 3
const BATCH_BYTES = 4 * 1024 * 1024
const BATCH_CHUNKS = 2048
const SMALL_BYTES = 512 * 1024
/** Small files that are written at the same time. */
const WRITES_AT_ONCE = 16

/** A file to be got, and where it goes. */
export interface Download {
  /** For messages. */
  path: string
  version: FileVersion
  sink(): Promise<Sink>
}

export interface DownloadProgress {
  bytes(count: number): void
  file(path: string): void
}

function damaged(path: string, cause?: unknown): VaultError {
  return new VaultError('vault/content', `${path}: what the vault sent is not what was stored`, { cause })
}

function open(
  path: string,
  key: Secret,
  version: FileVersion,
  index: number,
  sealed: Uint8Array,
): Uint8Array {
  const last = index === version.chunks.length - 1
  let plaintext: Uint8Array
  try {
    plaintext = openChunk(key, { file: version.file, version: version.version, index, last }, sealed)
  } catch (cause) {
    if (cause instanceof AeadError) throw damaged(path, cause)
    throw cause
  }
  const expected = last ? version.bytes - index * version.chunkBytes : version.chunkBytes
  if (plaintext.length !== expected) throw damaged(path)
  return plaintext
}

/**
 * The plaintext of a file from byte `from` to before byte `to`, chunk by chunk as each is verified. Reads ahead through
 * a bounded window. Throws VaultError `vault/content` for a chunk that was changed, moved, swapped or cut.
 */
export async function* readFile(
  session: Session,
  space: SpaceId,
  path: string,
  version: FileVersion,
  from = 0,
  to = version.bytes,
): AsyncGenerator<Uint8Array> {
  const key = chunkKey(version.key)
  const first = Math.floor(from / version.chunkBytes)
  const end = to >= version.bytes ? version.chunks.length : Math.ceil(to / version.chunkBytes)
  const controller = new AbortController()
  const signal =
    session.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, session.signal])
  const limit = MAX_CHUNK_BYTES + CHUNK_OVERHEAD_BYTES
  const ahead: Promise<Uint8Array>[] = []
  let next = first
  try {
    for (let index = first; index < end; index++) {
      while (next < end && ahead.length < FETCHES_AT_ONCE) {
        const fetched = session.api.getChunk(space, version.chunks[next++] as ChunkId, limit, signal)
        // Awaited in order below; a failure further ahead must not count as unhandled until then.
        fetched.catch(() => undefined)
        ahead.push(fetched)
      }
      const plaintext = open(path, key, version, index, await (ahead.shift() as Promise<Uint8Array>))
      const start = index * version.chunkBytes
      yield plaintext.subarray(Math.max(0, from - start), Math.max(0, Math.min(plaintext.length, to - start)))
    }
  } finally {
    controller.abort(new Error('stopped reading'))
  }
}

/**
 * Protocol 1 (4): the content key came with the space's entry, which the epoch key opened; chunks are fetched and
 * opened here, small files many at a time. A file becomes visible when all of it was verified.
 */
export async function download(
  session: Session,
  space: SpaceId,
  files: Iterable<Download> | AsyncIterable<Download>,
  progress?: DownloadProgress,
): Promise<void> {
  let batch: Download[] = []
  let batchBytes = 0
  const flush = async () => {
    if (batch.length > 0) await downloadBatch(session, space, batch, progress)
    batch = []
    batchBytes = 0
  }
  for await (const file of files) {
    if (file.version.chunks.length > 1 || file.version.bytes > SMALL_BYTES) {
      await downloadLarge(session, space, file, progress)
      continue
    }
    batch.push(file)
    batchBytes += file.version.bytes + CHUNK_OVERHEAD_BYTES
    if (batchBytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS) await flush()
  }
  await flush()
}

async function downloadLarge(
  session: Session,
  space: SpaceId,
  file: Download,
  progress: DownloadProgress | undefined,
): Promise<void> {
  const sink = await file.sink()
  const { path, version } = file
  // Chunks are verified one by one before they are written; what does not fit in the end is what was left on the disk.
  let keep = true
  try {
    const digest = new ContentDigest()
    let from = 0
    for await (const plaintext of sink.already?.(version.chunkBytes) ?? []) {
      digest.add(plaintext)
      from += plaintext.length
      progress?.bytes(plaintext.length)
    }
    for await (const plaintext of readFile(session, space, path, version, from)) {
      digest.add(plaintext)
      await sink.write(plaintext)
      progress?.bytes(plaintext.length)
    }
    if (!equalBytes(digest.finish(), version.digest)) {
      keep = false
      throw damaged(path)
    }
    await sink.finish()
  } catch (error) {
    await sink.abandon(keep)
    throw error
  }
  progress?.file(path)
}

async function downloadBatch(
  session: Session,
  space: SpaceId,
  files: readonly Download[],
  progress: DownloadProgress | undefined,
): Promise<void> {
  const ids = files.map((file) => file.version.chunks[0] as ChunkId)
  const limit = files.reduce((sum, file) => sum + file.version.bytes + CHUNK_OVERHEAD_BYTES + 20, 0)
  const chunks = new Map<ChunkId, Uint8Array>()
  const batch = await session.api.getChunks(space, [...new Set(ids)], limit)
  for (const { id, sealed } of asAnswer(() => decodeChunkBatch(batch))) chunks.set(id, sealed)
  const window = new Window(WRITES_AT_ONCE, session.signal)
  for (const file of files) {
    const sealed = chunks.get(file.version.chunks[0] as ChunkId)
    await window.add(() => writeSmall(file, sealed, progress))
  }
  await window.drain()
}

async function writeSmall(
  file: Download,
  sealed: Uint8Array | undefined,
  progress: DownloadProgress | undefined,
): Promise<void> {
  if (sealed === undefined) throw damaged(file.path)
  const plaintext = open(file.path, chunkKey(file.version.key), file.version, 0, sealed)
  const digest = new ContentDigest()
  digest.add(plaintext)
  if (!equalBytes(digest.finish(), file.version.digest)) throw damaged(file.path)
  const sink = await file.sink()
  try {
    await sink.write(plaintext)
    await sink.finish()
  } catch (error) {
    await sink.abandon(false)
    throw error
  }
  progress?.bytes(plaintext.length)
  progress?.file(file.path)
}
