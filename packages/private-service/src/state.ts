import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { CLIENT_ID_BYTES, type ClientId, type ClientKey, clientId } from './client-key.ts'
import { PrivateServiceError } from './errors.ts'

/** What outlives a restart (docs/formats/private-service.md). Sealed as a whole before it is stored. */
export interface ServiceState {
  clients: ClientKey[]
  /** The highest revision counter used with each blinded key (hex), until its period is over. */
  revisions: { blindedKey: string; revision: number; period: number }[]
  replays: { cookie: Uint8Array; seenMs: number }[]
  requests: { client: ClientId; times: readonly number[] }[]
}

const VERSION = 1
const MOST_CLIENTS = 100_000
const MOST_ENTRIES = 1_000_000
const LONGEST_LABEL = 1000

export function emptyState(): ServiceState {
  return { clients: [], revisions: [], replays: [], requests: [] }
}

export function encodeState(state: ServiceState): Uint8Array {
  const writer = new ByteWriter(4096).u8(VERSION).u32(state.clients.length)
  for (const client of state.clients)
    writer
      .raw(hexText.decode(client.id))
      .raw(client.seed.reveal())
      .raw(client.cookie.reveal())
      .u64(client.createdMs)
      .text16(client.label)
  writer.u32(state.revisions.length)
  for (const { blindedKey, revision, period } of state.revisions)
    writer.raw(hexText.decode(blindedKey)).u64(revision).u64(period)
  writer.u32(state.replays.length)
  for (const { cookie, seenMs } of state.replays) writer.raw(cookie).u64(Math.floor(seenMs))
  writer.u32(state.requests.length)
  for (const { client, times } of state.requests) {
    writer.raw(hexText.decode(client)).u16(times.length)
    for (const time of times) writer.u64(Math.floor(time))
  }
  return writer.finish()
}

/** Throws PrivateServiceError `private-service/state` for anything that `encodeState` did not write. */
export function decodeState(bytes: Uint8Array): ServiceState {
  try {
    const reader = new ByteReader(bytes, 'private service state')
    const version = reader.u8()
    if (version !== VERSION)
      throw new PrivateServiceError(
        'private-service/state',
        `The private service's state is of version ${version}, this program knows version ${VERSION}.`,
      )
    const state: ServiceState = {
      clients: list(reader, MOST_CLIENTS, readClient),
      revisions: list(reader, MOST_ENTRIES, (r) => ({
        blindedKey: hexText.encode(r.raw(32)),
        revision: r.u64(),
        period: r.u64(),
      })),
      replays: list(reader, MOST_ENTRIES, (r) => ({ cookie: r.raw(20), seenMs: r.u64() })),
      requests: list(reader, MOST_CLIENTS, (r) => ({
        client: clientId(r.raw(CLIENT_ID_BYTES)),
        times: Array.from({ length: r.u16() }, () => r.u64()),
      })),
    }
    reader.end()
    return state
  } catch (cause) {
    if (cause instanceof PrivateServiceError) throw cause
    throw new PrivateServiceError(
      'private-service/state',
      "The private service's state is damaged: restore it from a backup.",
      { cause },
    )
  }
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
