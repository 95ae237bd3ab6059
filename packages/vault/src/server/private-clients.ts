import type { IncomingMessage } from 'node:http'
import type { AccountId, PrivateReach } from '../protocol/index.ts'

/** A client of the private service that the vault is: whoever holds its credential can tell that the vault exists. */
export interface KnownPrivateClient {
  id: string
  /** Whose requests came through it first; undefined while it is unused. */
  account: AccountId | undefined
  /** Who asked for it; undefined for the one in the set-up link. */
  maker: AccountId | undefined
  /** Its introduction group: clients of one share the service's introduction points. */
  group: string
  createdMs: number
  connected: boolean
}

/** What the vault asks of the private service under it. */
export interface PrivateClients {
  /**
   * Durable when it resolves. Without `group` it is in the group of the maker's own first client. Throws VaultError
   * `vault/bad-request` for a name that is none, `vault/conflict` where there are too many groups.
   */
  make(maker: AccountId, group?: string): Promise<PrivateReach>
  list(): readonly KnownPrivateClient[]
  /** Notes who speaks over a connection; nothing happens for one that came another way. */
  noteAccount(request: IncomingMessage, account: AccountId): void
  /** Ends these clients and their connections, at once and durably. */
  remove(ids: readonly string[]): Promise<void>
}
