import { type AccountState, primaryOf } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import type { Role } from '../protocol/space-entry.ts'
import { currentEpoch } from '../protocol/space-state.ts'
import { makeEdge } from './edges.ts'
import { openOwnerKeys } from './owner-keys.ts'
import type { Session } from './session.ts'
import { openSpace, type Space } from './spaces.ts'
import { appendToSpaceLog } from './write-space.ts'

export interface Grant {
  receiver: AccountState
  role: Role
  /** The service stops re-encrypting for the receiver then. */
  untilMs?: number | undefined
}

/**
 * Protocol 1 (3), from any device of the owner: one re-encryption key from the space to the receiver's primary device,
 * installed with its policy. Costs the same for one file and for a hundred thousand.
 *
 * The receiver's account was followed from its first device, so the key is that of whoever made the account; that this
 * is the person meant is what the two compare safety words for.
 */
export async function grantAccess(session: Session, space: Space, grant: Grant): Promise<Space> {
  const { receiver, role, untilMs } = grant
  if (receiver.id === space.state.owner)
    throw new VaultError('vault/conflict', `${receiver.name} owns this space`)
  const to = primaryOf(receiver).identity.encryptionKey
  // The space's secret key moves with its owner's primary device: it is opened as the log has it now.
  const today = await openSpace(session, space.state.id)
  return appendToSpaceLog(session, today, async (current) => {
    const secretKey = await openOwnerKeys(session, current.state)
    const { number, publicKey } = currentEpoch(current.state)
    const edge = await makeEdge(session, { publicKey, secretKey }, to, {
      kind: 'share',
      space: current.state.id,
      epoch: number,
      account: receiver.id,
      untilMs,
    })
    return { changes: [{ kind: 'member-in', account: receiver.id, role }], with: { edges: [edge] } }
  })
}
