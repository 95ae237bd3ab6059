import { open, seal } from '@warren/primitives/aead'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { hkdfSha256 } from '@warren/primitives/kdf'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import {
  type ChunkId,
  chunkIds,
  type FileId,
  fileIds,
  ID_BYTES,
  type SpaceId,
  spaceIds,
  type VersionId,
  versionIds,
} from './ids.ts'
import { parseSpacePath, type SpacePath } from './paths.ts'

/** What a member did to the tree; only members can read it. */
export type Operation =
  | { kind: 'name'; name: string }
  | { kind: 'folder'; path: SpacePath }
  | { kind: 'file'; path: SpacePath; version: FileVersion }
  | { kind: 'move'; from: SpacePath; to: SpacePath }
  | { kind: 'delete'; path: SpacePath }

/** One version of a file's content. */
export interface FileVersion {
  file: FileId
  version: VersionId
  bytes: number
  modifiedMs: number
  executable: boolean
  /** `ContentDigest` of the plaintext: tells an unchanged file from a changed one without reading it back. */
  digest: Uint8Array
  /** The content key of this version, and of no other. */
  key: Secret
  chunkBytes: number
  chunks: readonly ChunkId[]
}

const VERSION = 1
const KINDS = { name: 1, folder: 2, file: 3, move: 4, delete: 5 } as const satisfies Record<
  Operation['kind'],
  number
>
const MAX_CHUNKS = 1 << 20
export const CONTENT_KEY_BYTES = 32
const DIGEST_BYTES = 32

function readPath(reader: ByteReader): SpacePath {
  const text = reader.text16(4096)
  const path = parseSpacePath(text)
  if (path !== text || path === '') throw new DecodeError('operation: path is not in normal form')
  return path
}

function writeVersion(writer: ByteWriter, version: FileVersion): void {
  writer
    .raw(fileIds.toBytes(version.file))
    .raw(versionIds.toBytes(version.version))
    .u64(version.bytes)
    .u64(version.modifiedMs)
    .u8(version.executable ? 1 : 0)
    .raw(version.digest)
    .raw(version.key.reveal())
    .u32(version.chunkBytes)
    .u32(version.chunks.length)
  for (const chunk of version.chunks) writer.raw(chunkIds.toBytes(chunk))
}

function readVersion(reader: ByteReader): FileVersion {
  const file = fileIds.fromBytes(reader.raw(ID_BYTES))
  const version = versionIds.fromBytes(reader.raw(ID_BYTES))
  const bytes = reader.u64()
  const modifiedMs = reader.u64()
  const executable = reader.u8()
  if (executable > 1) throw new DecodeError('operation: flag out of range')
  const digest = reader.raw(DIGEST_BYTES)
  const key = readSecret(reader)
  const chunkBytes = reader.u32()
  const count = reader.u32()
  if (count > MAX_CHUNKS || chunkBytes === 0 || count !== Math.max(1, Math.ceil(bytes / chunkBytes)))
    throw new DecodeError('operation: number of chunks does not fit the size')
  const chunks = Array.from({ length: count }, () => chunkIds.fromBytes(reader.raw(ID_BYTES)))
  return { file, version, bytes, modifiedMs, executable: executable === 1, digest, key, chunkBytes, chunks }
}

function readSecret(reader: ByteReader): Secret {
  const bytes = reader.raw(CONTENT_KEY_BYTES)
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

export function encodeOperations(operations: readonly Operation[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(256 * operations.length).u8(VERSION).u16(operations.length)
  for (const operation of operations) {
    writer.u8(KINDS[operation.kind])
    switch (operation.kind) {
      case 'name':
        writer.text16(operation.name)
        break
      case 'folder':
      case 'delete':
        writer.text16(operation.path)
        break
      case 'file':
        writeVersion(writer.text16(operation.path), operation.version)
        break
      case 'move':
        writer.text16(operation.from).text16(operation.to)
        break
      default:
        operation satisfies never
    }
  }
  return writer.finish()
}

/** Throws DecodeError, or VaultError `vault/name`. */
export function decodeOperations(bytes: Uint8Array): Operation[] {
  const reader = new ByteReader(bytes, 'operations')
  if (reader.u8() !== VERSION) throw new DecodeError('operations: unknown version')
  const operations = Array.from({ length: reader.u16() }, () => readOperation(reader))
  reader.end()
  return operations
}

function readOperation(reader: ByteReader): Operation {
  const kind = reader.u8()
  switch (kind) {
    case KINDS.name: {
      const name = readPath(reader)
      if (name.includes('/')) throw new DecodeError('operation: a name with a slash')
      return { kind: 'name', name }
    }
    case KINDS.folder:
      return { kind: 'folder', path: readPath(reader) }
    case KINDS.file:
      return { kind: 'file', path: readPath(reader), version: readVersion(reader) }
    case KINDS.move:
      return { kind: 'move', from: readPath(reader), to: readPath(reader) }
    case KINDS.delete:
      return { kind: 'delete', path: readPath(reader) }
    default:
      throw new DecodeError('operation: unknown kind')
  }
}

const NONCE = new Uint8Array(12)

// The fresh salt makes the key single-use: the nonce is constant.
function operationsKey(epochKey: Secret, salt: Uint8Array, binding: Uint8Array): Uint8Array {
  return hkdfSha256(epochKey.reveal(), salt, concatBytes(utf8('warren/operations/1'), binding), 32)
}

function binding(space: SpaceId, epoch: number): Uint8Array {
  return new ByteWriter(32).raw(spaceIds.toBytes(space)).u32(epoch).finish()
}

/** `salt`: 16 fresh random bytes. */
export function sealOperations(
  operations: readonly Operation[],
  epochKey: Secret,
  space: SpaceId,
  epoch: number,
  salt: Uint8Array,
): Uint8Array {
  const bound = binding(space, epoch)
  return seal(operationsKey(epochKey, salt, bound), NONCE, encodeOperations(operations), bound)
}

/** Throws AeadError, DecodeError, or VaultError `vault/name`. */
export function openOperations(
  sealed: Uint8Array,
  epochKey: Secret,
  space: SpaceId,
  epoch: number,
  salt: Uint8Array,
): Operation[] {
  const bound = binding(space, epoch)
  return decodeOperations(open(operationsKey(epochKey, salt, bound), NONCE, sealed, bound))
}
