import type { DeviceId } from '@warren/identity'
import { type Kysely, sql } from 'kysely'
import { type AccountId, type EnrolmentId, VaultError } from '../../protocol/index.ts'
import type { Schema } from './schema.ts'
import type { EnrolmentTable, InvitationTable, StoredEnrolment } from './store.ts'

export function sqlInvitations(db: Kysely<Schema>): InvitationTable {
  return {
    async put(hash, inviter, expiresMs) {
      // One that was used must not come back to life when its request is sent again.
      await db
        .insertInto('invitations')
        .values({ hash, inviter: inviter ?? null, expires_ms: expiresMs, used: 0 })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute()
    },
    async open(inviter, nowMs) {
      const row = await db
        .selectFrom('invitations')
        .select(sql<number | string>`count(*)`.as('open'))
        .where('inviter', '=', inviter)
        .where('used', '=', 0)
        .where('expires_ms', '>', nowMs)
        .executeTakeFirstOrThrow()
      return Number(row.open)
    },
    async use(hash, nowMs) {
      const result = await db
        .updateTable('invitations')
        .set({ used: 1 })
        .where('hash', '=', hash)
        .where('used', '=', 0)
        .where('expires_ms', '>', nowMs)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },
    async dropExpired(nowMs) {
      await db.deleteFrom('invitations').where('expires_ms', '<=', nowMs).execute()
    },
  }
}

export function sqlEnrolments(db: Kysely<Schema>): EnrolmentTable {
  const columns = ['id', 'account', 'device', 'identity', 'possession', 'tag'] as const
  const read = (
    row: {
      [K in (typeof columns)[number]]: Schema['enrolments'][K]
    },
  ): StoredEnrolment => ({
    id: row.id as EnrolmentId,
    account: row.account as AccountId,
    device: row.device as DeviceId,
    identity: row.identity,
    possession: row.possession,
    tag: row.tag,
  })
  return {
    async get(id) {
      const row = await db.selectFrom('enrolments').select(columns).where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : read(row)
    },
    async byDevice(device) {
      const row = await db
        .selectFrom('enrolments')
        .select(columns)
        .where('device', '=', device)
        .executeTakeFirst()
      return row === undefined ? undefined : read(row)
    },
    async put(enrolment, createdMs) {
      const taken = await db
        .selectFrom('enrolments')
        .select('device')
        .where('id', '=', enrolment.id)
        .executeTakeFirst()
      if (taken !== undefined && taken.device !== enrolment.device)
        throw new VaultError('vault/conflict', 'this link was used by another device already')
      await db.deleteFrom('enrolments').where('id', '=', enrolment.id).execute()
      await db
        .insertInto('enrolments')
        .values({ ...enrolment, created_ms: createdMs })
        .execute()
    },
    async countWaiting(account) {
      const row = await db
        .selectFrom('enrolments')
        .select(sql<number | string>`count(*)`.as('open'))
        .where('account', '=', account)
        .where('device', 'not in', db.selectFrom('devices').select('device'))
        .executeTakeFirstOrThrow()
      return Number(row.open)
    },
    async dropOlder(beforeMs) {
      await db.deleteFrom('enrolments').where('created_ms', '<', beforeMs).execute()
    },
  }
}
