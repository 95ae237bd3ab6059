import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { CLIENT_ID_BYTES, type ClientId, type ClientKey, clientId } from './client-key.ts'
import { PrivateServiceError } from './errors.ts'
import { COMMON_GROUP, groupName, MOST_GROUPS } from './introduction-group.ts'

/** What outlives a restart (docs/formats/private-service.md). Sealed as a whole before it is stored. */
export interface ServiceState {
  /** The common one first, the others by name; each of the others has clients. */
  groups: { name: string; clients: ClientKey[]; replays: { cookie: Uint8Array; seenMs: number }[] }[]
  /** The highest revision counter used with each blinded key (hex), until its period is over. */
  revisions: { blindedKey: string; revision: number; period: number }[]
  requests: { client: ClientId; times: readonly number[] }[]
}

const VERSION = 2
/** Without groups: everybody is in the common one. Read, never written. */
const UNGROUPED_VERSION = 1
const MOST_CLIENTS = 100_000
const MOST_ENTRIES = 1_000_000
const LONGEST_LABEL = 1000

export function emptyState(): ServiceState {
  return { groups: [{ name: COMMON_GROUP, clients: [], replays: [] }], revisions: [], requests: [] }
}

export function encodeState(state: ServiceState): Uint8Array {
  const writer = new ByteWriter(4096).u8(VERSION).u8(state.groups.length)
  for (const group of state.groups.toSorted(byName)) {
    writer.bytes8(utf8(group.name)).u32(group.clients.length)
    for (const client of group.clients)
      writer
        .raw(hexText.decode(client.id))
        .raw(client.seed.reveal())
        .raw(client.cookie.reveal())
        .u64(client.createdMs)
        .text16(client.label)
    writer.u32(group.replays.length)
    for (const { cookie, seenMs } of group.replays) writer.raw(cookie).u64(Math.floor(seenMs))
  }
  writer.u32(state.revisions.length)
  for (const { blindedKey, revision, period } of state.revisions)
    writer.raw(hexText.decode(blindedKey)).u64(revision).u64(period)
  writer.u32(state.requests.length)
  for (const { client, times } of state.requests) {
    writer.raw(hexText.decode(client)).u16(times.length)
    for (const time of times) writer.u64(Math.floor(time))
  }
  return writer.finish()
}

function byName(a: { name: string }, b: { name: string }): number {
  if (a.name === b.name) return 0
  return a.name === COMMON_GROUP || (b.name !== COMMON_GROUP && a.name < b.name) ? -1 : 1
}

/**
 * Of this version and the one before. Throws PrivateServiceError `private-service/state` for anything that
 * `encodeState` did not write.
 */
export function decodeState(bytes: Uint8Array): ServiceState {
  try {
    const reader = new ByteReader(bytes, 'private service state')
    const version = reader.u8()
    if (version !== VERSION && version !== UNGROUPED_VERSION)
      throw new PrivateServiceError(
        'private-service/state',
        `The private service's state is of version ${version}, this program knows version ${VERSION}.`,
      )
    const state = version === VERSION ? readState(reader) : readUngrouped(reader)
    reader.end()
    return state
  } catch (cause) {
    if (cause instanceof PrivateServiceError && cause.code === 'private-service/state') throw cause
    throw new PrivateServiceError(
      'private-service/state',
      "The private service's state is damaged: restore it from a backup.",
      { cause },
    )
  }
}

function readState(reader: ByteReader): ServiceState {
  const groups = Array.from({ length: reader.u8() }, () => ({
    name: groupName(fromUtf8(reader.bytes8())),
    clients: list(reader, MOST_CLIENTS, readClient),
    replays: list(reader, MOST_ENTRIES, readReplay),
  }))
  assertGroups(groups)
  return {
    groups,
    revisions: list(reader, MOST_ENTRIES, readRevision),
    requests: list(reader, MOST_CLIENTS, readRequests),
  }
}

/** Version 1. */
function readUngrouped(reader: ByteReader): ServiceState {
  const clients = list(reader, MOST_CLIENTS, readClient)
  const revisions = list(reader, MOST_ENTRIES, readRevision)
  const replays = list(reader, MOST_ENTRIES, readReplay)
  const requests = list(reader, MOST_CLIENTS, readRequests)
  return { groups: [{ name: COMMON_GROUP, clients, replays }], revisions, requests }
}

function assertGroups(groups: ServiceState['groups']): void {
  const [common, ...others] = groups
  if (common?.name !== COMMON_GROUP || groups.length > MOST_GROUPS)
    throw new DecodeError('private service state: the common group is not the first, or there are too many')
  if (groups.some((group, i) => i > 0 && byName(groups[i - 1] as typeof group, group) >= 0))
    throw new DecodeError('private service state: groups out of order, or twice')
  if (others.some(({ clients }) => clients.length === 0))
    throw new DecodeError('private service state: a group without clients')
  const ids = groups.flatMap(({ clients }) => clients.map(({ id }) => id))
  if (new Set(ids).size < ids.length) throw new DecodeError('private service state: a client twice')
}

function list<T>(reader: ByteReader, limit: number, read: (reader: ByteReader) => T): T[] {
  const length = reader.u32()
  if (length > limit) throw new RangeError(`list of ${length}, limit ${limit}`)
  return Array.from({ length }, () => read(reader))
}

function readClient(reader: ByteReader): ClientKey {
  const id = clientId(reader.raw(CLIENT_ID_BYTES))
  const seed = reader.raw(32)
  const cookie = reader.raw(32)
  const createdMs = reader.u64()
  return {
    id,
    seed: new Secret(seed),
    publicKey: ed25519PublicKey(seed),
    cookie: new Secret(cookie),
    createdMs,
    label: reader.text16(LONGEST_LABEL),
  }
}

function readReplay(reader: ByteReader): { cookie: Uint8Array; seenMs: number } {
  return { cookie: reader.raw(20), seenMs: reader.u64() }
}

function readRevision(reader: ByteReader): ServiceState['revisions'][number] {
  return { blindedKey: hexText.encode(reader.raw(32)), revision: reader.u64(), period: reader.u64() }
}

function readRequests(reader: ByteReader): ServiceState['requests'][number] {
  return {
    client: clientId(reader.raw(CLIENT_ID_BYTES)),
    times: Array.from({ length: reader.u16() }, () => reader.u64()),
  }
}

/** Where the sealed state is kept. `save` returns once the bytes are durable. */
export interface StateStore {
  load(): Promise<Uint8Array | undefined>
  save(sealed: Uint8Array): Promise<void>
}

/** Seals under a key bound to this device: a keystore. `open` throws where the bytes are not what `seal` gave. */
export interface StateSealer {
  seal(plaintext: Uint8Array): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
}

export async function loadState(store: StateStore, sealer: StateSealer): Promise<ServiceState> {
  const sealed = await store.load()
  return sealed === undefined ? emptyState() : decodeState(await sealer.open(sealed))
}

export async function saveState(store: StateStore, sealer: StateSealer, state: ServiceState): Promise<void> {
  const plaintext = encodeState(state)
  try {
    await store.save(await sealer.seal(plaintext))
  } finally {
    plaintext.fill(0)
  }
}
