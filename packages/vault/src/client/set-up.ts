import { accountName } from '@warren/identity'
import { base64urlText } from '@warren/primitives/encoding'
import { encodeAccountChange, type Genesis } from '../protocol/account-entry.ts'
import { VaultError } from '../protocol/errors.ts'
import { type AccountId, accountIdOf } from '../protocol/ids.ts'
import type { Link } from '../protocol/link.ts'
import { Accounts } from './accounts.ts'
import { VaultApi } from './api.ts'
import { enrolledDevice } from './device-secrets.ts'
import type { ClientEnvironment, Device } from './environment.ts'
import { SealedState } from './sealed-state.ts'
import { appendToAccount } from './write-log.ts'

const SALT_BYTES = 16

/**
 * Protocol 1 (0), on the primary device: its keys exist; certify the public key by the account's first entry, and
 * install it at the service under an invitation. Throws VaultError `vault/invitation` for one that is spent.
 */
export async function setUpAccount(
  environment: ClientEnvironment,
  device: Device,
  link: Link,
  name: string,
): Promise<{ account: AccountId; vaultId: string }> {
  if (link.kind !== 'invitation')
    throw new VaultError(
      'vault/invitation',
      'this link adds a device to an account, it does not make an account',
    )
  const vault = await new VaultApi(environment).vault()
  const suite = await environment.suite()
  const genesis: Genesis = {
    kind: 'genesis',
    name: accountName(name),
    salt: environment.rng.bytes(SALT_BYTES),
    device: enrolledDevice(device, suite, environment.rng),
  }
  const account = accountIdOf(encodeAccountChange(genesis).body)
  const append = await appendToAccount(account, undefined, [genesis], {
    account,
    device,
    nowMs: environment.clock.now(),
  })
  await new VaultApi(environment, device, vault.id).commit({
    appends: [append],
    invitation: base64urlText.encode(link.secret.reveal()),
  })
  return { account, vaultId: vault.id }
}

/**
 * The account that this device belongs to already: for a set-up that was stopped after the service had acknowledged it
 * and before the device could note it. Undefined when there is none.
 */
export async function accountOfDevice(
  environment: ClientEnvironment,
  device: Device,
  vaultId: string,
): Promise<AccountId | undefined> {
  const api = new VaultApi(environment, device, vaultId)
  const state = new SealedState(environment.state, device.secrets.stateKey, environment.rng)
  try {
    const accounts = await new Accounts(api, state, () => environment.suite()).all()
    return accounts.find((account) => account.devices.has(device.id))?.id
  } catch (error) {
    // A device of no account is refused: that is the answer.
    if (error instanceof VaultError && error.kind === 'auth-failed') return undefined
    throw error
  }
}
