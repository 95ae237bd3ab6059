import type { DeviceId, DeviceIdentity, Signer } from '@warren/identity'
import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import type { Suite } from '@warren/reencryption'

/** One HTTP exchange: the only thing a client needs of a network, so that Tor, a browser or a test can be below it. */
export interface Transport {
  /** `path` is with its query. Rejects with VaultError `vault/unreachable` when nobody answers. */
  request(request: TransportRequest): Promise<TransportResponse>
  close(): void
}

export interface TransportRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  path: string
  headers: Readonly<Record<string, string>>
  body?: Uint8Array
  signal?: AbortSignal
  /** Called when the body has left, before it is answered: its memory may be used again. Not called for one that fails. */
  onSent?(): void
}

export interface TransportResponse {
  status: number
  headers: Readonly<Record<string, string | undefined>>
  /**
   * The whole body; more than `limit` bytes is refused with VaultError `vault/response`. In the memory of `into`, where
   * there is one of `limit` bytes at least.
   */
  bytes(limit: number, into?: Uint8Array): Promise<Uint8Array>
  /** The body as it comes in: for server-sent events. */
  stream(): AsyncIterable<Uint8Array>
}

/** What a device remembers between two runs: heads, verified states, keys it opened, uploads under way. */
export interface LocalState {
  read(name: string): Promise<Uint8Array | undefined>
  /** Atomic: after a crash the old or the new content is there. */
  write(name: string, content: Uint8Array): Promise<void>
  remove(name: string): Promise<void>
}

/** The secrets of this device, as its keystore gave them up. */
export interface DeviceSecrets {
  signer: Signer
  encryptionKey: Secret
  /** Seals the local state. */
  stateKey: Secret
}

/** Everything a client stands on. */
export interface ClientEnvironment {
  transport: Transport
  state: LocalState
  clock: Clock
  rng: Rng
  /** Loads the pairing library, when an operation first needs it. */
  suite(): Promise<Suite>
  signal?: AbortSignal
}

export interface Device {
  id: DeviceId
  identity: DeviceIdentity
  secrets: DeviceSecrets
}
