import type { Kysely } from 'kysely'
import { VaultError } from '../../protocol/index.ts'
import type { Schema } from './schema.ts'
import type { LogName, LogTable, MetaTable, NameTable } from './store.ts'

/** Entries fetched at a time while a page is filled, in the end: the first may be all that it holds. */
const MOST_AT_ONCE = 64

export function sqlMeta(db: Kysely<Schema>): MetaTable {
  return {
    async get(key) {
      const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
      return row?.value
    },
    async set(key, value) {
      await db
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute()
    },
  }
}

export function sqlLogs(db: Kysely<Schema>): LogTable {
  return {
    async head(log) {
      const row = await db
        .selectFrom('logs')
        .select(['sequence', 'hash'])
        .where('log', '=', log)
        .executeTakeFirst()
      return row
    },

    async names() {
      const rows = await db.selectFrom('logs').select('log').orderBy('log').execute()
      return rows.map((row) => row.log as LogName)
    },

    async read(log, from, limitBytes) {
      const entries: Uint8Array[] = []
      let bytes = 0
      for (let atOnce = 1; ; atOnce = Math.min(2 * atOnce, MOST_AT_ONCE)) {
        const rows = await db
          .selectFrom('entries')
          .select(['bytes'])
          .where('log', '=', log)
          .where('sequence', '>=', from + entries.length)
          .orderBy('sequence')
          .limit(atOnce)
          .execute()
        for (const row of rows) {
          if (entries.length > 0 && bytes + row.bytes.length > limitBytes) return { entries, more: true }
          entries.push(row.bytes)
          bytes += row.bytes.length
        }
        if (rows.length < atOnce) return { entries, more: false }
      }
    },

    async append(log, entries, head) {
      const first = head.sequence - entries.length + 1
      for (const [i, bytes] of entries.entries())
        await db
          .insertInto('entries')
          .values({ log, sequence: first + i, bytes })
          .execute()
      const { sequence, hash } = head
      await db
        .insertInto('logs')
        .values({ log, sequence, hash })
        .onConflict((conflict) => conflict.column('log').doUpdateSet({ sequence, hash }))
        .execute()
    },
  }
}

export function sqlNames(db: Kysely<Schema>): NameTable {
  return {
    async claimNames(account, skeletons) {
      const taken = await db
        .selectFrom('names')
        .select('account')
        .where('skeleton', 'in', [...skeletons])
        .executeTakeFirst()
      if (taken !== undefined)
        throw new VaultError('vault/name', 'this name is taken, or looks like one that is')
      await db
        .insertInto('names')
        .values(skeletons.map((skeleton) => ({ skeleton, account })))
        .execute()
    },
    async claimDevice(account, device) {
      const row = await db
        .selectFrom('devices')
        .select('account')
        .where('device', '=', device)
        .executeTakeFirst()
      if (row !== undefined) throw new VaultError('vault/conflict', 'this device belongs to an account')
      await db.insertInto('devices').values({ device, account }).execute()
    },
  }
}
