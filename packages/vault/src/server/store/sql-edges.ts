import type { Kysely } from 'kysely'
import type { EdgeId, EdgePurpose, NodeId } from '../../protocol/index.ts'
import { batches } from './batches.ts'
import type { Schema } from './schema.ts'
import type { EdgeTable, StoredEdge } from './store.ts'

const ROWS = 500

/** Ends and purpose in one text; what is merely a condition (until, locked) is not in it. */
function slotOf(edge: StoredEdge): string {
  const { purpose } = edge
  const parts: (string | number)[] = [edge.from, edge.to, purpose.kind]
  switch (purpose.kind) {
    case 'owner':
      parts.push(purpose.space, purpose.epoch)
      break
    case 'share':
      parts.push(purpose.space, purpose.epoch, purpose.account)
      break
    case 'device':
      parts.push(purpose.account)
      break
    case 'recovery-out':
    case 'recovery-in':
      parts.push(purpose.account, purpose.setup, purpose.user)
      break
    default:
      purpose satisfies never
  }
  return parts.join('/')
}

export function sqlEdges(db: Kysely<Schema>): EdgeTable {
  return {
    async *all() {
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('edges')
          .select(['id', 'from_node', 'to_node', 'purpose', 'usable'])
          .where('id', '>', after)
          .orderBy('id')
          .limit(ROWS)
          .execute()
        for (const row of rows)
          yield {
            id: row.id as EdgeId,
            from: row.from_node as NodeId,
            to: row.to_node as NodeId,
            purpose: JSON.parse(row.purpose) as EdgePurpose,
            usable: row.usable === 1,
          }
        const last = rows.at(-1)
        if (last === undefined || rows.length < ROWS) return
        after = last.id
      }
    },

    async get(id) {
      const row = await db
        .selectFrom('edges')
        .select(['encoded', 'unlocked'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : { encoded: row.encoded, unlocked: row.unlocked ?? undefined }
    },

    async put(edge, encoded) {
      const row = {
        id: edge.id,
        slot: slotOf(edge),
        from_node: edge.from,
        to_node: edge.to,
        purpose: JSON.stringify(edge.purpose),
        usable: edge.usable ? 1 : 0,
        encoded,
        unlocked: null,
      }
      await db.deleteFrom('edges').where('slot', '=', row.slot).execute()
      await db.insertInto('edges').values(row).execute()
    },

    async unlock(id, reencryptionKey) {
      await db
        .updateTable('edges')
        .set({ unlocked: reencryptionKey, usable: 1 })
        .where('id', '=', id)
        .execute()
    },

    async delete(ids) {
      for (const some of batches(ids, ROWS)) await db.deleteFrom('edges').where('id', 'in', some).execute()
    },
  }
}
