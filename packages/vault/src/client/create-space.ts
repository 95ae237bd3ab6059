import { primaryOf } from '../protocol/account-state.ts'
import { type SpaceId, spaceIds } from '../protocol/ids.ts'
import { sealOperations } from '../protocol/operation.ts'
import { checkName } from '../protocol/paths.ts'
import { OPERATIONS_SALT_BYTES } from '../protocol/space-entry.ts'
import { makeEdge } from './edges.ts'
import { makeEpoch } from './owner-keys.ts'
import type { Session } from './session.ts'
import { appendToSpace } from './write-log.ts'

/** A new folder tree that can be shared as one, with keys of its own. */
export async function createSpace(session: Session, name: string): Promise<SpaceId> {
  const checked = checkName(name)
  const { account, device, rng } = session
  const suite = await session.suite()
  const primary = primaryOf(await session.accounts.account(account, true)).identity.encryptionKey
  const id = spaceIds.random(rng)
  const { epoch, secretKey, key } = makeEpoch(suite, primary, id, 0, undefined, rng)
  const salt = rng.bytes(OPERATIONS_SALT_BYTES)
  const sealed = sealOperations([{ kind: 'name', name: checked }], key, id, 0, salt)
  const append = await appendToSpace(
    id,
    undefined,
    [
      { kind: 'created', epoch },
      { kind: 'operations', epoch: 0, salt, sealed },
    ],
    { account, device, nowMs: session.clock.now() },
  )
  const edge = await makeEdge(session, { publicKey: epoch.publicKey, secretKey }, primary, {
    kind: 'owner',
    space: id,
    epoch: 0,
  })
  await session.api.commit({ appends: [append], edges: [edge] })
  return id
}
