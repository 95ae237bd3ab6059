import type { DeviceId } from '@warren/identity'
import type { Kysely, Selectable } from 'kysely'
import type { AccountId, RecoveryId, SetupId } from '../../protocol/index.ts'
import { batches } from './batches.ts'
import type { Schema } from './schema.ts'
import type { PackageTable, RecoveryState, RecoveryTable, StoredRecovery } from './store.ts'

const ROWS = 500

function read(row: Selectable<Schema['recoveries']>): StoredRecovery {
  return {
    id: row.id as RecoveryId,
    account: row.account as AccountId,
    setup: row.setup as SetupId,
    device: row.device as DeviceId,
    identity: row.identity,
    possession: row.possession,
    requestedMs: row.requested_ms,
    state: row.state as RecoveryState,
  }
}

export function sqlRecoveries(db: Kysely<Schema>): RecoveryTable {
  async function forget(ids: readonly string[]): Promise<void> {
    for (const some of batches(ids, ROWS)) {
      await db.deleteFrom('approvals').where('recovery', 'in', some).execute()
      await db.deleteFrom('rejections').where('recovery', 'in', some).execute()
      await db.deleteFrom('recoveries').where('id', 'in', some).execute()
    }
  }

  return {
    async get(id) {
      const row = await db.selectFrom('recoveries').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : read(row)
    },
    async byAccount(account) {
      const rows = await db.selectFrom('recoveries').selectAll().where('account', '=', account).execute()
      return rows.map(read)
    },
    async byDevice(device) {
      const rows = await db.selectFrom('recoveries').selectAll().where('device', '=', device).execute()
      return rows.map(read)
    },
    async open() {
      const rows = await db
        .selectFrom('recoveries')
        .selectAll()
        .where('state', 'in', ['waiting', 'ready'])
        .orderBy('requested_ms')
        .execute()
      return rows.map(read)
    },
    async put({ requestedMs, ...recovery }) {
      await db
        .insertInto('recoveries')
        .values({ ...recovery, requested_ms: requestedMs })
        .execute()
    },
    async setState(id, state) {
      await db.updateTable('recoveries').set({ state }).where('id', '=', id).execute()
    },
    async delete(id) {
      await forget([id])
    },
    async dropOld(overMs, waitingMs) {
      const rows = await db
        .selectFrom('recoveries')
        .select('id')
        .where((where) =>
          where.or([
            where.and([where('state', 'in', ['done', 'cancelled']), where('requested_ms', '<', overMs)]),
            where.and([where('state', '=', 'waiting'), where('requested_ms', '<', waitingMs)]),
          ]),
        )
        .execute()
      await forget(rows.map(({ id }) => id))
    },
    async approvals(id) {
      const rows = await db
        .selectFrom('approvals')
        .select(['user', 'approval', 'edge', 'shares'])
        .where('recovery', '=', id)
        .orderBy('user')
        .execute()
      return rows.map((row) => ({ ...row, user: row.user as AccountId }))
    },
    async approve(id, approval) {
      await db.deleteFrom('approvals').where('recovery', '=', id).where('user', '=', approval.user).execute()
      await db
        .insertInto('approvals')
        .values({ recovery: id, ...approval })
        .execute()
    },
    async forgetShares(id) {
      await db
        .updateTable('approvals')
        .set({ shares: new Uint8Array(0) })
        .where('recovery', '=', id)
        .execute()
    },
    async rejected(id) {
      const rows = await db
        .selectFrom('rejections')
        .select(['user', 'reason'])
        .where('recovery', '=', id)
        .orderBy('user')
        .execute()
      return rows.map((row) => ({ user: row.user as AccountId, reason: row.reason }))
    },
    async reject(id, user, reason) {
      await db
        .insertInto('rejections')
        .values({ recovery: id, user, reason })
        .onConflict((conflict) => conflict.columns(['recovery', 'user']).doUpdateSet({ reason }))
        .execute()
    },
    async clearRejection(id, user) {
      await db.deleteFrom('rejections').where('recovery', '=', id).where('user', '=', user).execute()
    },
  }
}

export function sqlPackages(db: Kysely<Schema>): PackageTable {
  return {
    async get(owner, user) {
      const row = await db
        .selectFrom('packages')
        .select('encoded')
        .where('owner', '=', owner)
        .where('user', '=', user)
        .executeTakeFirst()
      return row?.encoded
    },
    async put(owner, user, encoded) {
      await db
        .insertInto('packages')
        .values({ owner, user, encoded })
        .onConflict((conflict) => conflict.columns(['owner', 'user']).doUpdateSet({ encoded }))
        .execute()
    },
    async deleteOf(owner) {
      await db.deleteFrom('packages').where('owner', '=', owner).execute()
    },
  }
}
