import { open, seal } from '@warren/primitives/aead'
import { WarrenError } from '@warren/primitives/errors'
import {
  type AccessWish,
  accessRequestContext,
  decodeAccessWish,
  encodeAccessRequest,
  encodeAccessWish,
} from '../protocol/access-request.ts'
import { type AccountState, primaryOf } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId } from '../protocol/ids.ts'
import type { Role } from '../protocol/space-entry.ts'
import { decodeBytes, encodeBytes } from './api.ts'
import type { Session } from './session.ts'

// Every capsule yields a key of its own, which seals one thing.
const NONCE = new Uint8Array(12)

/**
 * Protocol 1 (3): asks `owner` for access to a space of hers. Takes the place of what this account asked her before.
 * That she has such a space is not known: her answer is a grant, or nothing.
 */
export async function askForAccess(
  session: Session,
  owner: AccountState,
  spaceName: string,
  role: Role,
): Promise<void> {
  if (owner.id === session.account)
    throw new VaultError('vault/bad-request', 'you need not ask for spaces of your own')
  const suite = await session.suite()
  const context = accessRequestContext(session.account, owner.id)
  const { key, capsule } = suite.encapsulate(primaryOf(owner).identity.encryptionKey, context, session.rng)
  const sealed = seal(key.reveal(), NONCE, encodeAccessWish({ spaceName, role }), context)
  const request = encodeAccessRequest({ from: session.account, to: owner.id, capsule, sealed })
  await session.api.askForAccess({ request: encodeBytes(request) })
}

export interface WaitingRequest {
  from: AccountState
  /** Undefined when it does not open: whoever made it made it wrongly, or for a device that is lost. */
  wish: AccessWish | undefined
}

/** What others ask of this account. Says nothing of who they are: compare safety words before granting. */
export async function accessRequests(session: Session): Promise<WaitingRequest[]> {
  const { requests } = await session.api.accessRequests()
  if (requests.length === 0) return []
  const suite = await session.suite()
  const waiting: WaitingRequest[] = []
  for (const { from: text, capsule, sealed } of requests) {
    const from = await session.accounts.account(text as AccountId)
    let wish: AccessWish | undefined
    if (capsule !== undefined && sealed !== undefined)
      try {
        const context = accessRequestContext(from.id, session.account)
        const key = suite.decapsulate(session.device.secrets.encryptionKey, decodeBytes(capsule), context)
        wish = decodeAccessWish(open(key.reveal(), NONCE, decodeBytes(sealed), context))
      } catch (error) {
        // What one of them sent must not hide the others.
        if (!(error instanceof WarrenError)) throw error
      }
    waiting.push({ from, wish })
  }
  return waiting
}

/** Declines it, or clears it once it is granted. Throws VaultError `vault/not-found` when nothing waits. */
export async function dismissRequest(session: Session, from: AccountId): Promise<void> {
  await session.api.dismissAccessRequest(from)
}
