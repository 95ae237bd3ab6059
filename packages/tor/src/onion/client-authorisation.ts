import { aesCtr } from '@warren/primitives/aes-ctr'
import { equalBytes } from '@warren/primitives/bytes'
import { shake256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { x25519SharedSecret } from '@warren/primitives/x25519'

/** C-tor's length; the specification says 32 in one place. */
export const DESCRIPTOR_COOKIE_BYTES = 16
export const CLIENT_ID_BYTES = 8
export const CLIENT_IV_BYTES = 16
/** The number of lines is always a multiple of this [§2.5.1.4]. */
export const AUTH_CLIENT_MULTIPLE = 16

/** One auth-client line [HS-DESC-FIRST-LAYER]: random bytes where it is no client's. */
export interface AuthClient {
  id: Uint8Array
  iv: Uint8Array
  encryptedCookie: Uint8Array
}

function clientKeys(subcredential: Uint8Array, secretSeed: Uint8Array) {
  const keys = shake256(CLIENT_ID_BYTES + 32, subcredential, secretSeed)
  return { id: keys.slice(0, CLIENT_ID_BYTES), cookieKey: keys.slice(CLIENT_ID_BYTES) }
}

/** The service's line for the client with X25519 key `clientKey`. */
export function authoriseClient(
  subcredential: Uint8Array,
  ephemeralSecret: Uint8Array,
  clientKey: Uint8Array,
  cookie: Uint8Array,
  rng: Rng,
): AuthClient {
  const { id, cookieKey } = clientKeys(subcredential, x25519SharedSecret(ephemeralSecret, clientKey))
  const iv = rng.bytes(CLIENT_IV_BYTES)
  return { id, iv, encryptedCookie: aesCtr(cookieKey, iv, cookie) }
}

/** A line that is no client's: nobody can tell [§2.5.1.4]. */
export function fakeAuthClient(rng: Rng): AuthClient {
  return {
    id: rng.bytes(CLIENT_ID_BYTES),
    iv: rng.bytes(CLIENT_IV_BYTES),
    encryptedCookie: rng.bytes(DESCRIPTOR_COOKIE_BYTES),
  }
}

/** The cookie that a client's line holds; `undefined` where there is no line for this key [FIRST-LAYER-CLIENT-BEHAVIOR]. */
export function findDescriptorCookie(
  subcredential: Uint8Array,
  ephemeralKey: Uint8Array,
  clientSecret: Uint8Array,
  clients: readonly AuthClient[],
): Uint8Array | undefined {
  const { id, cookieKey } = clientKeys(subcredential, x25519SharedSecret(clientSecret, ephemeralKey))
  const line = clients.find((client) => equalBytes(client.id, id))
  return line === undefined ? undefined : aesCtr(cookieKey, line.iv, line.encryptedCookie)
}
