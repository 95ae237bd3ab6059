import { assertBytes, utf8 } from '@warren/primitives/bytes'
import { base64urlText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { VaultError } from './errors.ts'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** 16 bytes, as 22 characters of base64url. */
export type AccountId = Id<'account'>
export type SpaceId = Id<'space'>
export type FileId = Id<'file'>
export type VersionId = Id<'version'>
export type ChunkId = Id<'chunk'>
/** A public key in the key graph: the hash of its encoding. */
export type NodeId = Id<'node'>
export type EdgeId = Id<'edge'>
/** One setting-up of recovery: its users, threshold and commitments. */
export type SetupId = Id<'setup'>
export type RecoveryId = Id<'recovery'>
export type EnrolmentId = Id<'enrolment'>

export const ID_BYTES = 16

interface IdKind<T extends string> {
  /** Throws VaultError `vault/bad-request`. */
  parse(text: unknown): T
  fromBytes(bytes: Uint8Array): T
  toBytes(id: T): Uint8Array<ArrayBuffer>
  random(rng: Rng): T
}

function idKind<T extends string>(name: string): IdKind<T> {
  return {
    parse(text) {
      if (typeof text === 'string' && /^[A-Za-z0-9_-]{22}$/.test(text)) {
        try {
          base64urlText.decode(text)
          return text as T
        } catch {
          // falls through: 22 characters, but not of 16 bytes
        }
      }
      throw new VaultError('vault/bad-request', `${name} id: expected 22 characters of base64url`)
    },
    fromBytes(bytes) {
      assertBytes(bytes, `${name} id`, ID_BYTES)
      return base64urlText.encode(bytes) as T
    },
    toBytes: (id) => base64urlText.decode(id),
    random: (rng) => base64urlText.encode(rng.bytes(ID_BYTES)) as T,
  }
}

export const accountIds = idKind<AccountId>('account')
export const spaceIds = idKind<SpaceId>('space')
export const fileIds = idKind<FileId>('file')
export const versionIds = idKind<VersionId>('version')
export const chunkIds = idKind<ChunkId>('chunk')
export const nodeIds = idKind<NodeId>('node')
export const edgeIds = idKind<EdgeId>('edge')
export const setupIds = idKind<SetupId>('setup')
export const recoveryIds = idKind<RecoveryId>('recovery')
export const enrolmentIds = idKind<EnrolmentId>('enrolment')

function hashId(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(utf8(domain), ...parts).subarray(0, ID_BYTES)
}

/** An account is named by its first entry: nobody can put another first device under the same id. */
export function accountIdOf(genesisBody: Uint8Array): AccountId {
  return accountIds.fromBytes(hashId('warren/account-id/1', genesisBody))
}

export function nodeIdOf(publicKey: Uint8Array): NodeId {
  return nodeIds.fromBytes(hashId('warren/node-id/1', publicKey))
}

export function edgeIdOf(encodedEdge: Uint8Array): EdgeId {
  return edgeIds.fromBytes(hashId('warren/edge-id/1', encodedEdge))
}
