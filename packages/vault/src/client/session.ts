import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import type { Suite } from '@warren/reencryption'
import type { AccountId, SpaceId } from '../protocol/ids.ts'
import { Accounts } from './accounts.ts'
import { VaultApi } from './api.ts'
import type { ClientEnvironment, Device } from './environment.ts'
import { SealedState } from './sealed-state.ts'
import type { RememberedSpace } from './spaces.ts'

/** A device of an account, in conversation with its vault. */
export interface Session {
  readonly account: AccountId
  readonly device: Device
  readonly api: VaultApi
  readonly accounts: Accounts
  /** Followed in this run. */
  readonly spaces: Map<SpaceId, RememberedSpace>
  /** The last call that follows each space, so that the next waits for it. */
  readonly turns: Map<SpaceId, Promise<unknown>>
  readonly state: SealedState
  readonly rng: Rng
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  suite(): Promise<Suite>
}

/** `vaultId`: what the device remembers of its vault; requests are signed for it and for no other. */
export function openSession(
  environment: ClientEnvironment,
  device: Device,
  account: AccountId,
  vaultId: string,
): Session {
  const api = new VaultApi(environment, device, vaultId)
  const state = new SealedState(environment.state, device.secrets.stateKey, environment.rng)
  const suite = () => environment.suite()
  return {
    account,
    device,
    api,
    accounts: new Accounts(api, state, suite),
    spaces: new Map(),
    turns: new Map(),
    state,
    rng: environment.rng,
    clock: environment.clock,
    signal: environment.signal,
    suite,
  }
}
