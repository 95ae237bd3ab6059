import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'
import type { NonceTable } from './store.ts'

export function sqlNonces(db: Kysely<Schema>): NonceTable {
  return {
    async add(device, nonce, untilMs, nowMs) {
      await db.deleteFrom('nonces').where('until_ms', '<=', nowMs).execute()
      const result = await db
        .insertInto('nonces')
        .values({ device, nonce, until_ms: untilMs })
        .onConflict((conflict) => conflict.columns(['device', 'nonce']).doNothing())
        .executeTakeFirst()
      return Number(result.numInsertedOrUpdatedRows) === 1
    },
  }
}
