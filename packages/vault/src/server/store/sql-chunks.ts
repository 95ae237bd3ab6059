import { type Kysely, sql } from 'kysely'
import type { ChunkId } from '../../protocol/index.ts'
import type { BlobId } from '../blobs/blobs.ts'
import { batches } from './batches.ts'
import type { Schema } from './schema.ts'
import type { ChunkPlace, ChunkTable } from './store.ts'

const ROWS = 500

export function sqlChunks(db: Kysely<Schema>): ChunkTable {
  return {
    async find(space, chunk) {
      const row = await db
        .selectFrom('chunks')
        .select(['blob', 'start', 'length'])
        .where('space', '=', space)
        .where('chunk', '=', chunk)
        .executeTakeFirst()
      return row === undefined
        ? undefined
        : { blob: row.blob as BlobId, offset: row.start, length: row.length }
    },

    async findAll(space, chunks) {
      const found = new Map<ChunkId, ChunkPlace>()
      for (const some of batches(chunks, ROWS)) {
        const rows = await db
          .selectFrom('chunks')
          .select(['chunk', 'blob', 'start', 'length'])
          .where('space', '=', space)
          .where('chunk', 'in', some)
          .execute()
        for (const row of rows)
          found.set(row.chunk as ChunkId, {
            blob: row.blob as BlobId,
            offset: row.start,
            length: row.length,
          })
      }
      return found
    },

    async add(space, chunks, createdMs) {
      const added = { chunks: 0, bytes: 0 }
      for (const some of batches(chunks, ROWS)) {
        const rows = await db
          .insertInto('chunks')
          .values(
            some.map(({ id, blob, offset, length }) => ({
              space,
              chunk: id,
              blob,
              start: offset,
              length,
              kept: 0,
              created_ms: createdMs,
            })),
          )
          .onConflict((conflict) => conflict.columns(['space', 'chunk']).doNothing())
          .returning('length')
          .execute()
        added.chunks += rows.length
        for (const { length } of rows) added.bytes += length
      }
      return added
    },

    async keep(space, chunks) {
      let kept = 0
      for (const some of batches([...new Set(chunks)], ROWS)) {
        const result = await db
          .updateTable('chunks')
          .set({ kept: 1 })
          .where('space', '=', space)
          .where('chunk', 'in', some)
          .executeTakeFirst()
        kept += Number(result.numUpdatedRows)
      }
      return kept
    },

    async drop(space, chunks) {
      for (const some of batches(chunks, ROWS))
        await db.deleteFrom('chunks').where('space', '=', space).where('chunk', 'in', some).execute()
    },

    async dropAbandoned(beforeMs) {
      const result = await db
        .deleteFrom('chunks')
        .where('kept', '=', 0)
        .where('created_ms', '<', beforeMs)
        .executeTakeFirst()
      return Number(result.numDeletedRows)
    },

    async unreferenced(blobs) {
      const referenced = new Set<string>()
      for (const some of batches(blobs, ROWS)) {
        const rows = await db
          .selectFrom('chunks')
          .select('blob')
          .distinct()
          .where('blob', 'in', some)
          .execute()
        for (const row of rows) referenced.add(row.blob)
      }
      return blobs.filter((blob) => !referenced.has(blob))
    },

    async totalBytes() {
      const row = await db
        .selectFrom('chunks')
        .select(sql<number | string>`coalesce(sum(length), 0)`.as('bytes'))
        .executeTakeFirstOrThrow()
      return Number(row.bytes)
    },
  }
}
