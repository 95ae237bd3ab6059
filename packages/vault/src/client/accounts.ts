import { equalBytes } from '@warren/primitives/bytes'
import type { Suite } from '@warren/reencryption'
import { decodeAccountChange } from '../protocol/account-entry.ts'
import { type AccountState, applyAccountEntry } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId } from '../protocol/ids.ts'
import { decodeLogEntry, type LogRef, type SignedLogEntry } from '../protocol/log-entry.ts'
import { decodeApproval } from '../protocol/recovery.ts'
import { asAnswer, decodeBytes, type VaultApi } from './api.ts'
import type { SealedState } from './sealed-state.ts'

interface Fetched {
  /** Decoded and not yet believed. */
  entries: SignedLogEntry[]
  /** What the service says the entry before them hashes to. */
  before: Uint8Array | undefined
}

/** All entries from `from` on. */
async function fetchEntries(api: VaultApi, log: LogRef, from: number): Promise<Fetched> {
  const entries: SignedLogEntry[] = []
  let before: string | null | undefined
  for (;;) {
    const page = await api.log(log, from + entries.length)
    if (before === undefined) before = page.before
    for (const text of page.entries) entries.push(asAnswer(() => decodeLogEntry(decodeBytes(text))))
    if (!page.more) return { entries, before: before === null ? undefined : decodeBytes(before) }
    if (page.entries.length === 0)
      throw new VaultError('vault/response', 'the vault sent an empty page of a log')
  }
}

/**
 * The entries that follow a remembered head, for which the service must still have the entry at that head: a shorter
 * log is a rollback, another entry in its place a fork.
 */
export async function fetchAfter(
  api: VaultApi,
  log: LogRef,
  head: { sequence: number; hash: Uint8Array } | undefined,
): Promise<SignedLogEntry[]> {
  if (head === undefined) return (await fetchEntries(api, log, 0)).entries
  const { entries, before } = await fetchEntries(api, log, head.sequence + 1)
  if (before === undefined)
    throw new VaultError(
      'vault/rollback',
      `the vault has gone back behind what this device saw of ${log.kind} ${log.id}`,
    )
  if (!equalBytes(before, head.hash))
    throw new VaultError(
      'vault/fork',
      `the vault shows this device another history of ${log.kind} ${log.id} than before`,
    )
  return entries
}

/** The accounts that this device knows, each as far as its log was verified. */
export class Accounts {
  readonly #api: VaultApi
  readonly #state: SealedState
  readonly #suite: () => Promise<Suite>
  readonly #known = new Map<AccountId, AccountState>()
  readonly #fresh = new Set<AccountId>()

  constructor(api: VaultApi, state: SealedState, suite: () => Promise<Suite>) {
    this.#api = api
    this.#state = state
    this.#suite = suite
  }

  /** The account as its log stands now: fetched once in a run, unless `again`. */
  async account(id: AccountId, again = false): Promise<AccountState> {
    const known = this.#known.get(id) ?? (await this.#state.read<AccountState>(`account-${id}`))
    if (known !== undefined && this.#fresh.has(id) && !again) return known
    const entries = await fetchAfter(this.#api, { kind: 'account', id }, known?.head)
    let state = known
    if (entries.length > 0) {
      const suite = await this.#suite()
      for (const entry of entries) {
        await this.#loadApprovers(entry)
        const before: AccountState | undefined = state
        state = asAnswer(() =>
          applyAccountEntry(before, entry, {
            checkPossession: (key, proof, context) => suite.checkPossession(key, proof, context),
            account: (other) => this.#known.get(other),
          }),
        )
      }
    }
    if (state === undefined) throw new VaultError('vault/not-found', `the vault has no account ${id}`)
    if (state.id !== id)
      throw new VaultError('vault/log', `the vault sent the log of another account than ${id}`)
    if (state !== known) await this.#state.write(`account-${id}`, state)
    this.#known.set(id, state)
    this.#fresh.add(id)
    return state
  }

  /** Already followed in this run; for code that cannot wait. */
  get(id: AccountId): AccountState | undefined {
    return this.#known.get(id)
  }

  /** An approval counts only against its author's own account: that is followed first. */
  async #loadApprovers(entry: SignedLogEntry): Promise<void> {
    const { kind, body, log } = entry.unverified
    const approvers = asAnswer(() => {
      const change = decodeAccountChange(kind, body)
      return change.kind === 'recovered'
        ? change.approvals.map((encoded) => decodeApproval(encoded).unverified.approver.account)
        : []
    })
    for (const approver of approvers) if (log.id !== approver) await this.account(approver)
  }

  /** By name (as everybody sees it) or id. Throws VaultError `vault/not-found`. */
  async find(typed: string): Promise<AccountState> {
    const nameOrId = typed.trim().normalize('NFC')
    const { accounts } = await this.#api.accounts()
    const match = accounts.find((account) => account.id === nameOrId || account.name === nameOrId)
    if (match === undefined)
      throw new VaultError(
        'vault/not-found',
        `there is nobody called ${JSON.stringify(nameOrId)} in this vault`,
      )
    const state = await this.account(match.id as AccountId)
    // The list is the service's word; the name that counts is in the signed log.
    if (match.id !== nameOrId && state.name !== nameOrId)
      throw new VaultError('vault/response', 'the vault gave an account another name than it has')
    return state
  }

  async all(): Promise<AccountState[]> {
    const { accounts } = await this.#api.accounts()
    const states: AccountState[] = []
    for (const { id } of accounts) states.push(await this.account(id as AccountId))
    return states
  }
}
