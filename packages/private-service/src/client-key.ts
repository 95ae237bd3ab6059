import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { isEd25519PublicKey } from '@warren/primitives/ed25519-expanded'
import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { PrivateServiceError } from './errors.ts'

export const CLIENT_ID_BYTES = 8
const KEY_BYTES = 32
const CREDENTIAL_VERSION = 1

/** Names a client to the service's owner; it never leaves the service. */
export type ClientId = string & { readonly brand: 'ClientId' }

export function clientId(bytes: Uint8Array): ClientId {
  return hexText.encode(bytes) as ClientId
}

/** What the service keeps for one client (paper §4.2, §4.3). */
export interface ClientKey {
  id: ClientId
  /** CK: the seed of the client's own service identity (a, A). */
  seed: Secret
  /** A: known to service and client only, never published. */
  publicKey: Uint8Array
  /** DC, the descriptor cookie: s in the blinding, in the descriptor's cookie and in the introduction. */
  cookie: Secret
  /** For the owner's list; the client does not learn it. */
  label: string
  createdMs: number
}

export function generateClientKey(label: string, nowMs: number, rng: Rng): ClientKey {
  const seed = rng.bytes(KEY_BYTES)
  return {
    id: clientId(rng.bytes(CLIENT_ID_BYTES)),
    seed: new Secret(seed),
    publicKey: ed25519PublicKey(seed),
    cookie: new Secret(rng.bytes(KEY_BYTES)),
    label,
    createdMs: nowMs,
  }
}

/** What the client gets out of band (message 5 of figure 3): A and DC. */
export interface Credential {
  publicKey: Uint8Array
  cookie: Secret
}

/** version 1 | A | s: 65 bytes (docs/formats/private-service.md). Secret as a whole. */
export function encodeCredential(credential: Credential): Uint8Array {
  return new ByteWriter(65)
    .u8(CREDENTIAL_VERSION)
    .raw(credential.publicKey)
    .raw(credential.cookie.reveal())
    .finish()
}

/** Throws PrivateServiceError `private-service/credential`; the message holds nothing of the bytes. */
export function decodeCredential(bytes: Uint8Array): Credential {
  const refuse = (why: string, cause?: unknown) =>
    new PrivateServiceError(
      'private-service/credential',
      `This invitation cannot be read: ${why}. Ask for it again.`,
      { cause },
    )
  try {
    const reader = new ByteReader(bytes, 'credential')
    if (reader.u8() !== CREDENTIAL_VERSION) throw refuse('it is of an unknown version')
    const publicKey = reader.raw(KEY_BYTES)
    const cookie = reader.raw(KEY_BYTES)
    reader.end()
    if (!isEd25519PublicKey(publicKey)) throw refuse('its key is not valid')
    return { publicKey, cookie: new Secret(cookie) }
  } catch (error) {
    throw error instanceof PrivateServiceError ? error : refuse('it has the wrong length', error)
  }
}
