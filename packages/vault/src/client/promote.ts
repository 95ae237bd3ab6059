import type { DeviceId } from '@warren/identity'
import type { AccountChange } from '../protocol/account-entry.ts'
import { currentDevices } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import { refresh } from './refresh.ts'
import type { Session } from './session.ts'
import { appendToAccount } from './write-log.ts'

async function changeAccount(session: Session, changes: readonly AccountChange[]): Promise<void> {
  const account = await session.accounts.account(session.account, true)
  const append = await appendToAccount(session.account, account.head, changes, {
    account: session.account,
    device: session.device,
    nowMs: session.clock.now(),
  })
  await session.api.commit({ appends: [append] })
  await session.accounts.account(session.account, true)
}

/**
 * Protocol 2 (R1): this secondary device becomes the primary one, and re-makes the outgoing re-encryption keys of the
 * old one. `lost`: the old primary is gone, and is taken out of the account.
 */
export async function promote(session: Session, lost: boolean): Promise<void> {
  const account = await session.accounts.account(session.account, true)
  if (account.primary === session.device.id)
    throw new VaultError('vault/conflict', 'this device is the primary one already')
  const changes: AccountChange[] = [{ kind: 'primary-changed', primary: session.device.id }]
  if (lost) changes.push({ kind: 'device-removed', device: account.primary })
  await changeAccount(session, changes)
  await refresh(session)
}

/** Takes a device out of the account: the service serves it no more. */
export async function removeDevice(session: Session, id: DeviceId): Promise<void> {
  const account = await session.accounts.account(session.account, true)
  if (!currentDevices(account).some((device) => device.id === id))
    throw new VaultError('vault/not-found', 'the account has no such device')
  if (id === account.primary)
    throw new VaultError('vault/conflict', 'this is the primary device: make another one primary first')
  await changeAccount(session, [{ kind: 'device-removed', device: id }])
}
