import { concatBytes } from '@warren/primitives/bytes'
import { ByteReader } from '@warren/primitives/wire'
import { HANDSHAKE_INFO_BYTES } from './hs-ntor.ts'
import { RENDEZVOUS_COOKIE_BYTES } from './introduce.ts'

/** C-tor pads RENDEZVOUS1 to the size that version 2 had. */
const RENDEZVOUS1_BYTES = 168

/** RENDEZVOUS1 [JOIN_REND]. */
export function encodeRendezvous1(
  cookie: Uint8Array,
  handshakeInfo: Uint8Array,
  padding: Uint8Array,
): Uint8Array {
  return concatBytes(cookie, handshakeInfo, padding)
}

/** How many random bytes `encodeRendezvous1` takes, to look like C-tor's. */
export const RENDEZVOUS1_PADDING_BYTES = RENDEZVOUS1_BYTES - RENDEZVOUS_COOKIE_BYTES - HANDSHAKE_INFO_BYTES

/** HANDSHAKE_INFO of a RENDEZVOUS2; what follows is padding. */
export function decodeRendezvous2(bytes: Uint8Array): Uint8Array {
  return new ByteReader(bytes, 'RENDEZVOUS2').raw(HANDSHAKE_INFO_BYTES)
}
