import { encodeDeviceIdentity } from '@warren/identity'
import { deviceAt } from '../protocol/account-state.ts'
import type { RecoveryStatus } from '../protocol/api/messages.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId, RecoveryId, SetupId } from '../protocol/ids.ts'
import { Accounts } from './accounts.ts'
import { decodeBytes, encodeBytes, VaultApi } from './api.ts'
import { enrolledDevice } from './device-secrets.ts'
import type { ClientEnvironment, Device } from './environment.ts'
import { SealedState } from './sealed-state.ts'
import { appendToAccount } from './write-log.ts'

const POLL_MS = 300

/** What a new device has asked for, kept until it is done: the command may be stopped and called again. */
export interface PendingRecovery {
  id: RecoveryId
  vaultId: string
}

/** Protocol 2 (R2, R3), on the new device: ask for the account's recovery under the device's new key. */
export async function requestRecovery(
  environment: ClientEnvironment,
  device: Device,
  accountNameOrId: string,
): Promise<{ pending: PendingRecovery; status: RecoveryStatus }> {
  const vault = await new VaultApi(environment).vault()
  const enrolled = enrolledDevice(device, await environment.suite(), environment.rng)
  const status = await new VaultApi(environment, device, vault.id).requestRecovery({
    account: accountNameOrId,
    identity: encodeBytes(encodeDeviceIdentity(enrolled.identity)),
    possession: encodeBytes(enrolled.possession),
  })
  return { pending: { id: status.id as RecoveryId, vaultId: vault.id }, status }
}

/**
 * Waits until the threshold of recovery users has approved, then writes the entry that makes this device the account's
 * primary one. `onStatus` is told of every approval and every rejected share.
 */
export async function completeRecovery(
  environment: ClientEnvironment,
  device: Device,
  pending: PendingRecovery,
  onStatus: (status: RecoveryStatus) => void,
): Promise<AccountId> {
  const api = new VaultApi(environment, device, pending.vaultId)
  const suite = await environment.suite()
  const status = await awaitReady(environment, api, pending.id, onStatus)
  const id = status.account as AccountId
  const state = new SealedState(environment.state, device.secrets.stateKey, environment.rng)
  const account = await new Accounts(api, state, () => environment.suite()).account(id, true)
  // Done by a call before this one, which ended before it could take note of it.
  if (status.state === 'done' && deviceAt(account, device.id, account.head.sequence) !== undefined) return id
  const append = await appendToAccount(
    id,
    account.head,
    [
      {
        kind: 'recovered',
        device: enrolledDevice(device, suite, environment.rng),
        setup: status.setup as SetupId,
        approvals: status.approvals.map(decodeBytes),
      },
    ],
    { account: id, device, nowMs: environment.clock.now() },
  )
  await api.commit({ appends: [append] })
  return id
}

async function awaitReady(
  environment: ClientEnvironment,
  api: VaultApi,
  id: RecoveryId,
  onStatus: (status: RecoveryStatus) => void,
): Promise<RecoveryStatus> {
  for (;;) {
    const status = await api.recovery(id)
    onStatus(status)
    switch (status.state) {
      case 'ready':
      case 'done':
        return status
      case 'cancelled':
        throw new VaultError('vault/recovery', 'this recovery was cancelled by a device of the account')
      case 'waiting':
        await environment.clock.sleep(POLL_MS, environment.signal)
        break
      default:
        status.state satisfies never
    }
  }
}
