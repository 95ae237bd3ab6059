import { ByteReader, DecodeError } from '@warren/primitives/wire'
import { CHUNK_OVERHEAD_BYTES, MAX_CHUNK_BYTES } from './chunk.ts'
import { type ChunkId, chunkIds, ID_BYTES } from './ids.ts'

/** Id and length, before each chunk of a batch. */
export const BATCH_HEADER_BYTES: number = ID_BYTES + 4

/** Chunks of a batch at most: what a service holds of each is more than its header. */
export const MAX_BATCH_CHUNKS = 8192

/** Chunks in one body: (id 16 B, length u32, bytes)*. Made in a buffer of fixed size that is used again and again. */
export class ChunkBatch {
  readonly #buffer: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  #length = 0
  #chunks = 0

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity)
    this.#view = new DataView(this.#buffer.buffer)
  }

  /** The batch, until the next `add` or `clear`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Where the `length` bytes of one more chunk are to be put; undefined when there is no room for them. */
  add(id: ChunkId, length: number): Uint8Array<ArrayBuffer> | undefined {
    const start = this.#length + BATCH_HEADER_BYTES
    if (start + length > this.#buffer.length || this.#chunks === MAX_BATCH_CHUNKS) return undefined
    this.#chunks++
    this.#buffer.set(chunkIds.toBytes(id), this.#length)
    this.#view.setUint32(this.#length + ID_BYTES, length)
    this.#length = start + length
    return this.#buffer.subarray(start, this.#length)
  }

  clear(): void {
    this.#length = 0
    this.#chunks = 0
  }
}

export function encodeChunkBatch(
  chunks: readonly { id: ChunkId; sealed: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
  const bytes = chunks.reduce((sum, { sealed }) => sum + BATCH_HEADER_BYTES + sealed.length, 0)
  const batch = new ChunkBatch(bytes)
  for (const { id, sealed } of chunks) batch.add(id, sealed.length)?.set(sealed)
  return batch.bytes
}

/** The chunks as they lie in `batch`, not copied. Throws DecodeError. */
export function decodeChunkBatch(batch: Uint8Array): { id: ChunkId; sealed: Uint8Array }[] {
  const reader = new ByteReader(batch, 'chunk batch')
  const chunks: { id: ChunkId; sealed: Uint8Array }[] = []
  while (reader.remaining > 0) {
    if (chunks.length === MAX_BATCH_CHUNKS) throw new DecodeError('chunk batch: too many chunks')
    const id = chunkIds.fromBytes(reader.raw(ID_BYTES))
    const length = reader.u32()
    if (length > MAX_CHUNK_BYTES + CHUNK_OVERHEAD_BYTES)
      throw new DecodeError('chunk batch: a chunk too long')
    chunks.push({ id, sealed: reader.view(length) })
  }
  if (new Set(chunks.map((chunk) => chunk.id)).size !== chunks.length)
    throw new DecodeError('chunk batch: an id twice')
  return chunks
}
