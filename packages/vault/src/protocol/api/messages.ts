import { type Static, Type } from 'typebox'
import { MAX_BODY_BYTES } from '../log-entry.ts'
import { Bytes, Hash, IdText, LogName, Sequence, TimeMs } from './fields.ts'

// Every JSON document that crosses the wire (docs/formats/vault.md lists the routes). The service validates what comes
// in, the client what comes back, by the same schemas.

const ENTRY_BYTES = MAX_BODY_BYTES + 256
const closed = { additionalProperties: false }

export const ErrorBody = Type.Object({ code: Type.String(), message: Type.String() }, closed)

/** GET /v1/vault */
export const VaultInfo = Type.Object(
  {
    schema: Type.Literal('warren.vault/1'),
    /** The vault's own id: what requests are signed for, whatever its address. */
    id: IdText,
    version: Type.String(),
    /** The re-encryption suite of every key in this vault. */
    suite: Type.Union([Type.Literal('cai-liu'), Type.Literal('split')]),
    /** True until the first account is set up. */
    empty: Type.Boolean(),
    nowMs: TimeMs,
    maxChunkBytes: Type.Integer(),
  },
  closed,
)
export type VaultInfo = Static<typeof VaultInfo>

/** GET /v1/accounts: names are only as good as the logs behind them. */
export const AccountList = Type.Object(
  { accounts: Type.Array(Type.Object({ id: IdText, name: Type.String(), sequence: Sequence }, closed)) },
  closed,
)
export type AccountList = Static<typeof AccountList>

/** GET /v1/spaces: those that the caller may read. */
export const SpaceList = Type.Object(
  { spaces: Type.Array(Type.Object({ id: IdText, owner: IdText, sequence: Sequence }, closed)) },
  closed,
)
export type SpaceList = Static<typeof SpaceList>

/** GET /v1/log/{account|space}/{id}?from=N: entries from sequence number N on, `more` when the answer was cut. */
export const LogPage = Type.Object({ entries: Type.Array(Bytes(ENTRY_BYTES)), more: Type.Boolean() }, closed)
export type LogPage = Static<typeof LogPage>

/**
 * POST /v1/commit: everything that changes the vault's records. All of it happens, durably, or nothing. `head` is the
 * hash of the entry that the first new one follows (null for a new log): if it is not the head any more, 409.
 */
export const CommitRequest = Type.Object(
  {
    appends: Type.Array(
      Type.Object(
        {
          log: LogName,
          head: Type.Union([Hash, Type.Null()]),
          entries: Type.Array(Bytes(ENTRY_BYTES), { minItems: 1, maxItems: 4096 }),
        },
        closed,
      ),
      { maxItems: 64 },
    ),
    /** Encoded edges (edge.ts) to install. An edge with the same ends and purpose is replaced. */
    edges: Type.Array(Bytes(8192), { maxItems: 4096 }),
    /** Ids of edges of the caller's account to drop. */
    dropEdges: Type.Array(IdText, { maxItems: 4096 }),
    /** Chunks that the entries refer to: they must be there, durably, before the entries are. */
    chunks: Type.Array(IdText, { maxItems: 1 << 20 }),
    /** The space of `chunks`. */
    space: Type.Optional(IdText),
    /** Chunks of `space` that no version refers to any more. */
    dropChunks: Type.Array(IdText, { maxItems: 1 << 20 }),
    /** Encoded share packages (recovery.ts), with the entry that sets recovery up. */
    sharePackages: Type.Array(Bytes(80 * 1024), { maxItems: 32 }),
    /** The secret of an invitation, with the first entry of a new account. */
    invitation: Type.Optional(Bytes(32)),
  },
  closed,
)
export type CommitRequest = Static<typeof CommitRequest>

export const CommitResponse = Type.Object(
  { heads: Type.Array(Type.Object({ log: LogName, sequence: Sequence, hash: Hash }, closed)) },
  closed,
)
export type CommitResponse = Static<typeof CommitResponse>

/**
 * GET /v1/spaces/{id}/epochs/{n}/key: the epoch's capsule, re-encrypted for the calling device.
 * GET /v1/spaces/{id}/epochs/{n}/owner-keys: the owner's capsule, likewise; for the owner's devices only.
 * GET /v1/share-packages/{owner}: the caller's own package of the setup in force (capsule, and the sealed shares).
 */
