import { type DeviceId, deviceIdBytes, deviceIdFromBytes, type Signer, signDetached } from '@warren/identity'
import { concatBytes } from '@warren/primitives/bytes'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import {
  type AccountId,
  accountIds,
  ID_BYTES,
  type SetupId,
  type SpaceId,
  setupIds,
  spaceIds,
} from './ids.ts'
import { verifies } from './signature.ts'

/**
 * Why a re-encryption key exists, and so where the service may use it (its policy):
 * `owner` space → owner's primary; `share` space → member's primary; `device` primary → another device of the account;
 * `recovery-out` primary → recovery user (only ever followed by the next); `recovery-in` recovery user → new primary.
 */
export type EdgePurpose =
  | { kind: 'owner'; space: SpaceId; epoch: number }
  | { kind: 'share'; space: SpaceId; epoch: number; account: AccountId; untilMs: number | undefined }
  | { kind: 'device'; account: AccountId }
  | { kind: 'recovery-out'; account: AccountId; setup: SetupId; user: AccountId; locked: boolean }
  | { kind: 'recovery-in'; account: AccountId; setup: SetupId; user: AccountId }

/** An edge of the key graph: a re-encryption key with its policy, signed by the device that made it. */
export interface Edge {
  /** Public keys, not their hashes: the service checks the re-encryption key against them. */
  from: Uint8Array
  to: Uint8Array
  purpose: EdgePurpose
  author: { account: AccountId; device: DeviceId }
  /** The key itself; in a locked `recovery-out` edge what is left of it without its shared 32 bytes. */
  reencryptionKey: Uint8Array
}

export interface SignedEdge {
  unverified: Edge
  signed: Uint8Array
  signature: Uint8Array
  encoded: Uint8Array
}

const VERSION = 1
const DOMAIN = 'warren/vault/edge/1'
const SIGNATURE_BYTES = 64
const MAX_KEY_BYTES = 1024
const MAX_REENCRYPTION_KEY_BYTES = 4096
const KINDS = {
  owner: 1,
  share: 2,
  device: 3,
  'recovery-out': 4,
  'recovery-in': 5,
} as const satisfies Record<EdgePurpose['kind'], number>

function writePurpose(writer: ByteWriter, purpose: EdgePurpose): void {
  writer.u8(KINDS[purpose.kind])
  switch (purpose.kind) {
    case 'owner':
      writer.raw(spaceIds.toBytes(purpose.space)).u32(purpose.epoch)
      break
    case 'share':
      writer
        .raw(spaceIds.toBytes(purpose.space))
        .u32(purpose.epoch)
        .raw(accountIds.toBytes(purpose.account))
        .u64(purpose.untilMs ?? 0)
      break
    case 'device':
      writer.raw(accountIds.toBytes(purpose.account))
      break
    case 'recovery-out':
    case 'recovery-in':
      writer
        .raw(accountIds.toBytes(purpose.account))
        .raw(setupIds.toBytes(purpose.setup))
        .raw(accountIds.toBytes(purpose.user))
      if (purpose.kind === 'recovery-out') writer.u8(purpose.locked ? 1 : 0)
      break
    default:
      purpose satisfies never
  }
}

function readPurpose(reader: ByteReader): EdgePurpose {
  const kind = reader.u8()
  const space = () => spaceIds.fromBytes(reader.raw(ID_BYTES))
  const account = () => accountIds.fromBytes(reader.raw(ID_BYTES))
  const setup = () => setupIds.fromBytes(reader.raw(ID_BYTES))
  switch (kind) {
    case KINDS.owner:
      return { kind: 'owner', space: space(), epoch: reader.u32() }
    case KINDS.share: {
      const purpose = { kind: 'share' as const, space: space(), epoch: reader.u32(), account: account() }
      const untilMs = reader.u64()
      return { ...purpose, untilMs: untilMs === 0 ? undefined : untilMs }
    }
    case KINDS.device:
      return { kind: 'device', account: account() }
    case KINDS['recovery-out']: {
      const purpose = { kind: 'recovery-out' as const, account: account(), setup: setup(), user: account() }
      const locked = reader.u8()
      if (locked > 1) throw new DecodeError('edge: flag out of range')
      return { ...purpose, locked: locked === 1 }
    }
    case KINDS['recovery-in']:
      return { kind: 'recovery-in', account: account(), setup: setup(), user: account() }
    default:
      throw new DecodeError('edge: unknown purpose')
  }
}

export async function signEdge(edge: Edge, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter(1536).u8(VERSION).bytes16(edge.from).bytes16(edge.to)
  writePurpose(writer, edge.purpose)
  const unsigned = writer
    .raw(accountIds.toBytes(edge.author.account))
    .raw(deviceIdBytes(edge.author.device))
    .bytes16(edge.reencryptionKey)
    .finish()
  return concatBytes(unsigned, await signDetached(DOMAIN, unsigned, signer))
}

/** Throws DecodeError. */
export function decodeEdge(encoded: Uint8Array): SignedEdge {
  const reader = new ByteReader(encoded, 'edge')
  if (reader.u8() !== VERSION) throw new DecodeError('edge: unknown version')
  const from = reader.bytes16(MAX_KEY_BYTES)
  const to = reader.bytes16(MAX_KEY_BYTES)
  const purpose = readPurpose(reader)
  const author = {
    account: accountIds.fromBytes(reader.raw(ID_BYTES)),
    device: deviceIdFromBytes(reader.raw(ID_BYTES)),
  }
  const reencryptionKey = reader.bytes16(MAX_REENCRYPTION_KEY_BYTES)
  const signed = encoded.subarray(0, reader.offset)
  const signature = reader.raw(SIGNATURE_BYTES)
  reader.end()
  return { unverified: { from, to, purpose, author, reencryptionKey }, signed, signature, encoded }
}

/** The edge, if `signingKey` signed it; undefined otherwise. */
export function verifyEdge(edge: SignedEdge, signingKey: Uint8Array): Edge | undefined {
  return verifies(DOMAIN, edge, signingKey) ? edge.unverified : undefined
}
