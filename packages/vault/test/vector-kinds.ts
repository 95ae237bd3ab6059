import { softwareSigner } from '@warren/identity'
import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { scriptedRng } from '@warren/testkit/rng'
import {
  type AccessRequest,
  type AccessWish,
  type AccountChange,
  accessRequestContext,
  accountIdOf,
  type ChunkId,
  type ChunkPlace,
  chunkKey,
  commitToShare,
  decodeAccessRequest,
  decodeAccessWish,
  decodeAccountChange,
  decodeApproval,
  decodeChunkBatch,
  decodeEdge,
  decodeLogEntry,
  decodeOperations,
  decodeSharePackage,
  decodeShares,
  decodeSpaceChange,
  type Edge,
  edgeIdOf,
  encodeAccessRequest,
  encodeAccessWish,
  encodeAccountChange,
  encodeChunkBatch,
  encodeOperations,
  encodeSharePackage,
  encodeShares,
  encodeSpaceChange,
  enrolmentTag,
  epochKeyCheck,
  epochKeyContext,
  formatLink,
  hashLogEntry,
  invitationHash,
  type Link,
  type LogEntry,
  nodeIdOf,
  type Operation,
  openChunk,
  openOperations,
  openPreviousKey,
  openSpaceSecret,
  ownerKeysContext,
  parseLink,
  type RecoveryApproval,
  type SetupId,
  type SharePackage,
  type SpaceChange,
  type SpaceId,
  sealChunk,
  sealOperations,
  sealPreviousKey,
  sealSpaceSecret,
  sharePackageContext,
  signApproval,
  signEdge,
  signLogEntry,
  verifyApproval,
  verifyEdge,
  verifyLogEntry,
} from '../src/protocol/index.ts'

/** How a kind of vector is made from its value and read back; `undefined` for what is only computed. */
export interface VectorKind<T = never> {
  encode(value: T): Uint8Array | string | Promise<Uint8Array>
  decode?(encoded: Uint8Array, value: T): unknown
  decodeText?(encoded: string): unknown
}

const SIGNING_SEED = new Uint8Array(32).fill(7)
export const signer = softwareSigner(new Secret(SIGNING_SEED))

type EntryOf<Change> = Omit<LogEntry, 'kind' | 'body'> & { change: Change }

function entryKind<Change>(
  encodeChange: (change: Change) => Pick<LogEntry, 'kind' | 'body'>,
  decodeChange: (kind: number, body: Uint8Array) => Change,
): VectorKind<EntryOf<Change>> {
  return {
    encode: ({ change, ...entry }) => signLogEntry({ ...entry, ...encodeChange(change) }, signer),
    decode(encoded) {
      const entry = verifyLogEntry(decodeLogEntry(encoded), signer.publicKey)
      if (entry === undefined) throw new Error('signature')
      const { kind, body, ...rest } = entry
      return { ...rest, change: decodeChange(kind, body) }
    },
  }
}

interface Keys {
  key: Secret
  space: SpaceId
  epoch: number
}

const kind = <T>(made: VectorKind<T>): VectorKind => made

