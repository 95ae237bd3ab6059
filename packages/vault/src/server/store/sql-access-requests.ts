import { type Kysely, sql } from 'kysely'
import type { AccountId, NodeId } from '../../protocol/index.ts'
import type { Schema } from './schema.ts'
import type { AccessRequestTable } from './store.ts'

export function sqlAccessRequests(db: Kysely<Schema>): AccessRequestTable {
  return {
    async of(owner) {
      const rows = await db
        .selectFrom('access_requests')
        .selectAll()
        .where('owner', '=', owner)
        .orderBy('asker')
        .execute()
      return rows.map((row) => ({
        owner,
        asker: row.asker as AccountId,
        recipient: row.recipient as NodeId,
        encoded: row.encoded,
      }))
    },
    async countOthers(owner, asker) {
      const row = await db
        .selectFrom('access_requests')
        .select(sql<number | string>`count(*)`.as('waiting'))
        .where('owner', '=', owner)
        .where('asker', '!=', asker)
        .executeTakeFirstOrThrow()
      return Number(row.waiting)
    },
    async put({ owner, asker, recipient, encoded }) {
      await db
        .insertInto('access_requests')
        .values({ owner, asker, recipient, encoded })
        .onConflict((conflict) => conflict.columns(['owner', 'asker']).doUpdateSet({ recipient, encoded }))
        .execute()
    },
    async delete(owner, asker) {
      const result = await db
        .deleteFrom('access_requests')
        .where('owner', '=', owner)
        .where('asker', '=', asker)
        .executeTakeFirst()
      return Number(result.numDeletedRows) === 1
    },
  }
}
