import type { DeviceId } from '@warren/identity'
import type {
  AccountId,
  ChunkId,
  EdgeId,
  EdgePurpose,
  EnrolmentId,
  Head,
  NodeId,
  RecoveryId,
  SetupId,
  SpaceId,
} from '../../protocol/index.ts'
import type { BlobId } from '../blobs/blobs.ts'

/** `account/…` or `space/…`, as in the API. */
export type LogName = `account/${AccountId}` | `space/${SpaceId}`

/** What the service keeps durably, apart from blobs. One interface; backends pass test/server/store-conformance.ts. */
export interface Store {
  /** What is durable. A transaction's writes are seen here only once they cannot be lost. */
  readonly view: Tables
  /**
   * Everything that `work` writes happens durably, or, when it rejects, nothing. Transactions run one after another;
   * those that wait together may become durable together (group commit). `work` awaits nothing but the tables.
   */
  transact<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface Tables {
  readonly meta: MetaTable
  readonly logs: LogTable
  readonly names: NameTable
  readonly edges: EdgeTable
  readonly chunks: ChunkTable
  readonly invitations: InvitationTable
  readonly enrolments: EnrolmentTable
  readonly recoveries: RecoveryTable
  readonly packages: PackageTable
  readonly capsules: CapsuleTable
  readonly accessRequests: AccessRequestTable
  readonly nonces: NonceTable
}

export interface MetaTable {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
}

export interface LogTable {
  head(log: LogName): Promise<Head | undefined>
  /** Every log, in order of its name. */
  names(): Promise<LogName[]>
  /** Entries from sequence number `from` on: at least one if there is one, at most `limitBytes` otherwise. */
  read(log: LogName, from: number, limitBytes: number): Promise<{ entries: Uint8Array[]; more: boolean }>
  append(log: LogName, entries: readonly Uint8Array[], head: Head): Promise<void>
}

/** What may exist once only in the whole vault. Claims that clash reject with VaultError `vault/conflict`. */
export interface NameTable {
  claimNames(account: AccountId, skeletons: readonly string[]): Promise<void>
  claimDevice(account: AccountId, device: DeviceId): Promise<void>
}

export interface StoredEdge {
  id: EdgeId
  from: NodeId
  to: NodeId
  purpose: EdgePurpose
  /** False for a locked key that recovery has not opened. */
  usable: boolean
}

export interface EdgeTable {
  all(): AsyncIterable<StoredEdge>
  /** The encoded edge, and its re-encryption key as it was unlocked, if it was. */
  get(id: EdgeId): Promise<{ encoded: Uint8Array; unlocked: Uint8Array | undefined } | undefined>
  put(edge: StoredEdge, encoded: Uint8Array): Promise<void>
  unlock(id: EdgeId, reencryptionKey: Uint8Array): Promise<void>
  delete(ids: readonly EdgeId[]): Promise<void>
}

export interface ChunkPlace {
  blob: BlobId
  offset: number
  length: number
}

export interface ChunkTable {
  find(space: SpaceId, chunk: ChunkId): Promise<ChunkPlace | undefined>
  findAll(space: SpaceId, chunks: readonly ChunkId[]): Promise<Map<ChunkId, ChunkPlace>>
  /** Those that are not there yet are put in; gives how many, and their bytes. */
  add(
    space: SpaceId,
    chunks: readonly (ChunkPlace & { id: ChunkId })[],
    createdMs: number,
  ): Promise<{ chunks: number; bytes: number }>
  /** Marks them as referred to; gives how many of them there are. */
  keep(space: SpaceId, chunks: readonly ChunkId[]): Promise<number>
  drop(space: SpaceId, chunks: readonly ChunkId[]): Promise<void>
  /** Drops what no commit referred to and is older; gives how many. */
  dropAbandoned(beforeMs: number): Promise<number>
  /** Of these blobs, those that hold no chunk. */
  unreferenced(blobs: readonly BlobId[]): Promise<BlobId[]>
  totalBytes(): Promise<number>
}

export interface InvitationTable {
  put(hash: string, inviter: AccountId | undefined, expiresMs: number): Promise<void>
  open(inviter: AccountId, nowMs: number): Promise<number>
  /** Burns it. Gives false when it is unknown, expired or used. */
  use(hash: string, nowMs: number): Promise<boolean>
  dropExpired(nowMs: number): Promise<void>
}

export interface StoredEnrolment {
  id: EnrolmentId
  account: AccountId
  device: DeviceId
  identity: Uint8Array
  possession: Uint8Array
  tag: Uint8Array
}

export interface EnrolmentTable {
  get(id: EnrolmentId): Promise<StoredEnrolment | undefined>
  /** The signing identity under which a device that no account has yet has announced itself. */
  byDevice(device: DeviceId): Promise<StoredEnrolment | undefined>
  /** Rejects with `vault/conflict` when the id is taken by another device. */
  put(enrolment: StoredEnrolment, createdMs: number): Promise<void>
  /** How many wait for this account: of devices that no account has taken in. */
  countWaiting(account: AccountId): Promise<number>
  dropOlder(beforeMs: number): Promise<void>
}

export type RecoveryState = 'waiting' | 'ready' | 'done' | 'cancelled'

export interface StoredRecovery {
  id: RecoveryId
  account: AccountId
  setup: SetupId
  device: DeviceId
  identity: Uint8Array
  possession: Uint8Array
  requestedMs: number
  state: RecoveryState
}

export interface StoredApproval {
  user: AccountId
  approval: Uint8Array
  edge: Uint8Array
  /** Her shares (protocol/recovery.ts), forgotten when the recovery is over. */
  shares: Uint8Array
}

export interface RecoveryTable {
  get(id: RecoveryId): Promise<StoredRecovery | undefined>
  byAccount(account: AccountId): Promise<StoredRecovery[]>
  byDevice(device: DeviceId): Promise<StoredRecovery[]>
  /** Those that are waiting or ready. */
  open(): Promise<StoredRecovery[]>
  put(recovery: StoredRecovery): Promise<void>
  setState(id: RecoveryId, state: RecoveryState): Promise<void>
  /** Forgets it, with approvals and rejections. */
  delete(id: RecoveryId): Promise<void>
  /** Forgets those that are over and were asked for before `overMs`, and those that still wait since before `waitingMs`. */
  dropOld(overMs: number, waitingMs: number): Promise<void>
  approvals(id: RecoveryId): Promise<StoredApproval[]>
  approve(id: RecoveryId, approval: StoredApproval): Promise<void>
  forgetShares(id: RecoveryId): Promise<void>
  rejected(id: RecoveryId): Promise<{ user: AccountId; reason: string }[]>
  reject(id: RecoveryId, user: AccountId, reason: string): Promise<void>
  clearRejection(id: RecoveryId, user: AccountId): Promise<void>
}

export interface PackageTable {
  get(owner: AccountId, user: AccountId): Promise<Uint8Array | undefined>
  put(owner: AccountId, user: AccountId, encoded: Uint8Array): Promise<void>
  deleteOf(owner: AccountId): Promise<void>
}

export interface StoredAccessRequest {
  owner: AccountId
  asker: AccountId
  /** The owner's key that the request is for: her primary device's when it came. */
  recipient: NodeId
  encoded: Uint8Array
}

export interface AccessRequestTable {
  /** Those that wait for this owner. */
  of(owner: AccountId): Promise<StoredAccessRequest[]>
  /** How many wait for this owner that are not by `asker`. */
  countOthers(owner: AccountId, asker: AccountId): Promise<number>
  /** Takes the place of the one before by the same asker. */
  put(request: StoredAccessRequest): Promise<void>
  /** Gives false when there was none. */
  delete(owner: AccountId, asker: AccountId): Promise<boolean>
}

/** Nonces of signed requests that must not be taken a second time. */
export interface NonceTable {
  /** Remembers it until then, and forgets those that have ended. Gives false when it is there already. */
  add(device: DeviceId, nonce: string, untilMs: number, nowMs: number): Promise<boolean>
}

/** A capsule re-encrypted for one device (§4.5 caching). */
export interface CachedCapsule {
  /** Hash of the capsule as it was taken in. */
  source: string
  device: DeviceId
  account: AccountId
  space: SpaceId | undefined
  capsule: Uint8Array
  chain: readonly Uint8Array[]
  /** End of the first share on its way to end. */
  untilMs: number | undefined
}

export interface CapsuleTable {
  get(source: string, device: DeviceId): Promise<CachedCapsule | undefined>
  put(cached: CachedCapsule): Promise<void>
  dropAccount(account: AccountId): Promise<void>
  dropMember(space: SpaceId, account: AccountId): Promise<void>
  /** Drops the oldest until `limit` are left. */
  trim(limit: number): Promise<void>
}
