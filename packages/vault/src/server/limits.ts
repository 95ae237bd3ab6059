const MIB = 2 ** 20
const DAY_MS = 24 * 3600 * 1000

/** What one vault gives at most. Every bound of the service is here or in the protocol. */
export interface Limits {
  /** All chunks together. */
  totalBytes: number
  chunkBytes: number
  /** A batch of chunks, either way. */
  batchBytes: number
  /** A JSON document. */
  documentBytes: number
  /** A JSON document from a device that no account has. */
  newcomerBytes: number
  accounts: number
  /** Spaces that one account owns. */
  spacesPerAccount: number
  openInvitationsPerAccount: number
  invitationMs: number
  openEnrolmentsPerAccount: number
  /** Requests for access that wait for one owner. */
  accessRequestsPerAccount: number
  openRecoveriesPerAccount: number
  openRecoveries: number
  /** A page of a log. */
  pageBytes: number
  cachedCapsules: number
  eventStreams: number
  eventStreamsPerDevice: number
  /** Events that wait for a slow reader before it is sent away. */
  queuedEvents: number
  requestMs: number
  clockToleranceSeconds: number
  replayNonces: number
  replayNoncesPerKey: number
  /** Of devices that no account has. */
  replayNoncesOfNewcomers: number
  /** How long somebody who lost her devices may take to gather approvals. */
  recoveryMs: number
  abandonedMs: number
}

export const DEFAULT_LIMITS: Limits = {
  totalBytes: Number.MAX_SAFE_INTEGER,
  chunkBytes: 16 * MIB + 64,
  batchBytes: 64 * MIB,
  documentBytes: 48 * MIB,
  newcomerBytes: 64 * 1024,
  accounts: 10_000,
  spacesPerAccount: 10_000,
  openInvitationsPerAccount: 100,
  invitationMs: 30 * DAY_MS,
  openEnrolmentsPerAccount: 16,
  accessRequestsPerAccount: 64,
  openRecoveriesPerAccount: 8,
  openRecoveries: 256,
  pageBytes: 4 * MIB,
  cachedCapsules: 100_000,
  eventStreams: 4096,
  eventStreamsPerDevice: 4,
  queuedEvents: 256,
  requestMs: 300_000,
  clockToleranceSeconds: 300,
  replayNonces: 1_000_000,
  replayNoncesPerKey: 100_000,
  replayNoncesOfNewcomers: 50_000,
  recoveryMs: 30 * DAY_MS,
  abandonedMs: 7 * DAY_MS,
}