export const ReencryptedCapsule = Type.Object(
  {
    capsule: Bytes(64 * 1024),
    /** Public keys along the chain, the first the capsule's own, the last the caller's. */
    chain: Type.Array(Bytes(1024)),
    sealed: Type.Optional(Bytes(8 * 1024)),
  },
  closed,
)
export type ReencryptedCapsule = Static<typeof ReencryptedCapsule>

/** GET /v1/edges: the edges into and out of the caller's account's keys, encoded, without re-encryption keys. */
export const EdgeList = Type.Object(
  {
    edges: Type.Array(
      Type.Object(
        {
          id: IdText,
          from: IdText,
          to: IdText,
          purpose: Type.String(),
          space: Type.Optional(IdText),
          epoch: Type.Optional(Type.Integer()),
          account: Type.Optional(IdText),
          untilMs: Type.Optional(TimeMs),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type EdgeList = Static<typeof EdgeList>

/** POST /v1/invitations: the service is told the hash of the secret only. */
export const InvitationRequest = Type.Object({ hash: Hash, expiresMs: TimeMs }, closed)
export type InvitationRequest = Static<typeof InvitationRequest>

/** POST /v1/enrolments/{id} by the new device, signed with its own new key; GET by the account's primary device. */
export const Enrolment = Type.Object(
  { account: IdText, identity: Bytes(1024), possession: Bytes(1024), tag: Bytes(32) },
  closed,
)
export type Enrolment = Static<typeof Enrolment>

/** POST /v1/recoveries, signed by the new device with its own new key. `account` is an account's id or its name. */
export const RecoveryRequest = Type.Object(
  { account: Type.String({ minLength: 1, maxLength: 128 }), identity: Bytes(1024), possession: Bytes(1024) },
  closed,
)
export type RecoveryRequest = Static<typeof RecoveryRequest>

/** GET /v1/recoveries/{id} (the new device, a recovery user, or a device of the account). */
export const RecoveryStatus = Type.Object(
  {
    id: IdText,
    account: IdText,
    name: Type.String(),
    setup: IdText,
    threshold: Type.Integer(),
    users: Type.Array(IdText),
    identity: Bytes(1024),
    possession: Bytes(1024),
    requestedMs: TimeMs,
    approvals: Type.Array(Bytes(1024)),
    /** Users whose shares did not match their commitments, or whose keys were wrong. */
    rejected: Type.Array(Type.Object({ user: IdText, reason: Type.String() }, closed)),
    state: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('ready'),
      Type.Literal('done'),
      Type.Literal('cancelled'),
    ]),
  },
  closed,
)
export type RecoveryStatus = Static<typeof RecoveryStatus>

/** GET /v1/recoveries: those that the caller is asked to approve, and those of her own account. */
export const RecoveryList = Type.Object({ recoveries: Type.Array(RecoveryStatus) }, closed)
export type RecoveryList = Static<typeof RecoveryList>

/**
 * POST /v1/recoveries/{id}/approvals: the signed approval, the edge from the approver's primary to the new device, and
 * in a threshold setup her shares, one for each locked edge.
 */
export const ApprovalRequest = Type.Object(
  { approval: Bytes(1024), edge: Bytes(8192), shares: Type.Array(Bytes(255), { maxItems: 32 }) },
  closed,
)
export type ApprovalRequest = Static<typeof ApprovalRequest>

/** HEAD or GET /v1/spaces/{id}/chunks/{chunk}, PUT the same; POST /v1/spaces/{id}/chunks (a batch, chunk.ts). */
export const ChunkFetchRequest = Type.Object(
  { chunks: Type.Array(IdText, { minItems: 1, maxItems: 8192 }) },
  closed,
)
export type ChunkFetchRequest = Static<typeof ChunkFetchRequest>

/** POST /v1/spaces/{id}/chunks/missing: which of these are not there yet (resuming an upload). */
export const MissingChunks = Type.Object({ missing: Type.Array(IdText) }, closed)
export type MissingChunks = Static<typeof MissingChunks>
