import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type AccountId, accountIds, ID_BYTES } from './ids.ts'
import { MAX_BODY_BYTES } from './log-entry.ts'

/** What a member may do. The owner is not a member: she may do everything. */
export type Role = 'reader' | 'writer'

/**
 * The keys of one epoch (specs: space, epoch). `capsule` is for the space's public key and yields the epoch key;
 * `ownerKeys` lets the owner's devices get the space's secret key, and nobody else.
 */
export interface Epoch {
  number: number
  publicKey: Uint8Array
  capsule: Uint8Array
  /** Fixes the epoch key in the signed log: a service that sends another key in another capsule is found out. */
  keyCheck: Uint8Array
  ownerKeys: OwnerKeys
  /** The key of the epoch before, sealed under this one's; empty in the first. */
  previousKey: Uint8Array
}

/** The space's secret key, sealed under a capsule for the owner's primary device. */
export interface OwnerKeys {
  /** The public key that `capsule` is for. */
  recipient: Uint8Array
  capsule: Uint8Array
  sealedSecretKey: Uint8Array
}

export type SpaceChange =
  | { kind: 'created'; epoch: Epoch }
  | { kind: 'operations'; epoch: number; salt: Uint8Array; sealed: Uint8Array }
  | { kind: 'member-in'; account: AccountId; role: Role }
  | { kind: 'member-out'; account: AccountId }
  | { kind: 'epoch'; epoch: Epoch }
  /** Refresh (§4.5): the secret key re-encapsulated for the owner's new primary device, at level 1. */
  | { kind: 'owner-keys'; epoch: number; ownerKeys: OwnerKeys }

const KINDS = {
  created: 1,
  operations: 2,
  'member-in': 3,
  'member-out': 4,
  epoch: 5,
  'owner-keys': 6,
} as const satisfies Record<SpaceChange['kind'], number>

export const OPERATIONS_SALT_BYTES = 16
const KEY_CHECK_BYTES = 32
const MAX_KEY_BYTES = 1024
const MAX_CAPSULE_BYTES = 4096
const MAX_SEALED_KEY_BYTES = 256

function writeOwnerKeys(writer: ByteWriter, keys: OwnerKeys): ByteWriter {
  return writer.bytes16(keys.recipient).bytes16(keys.capsule).bytes16(keys.sealedSecretKey)
}

function readOwnerKeys(reader: ByteReader): OwnerKeys {
  return {
    recipient: reader.bytes16(MAX_KEY_BYTES),
    capsule: reader.bytes16(MAX_CAPSULE_BYTES),
    sealedSecretKey: reader.bytes16(MAX_SEALED_KEY_BYTES),
  }
}

function writeEpoch(writer: ByteWriter, epoch: Epoch): ByteWriter {
  writer.u32(epoch.number).bytes16(epoch.publicKey).bytes16(epoch.capsule).raw(epoch.keyCheck)
  return writeOwnerKeys(writer, epoch.ownerKeys).bytes16(epoch.previousKey)
}

function readEpoch(reader: ByteReader): Epoch {
  return {
    number: reader.u32(),
    publicKey: reader.bytes16(MAX_KEY_BYTES),
    capsule: reader.bytes16(MAX_CAPSULE_BYTES),
    keyCheck: reader.raw(KEY_CHECK_BYTES),
    ownerKeys: readOwnerKeys(reader),
    previousKey: reader.bytes16(MAX_SEALED_KEY_BYTES),
  }
}

/** The entry's kind and body. */
export function encodeSpaceChange(change: SpaceChange): { kind: number; body: Uint8Array<ArrayBuffer> } {
  const writer = new ByteWriter(1024)
  switch (change.kind) {
    case 'created':
    case 'epoch':
      writeEpoch(writer, change.epoch)
      break
    case 'operations':
      writer.u32(change.epoch).raw(change.salt).bytes32(change.sealed)
      break
    case 'member-in':
      writer.raw(accountIds.toBytes(change.account)).u8(change.role === 'reader' ? 1 : 2)
      break
    case 'member-out':
      writer.raw(accountIds.toBytes(change.account))
      break
    case 'owner-keys':
      writeOwnerKeys(writer.u32(change.epoch), change.ownerKeys)
      break
    default:
      change satisfies never
  }
  return { kind: KINDS[change.kind], body: writer.finish() }
}

/** Throws DecodeError. */
export function decodeSpaceChange(kind: number, body: Uint8Array): SpaceChange {
  const reader = new ByteReader(body, 'space entry')
  const change = read(kind, reader)
  reader.end()
  return change
}

function readRole(reader: ByteReader): Role {
  const role = reader.u8()
  if (role !== 1 && role !== 2) throw new DecodeError('space entry: unknown role')
  return role === 1 ? 'reader' : 'writer'
}

function read(kind: number, reader: ByteReader): SpaceChange {
  switch (kind) {
    case KINDS.created:
      return { kind: 'created', epoch: readEpoch(reader) }
    case KINDS.operations:
      return {
        kind: 'operations',
        epoch: reader.u32(),
        salt: reader.raw(OPERATIONS_SALT_BYTES),
        sealed: reader.bytes32(MAX_BODY_BYTES),
      }
    case KINDS['member-in']:
      return {
        kind: 'member-in',
        account: accountIds.fromBytes(reader.raw(ID_BYTES)),
        role: readRole(reader),
      }
    case KINDS['member-out']:
      return { kind: 'member-out', account: accountIds.fromBytes(reader.raw(ID_BYTES)) }
    case KINDS.epoch:
      return { kind: 'epoch', epoch: readEpoch(reader) }
    case KINDS['owner-keys']:
      return { kind: 'owner-keys', epoch: reader.u32(), ownerKeys: readOwnerKeys(reader) }
    default:
      throw new DecodeError('space entry: unknown kind')
  }
}
