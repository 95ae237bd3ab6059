import { equalBytes } from '@warren/primitives/bytes'
import { Secret } from '@warren/primitives/secret'
import { CHUNK_BYTES, ContentDigest, chunkKey, encodeChunkBatch, sealChunk } from '../protocol/chunk.ts'
import { VaultError } from '../protocol/errors.ts'
import { type ChunkId, chunkIds, type FileId, fileIds, type VersionId, versionIds } from '../protocol/ids.ts'
import { CONTENT_KEY_BYTES, type FileVersion, type Operation } from '../protocol/operation.ts'
import { type Reader, type Source, uploadRecord } from './content.ts'
import type { Session } from './session.ts'
import type { Space } from './spaces.ts'
import { newestVersion, nodeAt } from './tree.ts'
import { Window } from './window.ts'
import { writeOperations } from './write-space.ts'

/** A chunk of at most this much travels in a batch with others. */
const BATCHED_BYTES = 512 * 1024
const BATCH_BYTES = 4 * 1024 * 1024
const UPLOADS_AT_ONCE = 2
/** Small files that are read at the same time: the disk's latency, not its bandwidth, is what they cost. */
const READS_AT_ONCE = 16
/** One log entry holds no more than this, counted roughly; what a crash before it can cost is to send again. */
const FILES_PER_ENTRY = 16_384
const BYTES_PER_ENTRY = 4 * 1024 * 1024
const BYTES_PER_FILE = 192
const BYTES_PER_CHUNK = 16
/** Chunks between two saves of the record of a long upload: what a crash costs to send again. */
const SAVE_EVERY = 4

export interface UploadProgress {
  /** Plaintext bytes that were read, whether they had to be sent or not. */
  bytes(count: number): void
  file(path: string, outcome: 'stored' | 'unchanged'): void
}

export interface UploadOptions {
  progress?: UploadProgress
  /** Read and store a file again although size and time say that it has not changed. */
  force?: boolean
}

/** What is remembered of a long upload, so that it can go on after a crash: chunks sent, and the digest of each. */
interface Resume {
  file: FileId
  version: VersionId
  key: Secret
  bytes: number
  modifiedMs: number
  chunks: { id: ChunkId; digest: Uint8Array }[]
}

/**
 * Protocol 1 (2): each file is read in chunks through a bounded window, sealed and sent, many small ones in one batch;
 * then the log entry that makes them part of the space. A file counts as stored when the service has acknowledged the
 * entry. Throws VaultError `vault/file-changed` when a file changed while it was read; what was stored before stays.
 */
export async function upload(
  session: Session,
  space: Space,
  sources: Iterable<Source> | AsyncIterable<Source>,
  options: UploadOptions = {},
): Promise<Space> {
  return new Upload(session, space, options).run(sources)
}

class Upload {
  readonly #session: Session
  readonly #options: UploadOptions
  readonly #window: Window
  #space: Space
  #batch: { id: ChunkId; sealed: Uint8Array }[] = []
  #batchBytes = 0
  #operations: Operation[] = []
  #entryBytes = 0
  #records: string[] = []

  constructor(session: Session, space: Space, options: UploadOptions) {
    this.#session = session
    this.#space = space
    this.#options = options
    this.#window = new Window(UPLOADS_AT_ONCE, session.signal)
  }

  async run(sources: Iterable<Source> | AsyncIterable<Source>): Promise<Space> {
    try {
      let small: Source[] = []
      for await (const source of sources) {
        if (this.#isUnchanged(source)) {
          this.#options.progress?.bytes(source.bytes ?? 0)
          this.#options.progress?.file(source.path, 'unchanged')
          continue
        }
        if (source.bytes === undefined || source.bytes > BATCHED_BYTES) await this.#store(source)
        else if (small.push(source) === READS_AT_ONCE) {
          await this.#storeAll(small)
          small = []
        }
        if (this.#operations.length >= FILES_PER_ENTRY || this.#entryBytes >= BYTES_PER_ENTRY)
          await this.#commit()
      }
      await this.#storeAll(small)
      await this.#commit()
    } catch (error) {
      await this.#window.drain().catch(() => undefined)
      throw error
    }
    return this.#space
  }

  async #store(source: Source): Promise<void> {
    const reader = await source.open()
    try {
      const version = await this.#send(source, reader)
      this.#operations.push({ kind: 'file', path: source.path, version })
      // A character of a path is at most three bytes.
      this.#entryBytes += BYTES_PER_FILE + 3 * source.path.length + BYTES_PER_CHUNK * version.chunks.length
    } finally {
      await reader.close()
    }
  }

