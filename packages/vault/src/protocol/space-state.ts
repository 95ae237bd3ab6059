import { equalBytes } from '@warren/primitives/bytes'
import type { AccountState } from './account-state.ts'
import { VaultError } from './errors.ts'
import type { AccountId, SpaceId } from './ids.ts'
import {
  type Head,
  hashLogEntry,
  type LogEntry,
  NO_PREVIOUS,
  type SignedLogEntry,
  verifyLogEntry,
} from './log-entry.ts'
import { decodeSpaceChange, type Epoch, type Role, type SpaceChange } from './space-entry.ts'

/** What a space's verified log says without its keys: the part that the service sees too. Never changed in place. */
export interface SpaceState {
  id: SpaceId
  owner: AccountId
  head: Head
  members: ReadonlyMap<AccountId, Role>
  /** Every epoch, by number; the last is in force. */
  epochs: readonly Epoch[]
}

export interface SpaceContext {
  /** The verified state of an account; undefined when it is not known. */
  account(id: AccountId): AccountState | undefined
}

function refuse(message: string): never {
  throw new VaultError('vault/log', `space log: ${message}`)
}

export function currentEpoch(state: SpaceState): Epoch {
  return state.epochs.at(-1) ?? refuse('has no epoch')
}

export function mayRead(state: SpaceState, account: AccountId): boolean {
  return state.owner === account || state.members.has(account)
}

export function mayWrite(state: SpaceState, account: AccountId): boolean {
  return state.owner === account || state.members.get(account) === 'writer'
}

/**
 * The entry, if a device of its author's account signed it. The two logs have no common order, so a device that was
 * removed since still vouches for what it wrote before: that it wrote nothing after is the service's to enforce, and
 * the space's owner can see and undo it (docs/threat-model.md).
 */
function verified(signed: SignedLogEntry, context: SpaceContext): LogEntry {
  const { author } = signed.unverified
  const device = context.account(author.account)?.devices.get(author.device)
  const entry = device === undefined ? undefined : verifyLogEntry(signed, device.identity.signingKey)
  return entry ?? refuse(`entry ${signed.unverified.sequence} is not signed by its author`)
}

function begin(signed: SignedLogEntry, context: SpaceContext): SpaceState {
  const entry = verified(signed, context)
  const change = decodeSpaceChange(entry.kind, entry.body)
  if (entry.log.kind !== 'space' || change.kind !== 'created')
    return refuse('does not begin with its creation')
  if (entry.sequence !== 0 || !equalBytes(entry.previous, NO_PREVIOUS))
    return refuse('its first entry is not the first')
  if (change.epoch.number !== 0 || change.epoch.previousKey.length !== 0)
    return refuse('does not begin with epoch 0')
  return {
    id: entry.log.id,
    owner: entry.author.account,
    head: { sequence: 0, hash: hashLogEntry(signed.encoded) },
    members: new Map(),
    epochs: [change.epoch],
  }
}

function applyChange(state: SpaceState, author: AccountId, change: SpaceChange): SpaceState {
  const byOwner = author === state.owner
  switch (change.kind) {
    case 'created':
      return refuse('is created twice')
    case 'operations':
      if (!mayWrite(state, author)) return refuse('was written by somebody who may not')
      if (change.epoch !== currentEpoch(state).number)
        return refuse('was written under an epoch that is not in force')
      return state
    case 'member-in':
      if (!byOwner || change.account === state.owner)
        return refuse('a member was let in by somebody who may not')
      return { ...state, members: new Map(state.members).set(change.account, change.role) }
    case 'member-out': {
      if (!byOwner && author !== change.account) return refuse('a member was removed by somebody who may not')
      if (!state.members.has(change.account)) return refuse('removes a member that it does not have')
      const members = new Map(state.members)
      members.delete(change.account)
      return { ...state, members }
    }
    case 'epoch':
      if (!byOwner || change.epoch.number !== state.epochs.length)
        return refuse('its epochs do not follow one another')
      return { ...state, epochs: [...state.epochs, change.epoch] }
    case 'owner-keys': {
      const old = state.epochs[change.epoch]
      if (!byOwner || old === undefined) return refuse('its keys were changed by somebody who may not')
      return { ...state, epochs: state.epochs.with(change.epoch, { ...old, ownerKeys: change.ownerKeys }) }
    }
    default:
      return change satisfies never
  }
}

/** Follows one more entry, or the first. Throws VaultError `vault/log`, or DecodeError. */
export function applySpaceEntry(
  state: SpaceState | undefined,
  signed: SignedLogEntry,
  context: SpaceContext,
): SpaceState {
  if (state === undefined) return begin(signed, context)
  const claimed = signed.unverified
  if (claimed.log.kind !== 'space' || claimed.log.id !== state.id)
    return refuse('has an entry of another log')
  if (claimed.sequence !== state.head.sequence + 1 || !equalBytes(claimed.previous, state.head.hash))
    return refuse(`entry ${claimed.sequence} does not follow the one before`)
  const entry = verified(signed, context)
  const next = applyChange(state, entry.author.account, decodeSpaceChange(entry.kind, entry.body))
  return { ...next, head: { sequence: entry.sequence, hash: hashLogEntry(signed.encoded) } }
}