/** Every structure of docs/formats/vault.md. */
export const VECTOR_KINDS: Record<string, VectorKind> = {
  'account entry': kind(entryKind<AccountChange>(encodeAccountChange, decodeAccountChange)),
  'space entry': kind(entryKind<SpaceChange>(encodeSpaceChange, decodeSpaceChange)),
  edge: kind<Edge>({
    encode: (edge) => signEdge(edge, signer),
    decode: (encoded) => verifyEdge(decodeEdge(encoded), signer.publicKey),
  }),
  approval: kind<RecoveryApproval>({
    encode: (approval) => signApproval(approval, signer),
    decode: (encoded) => verifyApproval(decodeApproval(encoded), signer.publicKey),
  }),
  'share package': kind<SharePackage>({ encode: encodeSharePackage, decode: decodeSharePackage }),
  'access request': kind<AccessRequest>({ encode: encodeAccessRequest, decode: decodeAccessRequest }),
  'access wish': kind<AccessWish>({ encode: encodeAccessWish, decode: decodeAccessWish }),
  'access request context': kind<AccessRequest>({ encode: (v) => accessRequestContext(v.from, v.to) }),
  shares: kind<Uint8Array[]>({ encode: encodeShares, decode: decodeShares }),
  operations: kind<Operation[]>({ encode: encodeOperations, decode: decodeOperations }),
  'sealed operations': kind<Keys & { salt: Uint8Array; operations: Operation[] }>({
    encode: (v) => sealOperations(v.operations, v.key, v.space, v.epoch, v.salt),
    decode: (encoded, v) => ({ ...v, operations: openOperations(encoded, v.key, v.space, v.epoch, v.salt) }),
  }),
  chunk: kind<{ contentKey: Secret; nonce: Uint8Array; place: ChunkPlace; plaintext: Uint8Array }>({
    encode: (v) => sealChunk(chunkKey(v.contentKey), v.place, v.plaintext, scriptedRng(v.nonce)),
    decode: (encoded, v) => ({ ...v, plaintext: openChunk(chunkKey(v.contentKey), v.place, encoded) }),
  }),
  batch: kind<{ id: ChunkId; sealed: Uint8Array }[]>({
    encode: encodeChunkBatch,
    decode: (encoded) => decodeChunkBatch(encoded).map(({ id, sealed }) => ({ id, sealed })),
  }),
  'previous epoch key': kind<Keys & { previous: Secret }>({
    encode: (v) => sealPreviousKey(v.key, v.previous, v.space, v.epoch),
    decode: (encoded, v) => ({ ...v, previous: openPreviousKey(v.key, encoded, v.space, v.epoch) }),
  }),
  'space secret key': kind<Keys & { secretKey: Secret }>({
    encode: (v) => sealSpaceSecret(v.key, v.secretKey, v.space, v.epoch),
    decode: (encoded, v) => ({ ...v, secretKey: openSpaceSecret(v.key, encoded, v.space, v.epoch) }),
  }),
  link: kind<Link>({ encode: formatLink, decodeText: parseLink }),
  'account id': kind<Uint8Array>({ encode: accountIdOf }),
  'node id': kind<Uint8Array>({ encode: nodeIdOf }),
  'edge id': kind<Uint8Array>({ encode: edgeIdOf }),
  'log hash': kind<Uint8Array>({ encode: hashLogEntry }),
  'epoch key check': kind<Secret>({ encode: epochKeyCheck }),
  'invitation hash': kind<Secret>({ encode: invitationHash }),
  'epoch key context': kind<Keys>({ encode: (v) => epochKeyContext(v.space, v.epoch) }),
  'owner keys context': kind<Keys>({ encode: (v) => ownerKeysContext(v.space, v.epoch) }),
  'share package context': kind<SharePackage>({ encode: (v) => sharePackageContext(v.setup, v.user) }),
  'share commitment': kind<{ setup: SetupId; key: number; share: number; bytes: Uint8Array }>({
    encode: (v) => commitToShare(v.setup, v.key, v.share, v.bytes),
  }),
  'enrolment tag': kind<{
    secret: Secret
    account: Parameters<typeof enrolmentTag>[1]
    enrolment: Parameters<typeof enrolmentTag>[2]
    device: Parameters<typeof enrolmentTag>[3]
  }>({ encode: (v) => enrolmentTag(v.secret, v.account, v.enrolment, v.device) }),
}

/** A value as it stands in a vector file: bytes as `{"hex"}`, secrets as `{"secretHex"}`. */
export function toVectorJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: hexText.encode(value) }
  if (value instanceof Secret) return { secretHex: hexText.encode(value.reveal()) }
  if (Array.isArray(value)) return value.map(toVectorJson)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.map(([name, field]) => [name, toVectorJson(field)]))
}

export function fromVectorJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromVectorJson)
  if (typeof json !== 'object' || json === null) return json
  if ('hex' in json) return hexText.decode(json.hex as string)
  if ('secretHex' in json) return new Secret(hexText.decode(json.secretHex as string))
  return Object.fromEntries(Object.entries(json).map(([name, field]) => [name, fromVectorJson(field)]))
}