  /** All of them end before the first failure is thrown: no file stays open behind it. */
  async #storeAll(sources: readonly Source[]): Promise<void> {
    const results = await Promise.allSettled(sources.map((source) => this.#store(source)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  #isUnchanged(source: Source): boolean {
    const node = nodeAt(this.#space.tree, source.path)
    if (this.#options.force === true || node?.kind !== 'file') return false
    const { version } = newestVersion(node)
    return version.bytes === source.bytes && version.modifiedMs === source.modifiedMs
  }

  /** Everything sent is durable at the service before the entry that speaks of it. */
  async #commit(): Promise<void> {
    await this.#flushBatch()
    await this.#window.drain()
    if (this.#operations.length === 0) return
    const chunks = this.#operations.flatMap((o) => (o.kind === 'file' ? [...o.version.chunks] : []))
    this.#space = await writeOperations(this.#session, this.#space, this.#operations, chunks)
    for (const record of this.#records) await this.#session.state.remove(record)
    for (const operation of this.#operations)
      if (operation.kind === 'file') this.#options.progress?.file(operation.path, 'stored')
    this.#operations = []
    this.#entryBytes = 0
    this.#records = []
  }

  async #send(source: Source, reader: Reader): Promise<FileVersion> {
    const record = uploadRecord(this.#space.state.id, source.path)
    const resumable = source.bytes !== undefined && source.bytes > CHUNK_BYTES
    const resume = (resumable ? await this.#resume(record, source) : undefined) ?? this.#begin(source)
    const present = await this.#present(resume)
    const key = chunkKey(resume.key)
    const digest = new ContentDigest()
    const chunks: { id: ChunkId; digest: Uint8Array }[] = []
    let bytes = 0
    let plaintext = await reader.read(CHUNK_BYTES)
    for (let index = 0; ; index++) {
      // One chunk ahead, because the last one is sealed as the last.
      const next = plaintext.length < CHUNK_BYTES ? new Uint8Array(0) : await reader.read(CHUNK_BYTES)
      const last = next.length === 0
      const known = digest.add(plaintext)
      bytes += plaintext.length
      const before = resume.chunks[index]
      if (before !== undefined && present.has(before.id) && equalBytes(before.digest, known))
        chunks.push(before)
      else {
        const id = chunkIds.random(this.#session.rng)
        chunks.push({ id, digest: known })
        const place = { file: resume.file, version: resume.version, index, last }
        await this.#sendChunk(id, sealChunk(key, place, plaintext, this.#session.rng))
      }
      this.#options.progress?.bytes(plaintext.length)
      if (resumable && chunks.length % SAVE_EVERY === 0)
        await this.#session.state.write(record, { ...resume, chunks } satisfies Resume)
      if (last) break
      plaintext = next
    }
    if (!(await reader.unchanged()) || (source.bytes !== undefined && bytes !== source.bytes))
      throw new VaultError('vault/file-changed', `${source.path} changed while it was read; put it again`)
    if (resumable) this.#records.push(record)
    return {
      file: resume.file,
      version: resume.version,
      bytes,
      modifiedMs: source.modifiedMs,
      executable: source.executable,
      digest: digest.finish(),
      key: resume.key,
      chunkBytes: CHUNK_BYTES,
      chunks: chunks.map((chunk) => chunk.id),
    }
  }

  #begin(source: Source): Resume {
    const { rng } = this.#session
    const node = this.#space.tree.nodes.get(source.path)
    return {
      file: node?.kind === 'file' ? newestVersion(node).version.file : fileIds.random(rng),
      version: versionIds.random(rng),
      key: new Secret(rng.bytes(CONTENT_KEY_BYTES)),
      bytes: source.bytes ?? 0,
      modifiedMs: source.modifiedMs,
      chunks: [],
    }
  }

  async #resume(record: string, source: Source): Promise<Resume | undefined> {
    const resume = await this.#session.state.read<Resume>(record)
    return resume?.bytes === source.bytes && resume?.modifiedMs === source.modifiedMs ? resume : undefined
  }

  async #present(resume: Resume): Promise<Set<ChunkId>> {
    if (resume.chunks.length === 0) return new Set()
    const ids = resume.chunks.map((chunk) => chunk.id)
    const { missing } = await this.#session.api.missingChunks(this.#space.state.id, ids)
    const gone = new Set(missing)
    return new Set(ids.filter((id) => !gone.has(id)))
  }

  async #sendChunk(id: ChunkId, sealed: Uint8Array): Promise<void> {
    if (sealed.length > BATCHED_BYTES) {
      const { signal } = this.#window
      await this.#window.add(() => this.#session.api.putChunk(this.#space.state.id, id, sealed, signal))
      return
    }
    this.#batch.push({ id, sealed })
    this.#batchBytes += sealed.length
    if (this.#batchBytes >= BATCH_BYTES) await this.#flushBatch()
  }

  async #flushBatch(): Promise<void> {
    if (this.#batch.length === 0) return
    const body = encodeChunkBatch(this.#batch)
    this.#batch = []
    this.#batchBytes = 0
    const { signal } = this.#window
    await this.#window.add(() => this.#session.api.putChunks(this.#space.state.id, body, signal))
  }
}
