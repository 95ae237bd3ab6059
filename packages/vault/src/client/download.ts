import { AeadError } from '@warren/primitives/aead'
import { equalBytes } from '@warren/primitives/bytes'
import type { Secret } from '@warren/primitives/secret'
import {
  CHUNK_OVERHEAD_BYTES,
  ContentDigest,
  chunkKey,
  MAX_CHUNK_BYTES,
  openChunk,
} from '../protocol/chunk.ts'
import { BATCH_HEADER_BYTES, decodeChunkBatch } from '../protocol/chunk-batch.ts'
import { VaultError } from '../protocol/errors.ts'
import type { ChunkId, SpaceId } from '../protocol/ids.ts'
import type { FileVersion } from '../protocol/operation.ts'
import { asAnswer } from './api.ts'
import type { Sink } from './content.ts'
import type { Session } from './session.ts'

const FETCHES_AT_ONCE = 3
/** What is fetched in one batch at most: files of one chunk. While one batch is written, the next is fetched. */
const BATCH_BYTES = 8 * 1024 * 1024
const BATCH_CHUNKS = 2048

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

function plaintextBytes(version: FileVersion, index: number): number {
  const isLast = index === version.chunks.length - 1
  return isLast ? version.bytes - index * version.chunkBytes : version.chunkBytes
}

/** Into `out`, where there is one. */
function open(
  path: string,
  key: Secret,
  version: FileVersion,
  index: number,
  sealed: Uint8Array,
  out?: Uint8Array,
): Uint8Array {
  const bytes = plaintextBytes(version, index)
  if (sealed.length !== bytes + CHUNK_OVERHEAD_BYTES) throw damaged(path)
  const last = index === version.chunks.length - 1
  const place = { file: version.file, version: version.version, index, last }
  try {
    return openChunk(key, place, sealed, out?.subarray(0, bytes))
  } catch (cause) {
    if (cause instanceof AeadError) throw damaged(path, cause)
    throw cause
  }
}

/**
 * The plaintext of a file from byte `from` to before byte `to`, chunk by chunk as each is verified; each piece is good
 * until the next but one is asked for. Reads ahead through a few buffers, whatever the file's size. Throws VaultError
 * `vault/content` for a chunk that was changed, moved, swapped or cut.
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
  if (version.chunkBytes > MAX_CHUNK_BYTES) throw damaged(path)
  const controller = new AbortController()
  const signal =
    session.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, session.signal])
  const largest = plaintextBytes(version, first)
  const plaintexts = [new Uint8Array(largest), new Uint8Array(first + 1 < end ? largest : 0)] as const
  const buffers: Uint8Array[] = []
  const ahead: { buffer: Uint8Array; sealed: Promise<Uint8Array> }[] = []
  let next = first
  const fetchAhead = () => {
    while (next < end && ahead.length < FETCHES_AT_ONCE) {
      const buffer = buffers.pop() ?? new Uint8Array(largest + CHUNK_OVERHEAD_BYTES)
      const sealed = session.api.getChunk(space, version.chunks[next++] as ChunkId, buffer, signal)
      // Awaited in order below; a failure further ahead must not count as unhandled until then.
      sealed.catch(() => undefined)
      ahead.push({ buffer, sealed })
    }
  }
  try {
    fetchAhead()
    for (let index = first; index < end; index++) {
      const { buffer, sealed } = ahead.shift() as (typeof ahead)[number]
      const plaintext = open(path, key, version, index, await sealed, plaintexts[(index - first) % 2])
      buffers.push(buffer)
      fetchAhead()
      const start = index * version.chunkBytes
      yield plaintext.subarray(Math.max(0, from - start), Math.max(0, Math.min(plaintext.length, to - start)))
    }
  } finally {
    controller.abort(new Error('stopped reading'))
  }
}

/**
 * Protocol 1 (4): the content key came with the space's entry, which the epoch key opened; chunks are fetched and
 * opened here, files of one chunk many at a time. A file becomes visible when all of it was verified.
 */
export async function download(
  session: Session,
  space: SpaceId,
  files: Iterable<Download> | AsyncIterable<Download>,
  progress?: DownloadProgress,
): Promise<void> {
  const batches = new Batches(session, space, progress)
  for await (const file of files)
    if (file.version.chunks.length === 1 && file.version.bytes <= BATCH_BYTES) await batches.add(file)
    else await downloadLarge(session, space, file, progress)
  await batches.end()
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
    // While a chunk is written, the next is fetched and opened.
    let writing = Promise.resolve()
    for await (const plaintext of readFile(session, space, path, version, from)) {
      await writing
      writing = sink.write(plaintext)
      // Awaited above and below; until then a failure must not count as unhandled.
      writing.catch(() => undefined)
      digest.add(plaintext)
      progress?.bytes(plaintext.length)
    }
    await writing
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

interface Fetched {
  files: readonly Download[]
  buffer: Uint8Array
  batch: Promise<Uint8Array>
}

/** Files of one chunk each, fetched many at a time. */
class Batches {
  readonly #session: Session
  readonly #space: SpaceId
  readonly #progress: DownloadProgress | undefined
  /** One that is written from, one that is fetched into. */
  #buffers: Uint8Array[] = []
  #files: Download[] = []
  #bytes = 0
  #fetched: Fetched | undefined

  constructor(session: Session, space: SpaceId, progress: DownloadProgress | undefined) {
    this.#session = session
    this.#space = space
    this.#progress = progress
  }

  async add(file: Download): Promise<void> {
    const bytes = BATCH_HEADER_BYTES + CHUNK_OVERHEAD_BYTES + file.version.bytes
    if (this.#bytes + bytes > BATCH_BYTES || this.#files.length >= BATCH_CHUNKS) await this.#next()
    this.#files.push(file)
    this.#bytes += bytes
  }

  async end(): Promise<void> {
    await this.#next()
    await this.#next()
  }

  /** Begins to fetch what was collected, and writes what was fetched before. */
  async #next(): Promise<void> {
    const before = this.#fetched
    this.#fetched = this.#files.length === 0 ? undefined : this.#fetch(this.#files, this.#bytes)
    this.#files = []
    this.#bytes = 0
    if (before === undefined) return
    await this.#write(before.files, await before.batch)
    this.#buffers.push(before.buffer)
  }

  #fetch(files: readonly Download[], bytes: number): Fetched {
    const ids = new Set(files.map(({ version }) => version.chunks[0] as ChunkId))
    const pooled = this.#buffers.pop()
    const buffer = pooled !== undefined && pooled.length >= bytes ? pooled : new Uint8Array(bytes)
    const batch = this.#session.api.getChunks(this.#space, [...ids], buffer)
    // Awaited when the batch before is written; a failure must not count as unhandled until then.
    batch.catch(() => undefined)
    return { files, buffer, batch }
  }

  async #write(files: readonly Download[], batch: Uint8Array): Promise<void> {
    const chunks = new Map<ChunkId, Uint8Array>()
    for (const { id, sealed } of asAnswer(() => decodeChunkBatch(batch))) chunks.set(id, sealed)
    for (const file of files) {
      this.#session.signal?.throwIfAborted()
      await writeWhole(file, chunks.get(file.version.chunks[0] as ChunkId))
      this.#progress?.bytes(file.version.bytes)
      this.#progress?.file(file.path)
    }
  }
}

async function writeWhole(file: Download, sealed: Uint8Array | undefined): Promise<void> {
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
}
