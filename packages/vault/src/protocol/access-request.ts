import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type AccountId, accountIds, ID_BYTES } from './ids.ts'
import { checkName } from './paths.ts'
import type { Role } from './space-entry.ts'

const VERSION = 1
const ROLES = { reader: 1, writer: 2 } as const satisfies Record<Role, number>
const MAX_NAME_BYTES = 255
const MAX_CAPSULE_BYTES = 4096
const MAX_SEALED_BYTES = 512

/** What is asked for: a space as its owner calls it, and what to do in it. Only the owner reads this. */
export interface AccessWish {
  spaceName: string
  role: Role
}

/**
 * Protocol 1 (3), first half: the receiver asks the owner for access. The service keeps it until the owner has decided,
 * and sees who asks whom. It is not signed beyond the request that brings it: what it says is a reason to ask back, and
 * what the owner grants is granted to the account that `from` names, under that account's own key.
 */
export interface AccessRequest {
  from: AccountId
  to: AccountId
  /** Level 1, for the primary device of `to`. */
  capsule: Uint8Array
  sealed: Uint8Array
}

/** Throws VaultError `vault/name`. */
export function encodeAccessWish({ spaceName, role }: AccessWish): Uint8Array<ArrayBuffer> {
  return new ByteWriter(64).text16(checkName(spaceName)).u8(ROLES[role]).finish()
}

/** Throws DecodeError, or VaultError `vault/name`. */
export function decodeAccessWish(encoded: Uint8Array): AccessWish {
  const reader = new ByteReader(encoded, 'access wish')
  const spaceName = reader.text16(MAX_NAME_BYTES)
  if (checkName(spaceName) !== spaceName) throw new DecodeError('access wish: its name is not in normal form')
  const code = reader.u8()
  reader.end()
  if (code === ROLES.reader) return { spaceName, role: 'reader' }
  if (code === ROLES.writer) return { spaceName, role: 'writer' }
  throw new DecodeError('access wish: unknown role')
}

export function encodeAccessRequest(request: AccessRequest): Uint8Array<ArrayBuffer> {
  return new ByteWriter(512)
    .u8(VERSION)
    .raw(accountIds.toBytes(request.from))
    .raw(accountIds.toBytes(request.to))
    .bytes16(request.capsule)
    .bytes16(request.sealed)
    .finish()
}

/** Throws DecodeError. */
export function decodeAccessRequest(encoded: Uint8Array): AccessRequest {
  const reader = new ByteReader(encoded, 'access request')
  if (reader.u8() !== VERSION) throw new DecodeError('access request: unknown version')
  const request = {
    from: accountIds.fromBytes(reader.raw(ID_BYTES)),
    to: accountIds.fromBytes(reader.raw(ID_BYTES)),
    capsule: reader.bytes16(MAX_CAPSULE_BYTES),
    sealed: reader.bytes16(MAX_SEALED_BYTES),
  }
  reader.end()
  return request
}

/** What a request's capsule is bound to, and the associated data of what is sealed under it. */
export function accessRequestContext(from: AccountId, to: AccountId): Uint8Array {
  return concatBytes(utf8('warren/access-request/1'), accountIds.toBytes(from), accountIds.toBytes(to))
}
