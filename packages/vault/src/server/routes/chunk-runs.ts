import { ByteWriter } from '@warren/primitives/wire'
import { BATCH_HEADER_BYTES, type ChunkId, chunkIds } from '../../protocol/index.ts'
import type { Blobs } from '../blobs/blobs.ts'
import type { ChunkPlace } from '../store/store.ts'

/** A part of one blob that is a batch already: chunks that lie one behind the other, with the headers between them. */
export interface Run {
  blob: ChunkPlace['blob']
  first: ChunkId
  firstLength: number
  start: number
  end: number
}

/** Chunks that came in one batch go out as one read. */
export function runsOf(places: ReadonlyMap<ChunkId, ChunkPlace>): Run[] {
  const sorted = [...places].toSorted(([, a], [, b]) =>
    a.blob === b.blob ? a.offset - b.offset : a.blob < b.blob ? -1 : 1,
  )
  const runs: Run[] = []
  for (const [id, { blob, offset, length }] of sorted) {
    const last = runs.at(-1)
    if (last?.blob === blob && last.end + BATCH_HEADER_BYTES === offset) last.end = offset + length
    else runs.push({ blob, first: id, firstLength: length, start: offset, end: offset + length })
  }
  return runs
}

export function bytesOfRuns(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + BATCH_HEADER_BYTES + run.end - run.start, 0)
}

export async function* writeRuns(runs: readonly Run[], blobs: Blobs): AsyncIterable<Uint8Array> {
  for (const run of runs) {
    yield new ByteWriter(BATCH_HEADER_BYTES).raw(chunkIds.toBytes(run.first)).u32(run.firstLength).finish()
    yield* blobs.read(run.blob, run.start, run.end - run.start)
  }
}
