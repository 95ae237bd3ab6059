import type { DeviceId } from '@warren/identity'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import type { Kysely } from 'kysely'
import type { AccountId, SpaceId } from '../../protocol/index.ts'
import type { Schema } from './schema.ts'
import type { CapsuleTable } from './store.ts'

function encodeChain(chain: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(1024).u8(chain.length)
  for (const key of chain) writer.bytes16(key)
  return writer.finish()
}

function decodeChain(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes, 'cached chain')
  const chain = Array.from({ length: reader.u8() }, () => reader.bytes16())
  reader.end()
  return chain
}

export function sqlCapsules(db: Kysely<Schema>): CapsuleTable {
  return {
    async get(source, device) {
      const row = await db
        .selectFrom('capsules')
        .selectAll()
        .where('source', '=', source)
        .where('device', '=', device)
        .executeTakeFirst()
      return row === undefined
        ? undefined
        : {
            source,
            device: row.device as DeviceId,
            account: row.account as AccountId,
            space: (row.space as SpaceId | null) ?? undefined,
            capsule: row.capsule,
            chain: decodeChain(row.chain),
            untilMs: row.until_ms ?? undefined,
          }
    },
    async put(cached) {
      const { source, device } = cached
      await db.deleteFrom('capsules').where('source', '=', source).where('device', '=', device).execute()
      await db
        .insertInto('capsules')
        .values({
          source,
          device,
          account: cached.account,
          space: cached.space ?? null,
          capsule: cached.capsule,
          chain: encodeChain(cached.chain),
          until_ms: cached.untilMs ?? null,
        })
        .execute()
    },
    async dropAccount(account) {
      await db.deleteFrom('capsules').where('account', '=', account).execute()
    },
    async dropMember(space, account) {
      await db.deleteFrom('capsules').where('space', '=', space).where('account', '=', account).execute()
    },
    async trim(limit) {
      await db
        .deleteFrom('capsules')
        .where(
          'serial',
          'in',
          db
            .selectFrom('capsules')
            .select('serial')
            .orderBy('serial', 'desc')
            .offset(limit)
            .limit(1 << 20),
        )
        .execute()
    },
  }
}
