import type { DeviceId } from '@warren/identity'
import {
  type AccountContext,
  type AccountDevice,
  type AccountId,
  type AccountState,
  applyAccountEntry,
  applySpaceEntry,
  decodeLogEntry,
  type SignedLogEntry,
  type SpaceId,
  type SpaceState,
  VaultError,
} from '../../protocol/index.ts'
import type { LogName, Store } from '../store/store.ts'

const PAGE_BYTES = 8 * 2 ** 20

/** A device of an account, today. */
export interface KnownDevice {
  account: AccountState
  device: AccountDevice
}

/** What all logs together say, in memory: read at the start, moved on by each commit once it is durable. */
export class Ledger {
  readonly #accounts = new Map<AccountId, AccountState>()
  readonly #spaces = new Map<SpaceId, SpaceState>()
  /** Every device that any account has or had: a device belongs to one account for ever. */
  readonly #accountOf = new Map<DeviceId, AccountId>()

  account(id: AccountId): AccountState | undefined {
    return this.#accounts.get(id)
  }
  space(id: SpaceId): SpaceState | undefined {
    return this.#spaces.get(id)
  }
  accounts(): Iterable<AccountState> {
    return this.#accounts.values()
  }
  spaces(): Iterable<SpaceState> {
    return this.#spaces.values()
  }
  get empty(): boolean {
    return this.#accounts.size === 0
  }
  get accountCount(): number {
    return this.#accounts.size
  }
  get spaceCount(): number {
    return this.#spaces.size
  }

  /** The account that has or had this device. */
  accountOf(device: DeviceId): AccountId | undefined {
    return this.#accountOf.get(device)
  }

  device(id: DeviceId): KnownDevice | undefined {
    const owner = this.#accountOf.get(id)
    const account = owner === undefined ? undefined : this.#accounts.get(owner)
    const device = account?.devices.get(id)
    return account === undefined || device === undefined || device.removedAt !== undefined
      ? undefined
      : { account, device }
  }

  /** Takes over the states of a commit that is durable. */
  publish(accounts: Iterable<AccountState>, spaces: Iterable<SpaceState>): void {
    for (const account of accounts) {
      const known = this.#accounts.get(account.id)
      if (known !== undefined && known.head.sequence >= account.head.sequence) continue
      this.#accounts.set(account.id, account)
      for (const device of account.devices.keys()) this.#accountOf.set(device, account.id)
    }
    for (const space of spaces) {
      const known = this.#spaces.get(space.id)
      if (known === undefined || known.head.sequence < space.head.sequence) this.#spaces.set(space.id, space)
    }
  }
}

async function* entriesOf(store: Store, log: LogName): AsyncGenerator<SignedLogEntry> {
  for (let from = 0; ; ) {
    const page = await store.view.logs.read(log, from, PAGE_BYTES)
    for (const encoded of page.entries) yield decodeLogEntry(encoded)
    from += page.entries.length
    if (!page.more) return
  }
}

/**
 * Follows every log from its beginning. Signatures are checked again (a damaged disk is found here), proofs of
 * possession are not: they were checked when the entry was taken in. Rejects with `vault/state`.
 */
export async function readLedger(store: Store): Promise<Ledger> {
  const ledger = new Ledger()
  const names = await store.view.logs.names()
  try {
    await followAccounts(
      store,
      names.filter((name) => name.startsWith('account/')),
      ledger,
    )
    for (const name of names.filter((text) => text.startsWith('space/'))) {
      let state: SpaceState | undefined
      const context = { account: (id: AccountId) => ledger.account(id) }
      for await (const entry of entriesOf(store, name)) state = applySpaceEntry(state, entry, context)
      if (state !== undefined) ledger.publish([], [state])
    }
  } catch (cause) {
    throw new VaultError('vault/state', 'a log of the vault is damaged: restore it from a backup', { cause })
  }
  return ledger
}

/** An account's log, as far as it has been followed. */
interface Following {
  entries: AsyncGenerator<SignedLogEntry>
  next: SignedLogEntry | undefined
}

/** A recovery's approvals stand on other accounts' logs, which may stand on this one's: in rounds, as far as each goes. */
async function followAccounts(store: Store, names: readonly LogName[], ledger: Ledger): Promise<void> {
  const context: AccountContext = {
    checkPossession: () => undefined,
    account: (id) => ledger.account(id),
  }
  let left: Following[] = names.map((name) => ({ entries: entriesOf(store, name), next: undefined }))
  while (left.length > 0) {
    const still: Following[] = []
    let moved = false
    let failure: unknown
    for (const log of left)
      while ((log.next ??= (await log.entries.next()).value as SignedLogEntry | undefined) !== undefined) {
        const known = ledger.account(log.next.unverified.log.id as AccountId)
        try {
          ledger.publish([applyAccountEntry(known, log.next, context)], [])
        } catch (error) {
          failure = error
          still.push(log)
          break
        }
        log.next = undefined
        moved = true
      }
    if (!moved && still.length > 0) throw failure
    left = still
  }
}
