import { type DeviceId, deviceIdBytes, deviceIdFromBytes, type Signer, signDetached } from '@warren/identity'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { sha256 } from '@warren/primitives/hash'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type AccountId, accountIds, ID_BYTES, type SpaceId, spaceIds } from './ids.ts'
import { verifies } from './signature.ts'

const VERSION = 1
export const HASH_BYTES = 32
const SIGNATURE_BYTES = 64
/** A body is at most this long; operations are split over entries before that. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024
const SIGNATURE_DOMAIN = 'warren/vault/log-entry/1'
const HASH_DOMAIN = utf8('warren/log-hash/1')

export type LogRef = { kind: 'account'; id: AccountId } | { kind: 'space'; id: SpaceId }

/** The head of a log: the sequence number and hash of its last entry. */
export interface Head {
  sequence: number
  hash: Uint8Array
}

/**
 * One entry of an append-only log (docs/formats/vault.md). The chain of hashes fixes everything before it; the
 * signature names the device that wrote it.
 */
export interface LogEntry {
  log: LogRef
  sequence: number
  /** All zero in the first entry. */
  previous: Uint8Array
  author: { account: AccountId; device: DeviceId }
  /** The author's clock: for people, never for order. */
  writtenAtMs: number
  kind: number
  body: Uint8Array
}

/** An entry as it travels: decoded, but its author not yet believed. */
export interface SignedLogEntry {
  /** For routing only, until `verifyLogEntry` has passed. */
  unverified: LogEntry
  signed: Uint8Array
  signature: Uint8Array
  encoded: Uint8Array
}

function encodeUnsigned(entry: LogEntry): Uint8Array<ArrayBuffer> {
  return new ByteWriter(256 + entry.body.length)
    .u8(VERSION)
    .u8(entry.log.kind === 'account' ? 1 : 2)
    .raw(entry.log.kind === 'account' ? accountIds.toBytes(entry.log.id) : spaceIds.toBytes(entry.log.id))
    .u64(entry.sequence)
    .raw(entry.previous)
    .raw(accountIds.toBytes(entry.author.account))
    .raw(deviceIdBytes(entry.author.device))
    .u64(entry.writtenAtMs)
    .u8(entry.kind)
    .bytes32(entry.body)
    .finish()
}

export async function signLogEntry(entry: LogEntry, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const unsigned = encodeUnsigned(entry)
  return concatBytes(unsigned, await signDetached(SIGNATURE_DOMAIN, unsigned, signer))
}

/** Throws DecodeError. */
export function decodeLogEntry(encoded: Uint8Array): SignedLogEntry {
  const reader = new ByteReader(encoded, 'log entry')
  if (reader.u8() !== VERSION) throw new DecodeError('log entry: unknown version')
  const logKind = reader.u8()
  if (logKind !== 1 && logKind !== 2) throw new DecodeError('log entry: unknown kind of log')
  const id = reader.raw(ID_BYTES)
  const log: LogRef =
    logKind === 1
      ? { kind: 'account', id: accountIds.fromBytes(id) }
      : { kind: 'space', id: spaceIds.fromBytes(id) }
  const sequence = reader.u64()
  const previous = reader.raw(HASH_BYTES)
  const account = accountIds.fromBytes(reader.raw(ID_BYTES))
  const device = deviceIdFromBytes(reader.raw(ID_BYTES))
  const writtenAtMs = reader.u64()
  const kind = reader.u8()
  const body = reader.bytes32(MAX_BODY_BYTES)
  const signed = encoded.subarray(0, reader.offset)
  const signature = reader.raw(SIGNATURE_BYTES)
  reader.end()
  return {
    unverified: { log, sequence, previous, author: { account, device }, writtenAtMs, kind, body },
    signed,
    signature,
    encoded,
  }
}

/** The entry, if `signingKey` signed it; undefined otherwise. */
export function verifyLogEntry(entry: SignedLogEntry, signingKey: Uint8Array): LogEntry | undefined {
  return verifies(SIGNATURE_DOMAIN, entry, signingKey) ? entry.unverified : undefined
}

/** What the next entry names as `previous`: it covers the signature too. */
export function hashLogEntry(encoded: Uint8Array): Uint8Array {
  return sha256(HASH_DOMAIN, encoded)
}

export const NO_PREVIOUS: Uint8Array = new Uint8Array(HASH_BYTES)
