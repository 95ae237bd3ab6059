import { ByteReader, DecodeError } from '@warren/primitives/wire'
import {
  BATCH_HEADER_BYTES,
  type ChunkId,
  chunkIds,
  ID_BYTES,
  MAX_BATCH_CHUNKS,
  VaultError,
} from '../../protocol/index.ts'

export interface IndexedChunk {
  id: ChunkId
  /** Where its bytes begin in the batch. */
  offset: number
  length: number
}

/**
 * Passes a batch of chunks through, piece by piece, and notes where each chunk is. Throws DecodeError for a batch that
 * ends within a chunk, is empty, or has an id twice; VaultError `vault/too-large` for a chunk over the limit.
 */
export async function* indexBatch(
  source: AsyncIterable<Uint8Array>,
  found: IndexedChunk[],
  chunkLimitBytes: number,
): AsyncIterable<Uint8Array> {
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  let headerBytes = 0
  let chunkLeft = 0
  let offset = 0
  const ids = new Set<ChunkId>()
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      if (chunkLeft > 0) {
        const take = Math.min(chunkLeft, piece.length - at)
        chunkLeft -= take
        at += take
        continue
      }
      const take = Math.min(BATCH_HEADER_BYTES - headerBytes, piece.length - at)
      header.set(piece.subarray(at, at + take), headerBytes)
      headerBytes += take
      at += take
      if (headerBytes < BATCH_HEADER_BYTES) continue
      const reader = new ByteReader(header, 'chunk batch')
      const id = chunkIds.fromBytes(reader.raw(ID_BYTES))
      const length = reader.u32()
      if (length > chunkLimitBytes)
        throw new VaultError('vault/too-large', `a chunk of more than ${chunkLimitBytes} bytes`)
      if (found.length === MAX_BATCH_CHUNKS) throw new DecodeError('chunk batch: too many chunks')
      if (ids.has(id)) throw new DecodeError('chunk batch: an id twice')
      ids.add(id)
      found.push({ id, offset: offset + at, length })
      chunkLeft = length
      headerBytes = 0
    }
    offset += piece.length
    yield piece
  }
  if (chunkLeft > 0 || headerBytes > 0) throw new DecodeError('chunk batch: ends within a chunk')
  if (found.length === 0) throw new DecodeError('chunk batch: empty')
}
