import type { DeviceId, DeviceIdentity } from '@warren/identity'
import { equalBytes } from '@warren/primitives/bytes'
import {
  type AccountDevice,
  type AccountId,
  type AccountState,
  type EdgeId,
  type Head,
  type RecoveryId,
  type SetupId,
  type SpaceId,
  type SpaceState,
  VaultError,
} from '../../protocol/index.ts'
import type { Check } from '../reencryptor/work.ts'
import type { LogName, StoredEdge } from '../store/store.ts'
import type { Ledger } from './ledger.ts'

/** Who makes a request: a device of an account today, or one that no account has yet. */
export type Caller =
  | { kind: 'device'; account: AccountId; device: DeviceId }
  | { kind: 'newcomer'; device: DeviceId; identity: DeviceIdentity | undefined }

export interface PlannedAppend {
  log: LogName
  entries: readonly Uint8Array[]
  head: Head
}

/** Everything that a commit does, worked out before anything is written. */
export class Plan {
  readonly #ledger: Ledger
  /** Heads that the checks relied on: if one has moved by the time of writing, everything is checked again. */
  readonly reliedOn = new Map<LogName, Head | undefined>()
  readonly accounts = new Map<AccountId, AccountState>()
  readonly spaces = new Map<SpaceId, SpaceState>()
  readonly appends: PlannedAppend[] = []
  readonly edgesIn: { stored: StoredEdge; encoded: Uint8Array }[] = []
  readonly edgesOut = new Set<EdgeId>()
  /** Checks that take pairings. */
  readonly checks: Check[] = []
  readonly newDevices: { account: AccountId; device: DeviceId }[] = []
  readonly newNames: { account: AccountId; skeletons: readonly string[] }[] = []
  /** Hash of the invitation to burn. */
  invitation: string | undefined
  readonly packages: { owner: AccountId; user: AccountId; encoded: Uint8Array }[] = []
  readonly packagesOut = new Set<AccountId>()
  /** The account that this commit brings back, and under which setup. */
  recovered: { account: AccountId; setup: SetupId } | undefined
  /** The account whose recovery this commit sets up (or switches off). */
  newSetup: AccountState | undefined
  readonly recoveriesDone = new Set<RecoveryId>()
  readonly recoveriesCancelled = new Set<RecoveryId>()
  readonly forgetAccounts = new Set<AccountId>()
  readonly forgetMembers: { space: SpaceId; account: AccountId }[] = []

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  account(id: AccountId): AccountState | undefined {
    const planned = this.accounts.get(id)
    if (planned !== undefined) return planned
    const state = this.#ledger.account(id)
    this.#rely(`account/${id}`, state?.head)
    return state
  }

  space(id: SpaceId): SpaceState | undefined {
    const planned = this.spaces.get(id)
    if (planned !== undefined) return planned
    const state = this.#ledger.space(id)
    this.#rely(`space/${id}`, state?.head)
    return state
  }

  #rely(log: LogName, head: Head | undefined): void {
    if (!this.reliedOn.has(log)) this.reliedOn.set(log, head)
  }

  needAccount(id: AccountId): AccountState {
    return this.account(id) ?? refuse('vault/not-found', 'there is no such account')
  }
  needSpace(id: SpaceId): SpaceState {
    return this.space(id) ?? refuse('vault/not-found', 'there is no such space')
  }
}

export function refuse(code: ConstructorParameters<typeof VaultError>[0], message: string): never {
  throw new VaultError(code, message)
}

/** The device of the account whose key this is, now or once. */
export function deviceOfKey(account: AccountState, publicKey: Uint8Array): AccountDevice | undefined {
  for (const device of account.devices.values())
    if (equalBytes(device.identity.encryptionKey, publicKey)) return device
  return undefined
}
