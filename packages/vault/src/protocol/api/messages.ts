import { MAX_BODY_BYTES } from '../log-entry.ts'
import { Bytes, Hash, IdText, LogName, Sequence, TimeMs } from './fields.ts'
import {
  array,
  boolean,
  integer,
  literal,
  nothing,
  object,
  oneOf,
  optional,
  type Static,
  text,
} from './schema.ts'

// Every JSON document that crosses the wire (docs/formats/vault.md lists the routes). The service validates what comes
// in, the client what comes back, by the same schemas.

const ENTRY_BYTES = MAX_BODY_BYTES + 256

export const ErrorBody = object({ code: text(), message: text() })

/** GET /v1/vault */
export const VaultInfo = object({
  schema: literal('warren.vault/1'),
  /** The vault's own id: what requests are signed for, whatever its address. */
  id: IdText,
  version: text(),
  /** The re-encryption suite of every key in this vault. */
  suite: oneOf(literal('cai-liu'), literal('split')),
  /** True until the first account is set up. */
  empty: boolean(),
  nowMs: TimeMs,
  maxChunkBytes: integer(),
})
export type VaultInfo = Static<typeof VaultInfo>

/** GET /v1/accounts: names are only as good as the logs behind them. */
export const AccountList = object({
  accounts: array(object({ id: IdText, name: text(), sequence: Sequence })),
})
export type AccountList = Static<typeof AccountList>

/** GET /v1/spaces: those that the caller may read. */
export const SpaceList = object({ spaces: array(object({ id: IdText, owner: IdText, sequence: Sequence })) })
export type SpaceList = Static<typeof SpaceList>

/**
 * GET /v1/log/{account|space}/{id}?from=N: entries from sequence number N on, `more` when the answer was cut. `before`
 * is the hash of entry N−1: who remembers it knows that these entries follow, without fetching it again. Null where
 * N is 0, and where the log has no such entry.
 */
export const LogPage = object({
  entries: array(Bytes(ENTRY_BYTES)),
  more: boolean(),
  before: oneOf(Hash, nothing()),
})
export type LogPage = Static<typeof LogPage>

/**
 * POST /v1/commit: everything that changes the vault's records. All of it happens, durably, or nothing. `head` is the
 * hash of the entry that the first new one follows (null for a new log): if it is not the head any more, 409.
 */
export const CommitRequest = object({
  appends: array(
    object({
      log: LogName,
      head: oneOf(Hash, nothing()),
      entries: array(Bytes(ENTRY_BYTES), { minItems: 1, maxItems: 4096 }),
    }),
    { maxItems: 64 },
  ),
  /** Encoded edges (edge.ts) to install. An edge with the same ends and purpose is replaced. */
  edges: array(Bytes(8192), { maxItems: 4096 }),
  /** Ids of edges of the caller's account to drop. */
  dropEdges: array(IdText, { maxItems: 4096 }),
  /** Chunks that the entries refer to: they must be there, durably, before the entries are. */
  chunks: array(IdText, { maxItems: 1 << 20 }),
  /** The space of `chunks`. */
  space: optional(IdText),
  /** Chunks of `space` that no version refers to any more; the owner's only. */
  dropChunks: array(IdText, { maxItems: 1 << 20 }),
  /** Encoded share packages (recovery.ts), with the entry that sets recovery up. */
  sharePackages: array(Bytes(80 * 1024), { maxItems: 32 }),
  /** The secret of an invitation, with the first entry of a new account. */
  invitation: optional(Bytes(32)),
})
export type CommitRequest = Static<typeof CommitRequest>

export const CommitResponse = object({
  heads: array(object({ log: LogName, sequence: Sequence, hash: Hash })),
})
export type CommitResponse = Static<typeof CommitResponse>

/**
 * GET /v1/spaces/{id}/epochs/{n}/key: the epoch's capsule, re-encrypted for the calling device.
 * GET /v1/spaces/{id}/epochs/{n}/owner-keys: the owner's capsule, likewise; for the owner's devices only.
 * GET /v1/share-packages/{owner}: the caller's own package of the setup in force (capsule, and the sealed shares).
 */
export const ReencryptedCapsule = object({
  capsule: Bytes(64 * 1024),
  /** Public keys along the chain, the first the capsule's own, the last the caller's. */
  chain: array(Bytes(1024)),
  sealed: optional(Bytes(8 * 1024)),
})
export type ReencryptedCapsule = Static<typeof ReencryptedCapsule>

/** GET /v1/edges: the edges into and out of the caller's account's keys, encoded, without re-encryption keys. */
export const EdgeList = object({
  edges: array(
    object({
      id: IdText,
      from: IdText,
      to: IdText,
      purpose: text(),
      space: optional(IdText),
      epoch: optional(integer()),
      account: optional(IdText),
      untilMs: optional(TimeMs),
    }),
  ),
})
export type EdgeList = Static<typeof EdgeList>

