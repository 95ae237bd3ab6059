import { equalBytes } from '@warren/primitives/bytes'
import { Secret } from '@warren/primitives/secret'
import { CHUNK_BYTES, CHUNK_OVERHEAD_BYTES, ContentDigest, chunkKey, sealChunk } from '../protocol/chunk.ts'
import { VaultError } from '../protocol/errors.ts'
import { type ChunkId, chunkIds, type FileId, fileIds, type VersionId, versionIds } from '../protocol/ids.ts'
import { CONTENT_KEY_BYTES, type FileVersion, type Operation } from '../protocol/operation.ts'
import { ChunkSender } from './chunk-sender.ts'
import { type Reader, type Source, uploadRecord } from './content.ts'
import type { Session } from './session.ts'
import type { Space } from './spaces.ts'
import { newestVersion, nodeAt } from './tree.ts'
import { writeOperations } from './write-space.ts'

/** One log entry holds no more than this, counted roughly; what a crash before it can cost is to send again. */
const FILES_PER_ENTRY = 16_384
const BYTES_PER_ENTRY = 4 * 1024 * 1024
const BYTES_PER_FILE = 192
const BYTES_PER_CHUNK = 16
/**
 * Between two saves of the record of a long upload: what a crash costs to send again. A record that has grown long takes
 * time to write, and is saved no more than once in a while.
 */
const SAVE_EVERY_CHUNKS = 4
const SHORT_RECORD_CHUNKS = 64
const SAVE_LONG_EVERY_MS = 1000

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
 * Protocol 1 (2): each file is read in chunks through a few buffers, sealed into a batch and sent with it; then the log
 * entry that makes them part of the space. A file counts as stored when the service has acknowledged the
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
  readonly #sender: ChunkSender
  /** A chunk that is sealed, the one behind it, and the one that is being read; used for every file. */
  readonly #plaintexts: [Uint8Array, Uint8Array, Uint8Array] = [
    new Uint8Array(CHUNK_BYTES),
    new Uint8Array(CHUNK_BYTES),
    new Uint8Array(CHUNK_BYTES),
  ]
  #space: Space
  #operations: Operation[] = []
  #entryBytes = 0
  #records: string[] = []

  constructor(session: Session, space: Space, options: UploadOptions) {
    this.#session = session
    this.#space = space
    this.#options = options
    this.#sender = new ChunkSender(session, space.state.id)
  }

  async run(sources: Iterable<Source> | AsyncIterable<Source>): Promise<Space> {
    try {
      for await (const source of sources) {
        if (this.#isUnchanged(source)) {
          this.#options.progress?.bytes(source.bytes ?? 0)
          this.#options.progress?.file(source.path, 'unchanged')
          continue
        }
        await this.#store(source)
        if (this.#operations.length >= FILES_PER_ENTRY || this.#entryBytes >= BYTES_PER_ENTRY)
          await this.#commit()
      }
      await this.#commit()
    } catch (error) {
      await this.#sender.abandon()
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

  #isUnchanged(source: Source): boolean {
    const node = nodeAt(this.#space.tree, source.path)
    if (this.#options.force === true || node?.kind !== 'file') return false
    const { version } = newestVersion(node)
    return version.bytes === source.bytes && version.modifiedMs === source.modifiedMs
  }

  /** Everything sent is durable at the service before the entry that speaks of it. */
  async #commit(): Promise<void> {
    const durable = this.#sender.flush()
    // Awaited below; until then a failure must not count as unhandled.
    durable.catch(() => undefined)
    if (this.#operations.length === 0) return durable
    const chunks = this.#operations.flatMap((o) => (o.kind === 'file' ? [...o.version.chunks] : []))
    this.#space = await writeOperations(this.#session, this.#space, this.#operations, { chunks, durable })
    for (const record of this.#records) await this.#session.state.remove(record)
    for (const operation of this.#operations)
      if (operation.kind === 'file') this.#options.progress?.file(operation.path, 'stored')
    this.#operations = []
    this.#entryBytes = 0
    this.#records = []
  }

  async #send(source: Source, reader: Reader): Promise<FileVersion> {
    const { clock, rng, state } = this.#session
    const isLong = source.bytes !== undefined && source.bytes > CHUNK_BYTES
    const record = isLong ? uploadRecord(this.#space.state.id, source.path) : undefined
    const resume = (await this.#resume(record, source)) ?? this.#begin(source)
    const present = await this.#present(resume)
    const key = chunkKey(resume.key)
    const digest = new ContentDigest()
    const chunks: { id: ChunkId; digest: Uint8Array }[] = []
    let bytes = 0
    let savedMs = clock.monotonic()
    for await (const { plaintext, last } of this.#chunksOf(reader)) {
      const index = chunks.length
      const known = digest.add(plaintext)
      const before = resume.chunks[index]
      if (before !== undefined && present.has(before.id) && equalBytes(before.digest, known))
        chunks.push(before)
      else {
        const id = chunkIds.random(rng)
        chunks.push({ id, digest: known })
        const place = { file: resume.file, version: resume.version, index, last }
        const out = await this.#sender.place(id, plaintext.length + CHUNK_OVERHEAD_BYTES)
        sealChunk(key, place, plaintext, rng, out)
      }
      bytes += plaintext.length
      this.#options.progress?.bytes(plaintext.length)
      if (record === undefined || chunks.length % SAVE_EVERY_CHUNKS !== 0) continue
      if (chunks.length > SHORT_RECORD_CHUNKS && clock.monotonic() - savedMs < SAVE_LONG_EVERY_MS) continue
      await state.write(record, { ...resume, chunks } satisfies Resume)
      savedMs = clock.monotonic()
    }
    if (!(await reader.unchanged()) || (source.bytes !== undefined && bytes !== source.bytes))
      throw new VaultError('vault/file-changed', `${source.path} changed while it was read; put it again`)
    if (record !== undefined) this.#records.push(record)
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

  /**
   * The file chunk by chunk, each good until the next is asked for. One chunk ahead, because the last one is sealed as
   * the last; and the one behind that is read while the caller is at work.
   */
  async *#chunksOf(reader: Reader): AsyncGenerator<{ plaintext: Uint8Array; last: boolean }> {
    let [current, next, after] = this.#plaintexts
    let length = await reader.read(current)
    let reading = length < CHUNK_BYTES ? undefined : reader.read(next)
    while (reading !== undefined) {
      const nextLength = await reading
      reading = nextLength < CHUNK_BYTES ? undefined : reader.read(after)
      // Awaited above; until then a failure must not count as unhandled.
      reading?.catch(() => undefined)
      const last = nextLength === 0
      yield { plaintext: current.subarray(0, length), last }
      if (last) return
      ;[current, next, after] = [next, after, current]
      length = nextLength
    }
    yield { plaintext: current.subarray(0, length), last: true }
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

  async #resume(record: string | undefined, source: Source): Promise<Resume | undefined> {
    if (record === undefined) return undefined
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
}