/** POST /v1/invitations: the service is told the hash of the secret only. */
export const InvitationRequest = object({ hash: Hash, expiresMs: TimeMs })
export type InvitationRequest = Static<typeof InvitationRequest>

/** POST /v1/private-clients. `group` is the introduction group; without it, the one that the caller is in. */
export const PrivateClientRequest = object({ group: optional(text({ maxLength: 64 })) })
export type PrivateClientRequest = Static<typeof PrivateClientRequest>

/** Its answer: the way to this vault for one more client (link.ts, `PrivateReach`). Secret. */
export const PrivateCredential = object({ network: Bytes(2048), credential: Bytes(128) })
export type PrivateCredential = Static<typeof PrivateCredential>

/**
 * GET /v1/private-clients. `account` is who used it, absent while nobody has; `maker` is absent for the first one.
 * `group` is there where there is more than one, and for the account that set the vault up.
 */
export const PrivateClientList = object({
  clients: array(
    object({
      account: optional(IdText),
      maker: optional(IdText),
      group: optional(text()),
      createdMs: TimeMs,
      connected: boolean(),
    }),
  ),
})
export type PrivateClientList = Static<typeof PrivateClientList>

/** DELETE /v1/private-clients/{account} */
export const PrivateClientsRemoved = object({ removed: integer() })
export type PrivateClientsRemoved = Static<typeof PrivateClientsRemoved>

/** POST /v1/access-requests: an encoded request (access-request.ts); the caller's earlier one to the same owner goes. */
export const AccessRequestPost = object({ request: Bytes(8 * 1024) })
export type AccessRequestPost = Static<typeof AccessRequestPost>

/**
 * GET /v1/access-requests: those to the caller's account, capsules re-encrypted for the calling device; without capsule
 * where no chain of keys leads to that device.
 */
export const AccessRequestList = object({
  requests: array(
    object({
      from: IdText,
      capsule: optional(Bytes(64 * 1024)),
      /** As in ReencryptedCapsule. */
      chain: optional(array(Bytes(1024))),
      sealed: optional(Bytes(1024)),
    }),
  ),
})
export type AccessRequestList = Static<typeof AccessRequestList>

/** POST /v1/enrolments/{id} by the new device, signed with its own new key; GET by the account's primary device. */
export const Enrolment = object({
  account: IdText,
  identity: Bytes(1024),
  possession: Bytes(1024),
  tag: Bytes(32),
})
export type Enrolment = Static<typeof Enrolment>

/** POST /v1/recoveries, signed by the new device with its own new key. `account` is an account's id or its name. */
export const RecoveryRequest = object({
  account: text({ minLength: 1, maxLength: 128 }),
  identity: Bytes(1024),
  possession: Bytes(1024),
})
export type RecoveryRequest = Static<typeof RecoveryRequest>

/** GET /v1/recoveries/{id} (the new device, a recovery user, or a device of the account). */
export const RecoveryStatus = object({
  id: IdText,
  account: IdText,
  name: text(),
  setup: IdText,
  threshold: integer(),
  users: array(IdText),
  identity: Bytes(1024),
  possession: Bytes(1024),
  requestedMs: TimeMs,
  approvals: array(Bytes(1024)),
  /** Users whose shares did not match their commitments, or whose keys were wrong. */
  rejected: array(object({ user: IdText, reason: text() })),
  state: oneOf(literal('waiting'), literal('ready'), literal('done'), literal('cancelled')),
})
export type RecoveryStatus = Static<typeof RecoveryStatus>

/** GET /v1/recoveries: those that the caller is asked to approve, and those of her own account. */
export const RecoveryList = object({ recoveries: array(RecoveryStatus) })
export type RecoveryList = Static<typeof RecoveryList>

/**
 * POST /v1/recoveries/{id}/approvals: the signed approval, the edge from the approver's primary to the new device, and
 * in a threshold setup her shares, one for each locked edge.
 */
export const ApprovalRequest = object({
  approval: Bytes(1024),
  edge: Bytes(8192),
  shares: array(Bytes(255), { maxItems: 32 }),
})
export type ApprovalRequest = Static<typeof ApprovalRequest>

/** HEAD or GET /v1/spaces/{id}/chunks/{chunk}, PUT the same; POST /v1/spaces/{id}/chunks (a batch, chunk.ts). */
export const ChunkFetchRequest = object({ chunks: array(IdText, { minItems: 1, maxItems: 8192 }) })
export type ChunkFetchRequest = Static<typeof ChunkFetchRequest>

/** POST /v1/spaces/{id}/chunks/missing: which of these are not there yet (resuming an upload). */
export const MissingChunks = object({ missing: array(IdText) })
export type MissingChunks = Static<typeof MissingChunks>
