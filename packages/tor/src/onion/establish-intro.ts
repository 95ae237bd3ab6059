import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { ed25519Sign, ed25519Verify } from '@warren/primitives/ed25519'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { encodeExtensions, type MessageExtension, readExtensions } from '../circuit/extension.ts'
import { hsMac, MAC_BYTES } from './hs-ntor.ts'

const ED25519_AUTH = 2
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const SIGNATURE_PREFIX = utf8('Tor establish-intro cell v1')

/** ESTABLISH_INTRO [EST_INTRO]. */
export interface EstablishIntro {
  authKey: Uint8Array
  extensions: readonly MessageExtension[]
}

/** `circuitKey` is KH of the circuit's last hop: it ties the message to this circuit. */
export function encodeEstablishIntro(
  authSeed: Uint8Array,
  message: EstablishIntro,
  circuitKey: Uint8Array,
): Uint8Array {
  const fields = new ByteWriter(134)
    .u8(ED25519_AUTH)
    .bytes16(message.authKey)
    .raw(encodeExtensions(message.extensions))
    .finish()
  const authenticated = concatBytes(fields, hsMac(circuitKey, fields))
  const body = new ByteWriter(200).raw(authenticated).u16(SIGNATURE_BYTES).finish()
  // The signature covers everything up to its length field.
  return concatBytes(body, ed25519Sign(authSeed, concatBytes(SIGNATURE_PREFIX, authenticated)))
}

/** As the introduction point checks it. Throws DecodeError where it is malformed, of another circuit, or forged. */
export function decodeEstablishIntro(bytes: Uint8Array, circuitKey: Uint8Array): EstablishIntro {
  const what = 'ESTABLISH_INTRO'
  const reader = new ByteReader(bytes, what)
  if (reader.u8() !== ED25519_AUTH) throw new DecodeError(`${what}: unknown kind of key`)
  const authKey = reader.bytes16(KEY_BYTES)
  const extensions = readExtensions(reader)
  const fields = bytes.subarray(0, reader.offset)
  if (!equalBytes(reader.raw(MAC_BYTES), hsMac(circuitKey, fields)))
    throw new DecodeError(`${what}: made for another circuit`)
  const signed = concatBytes(SIGNATURE_PREFIX, bytes.subarray(0, reader.offset))
  const signature = reader.bytes16(SIGNATURE_BYTES)
  reader.end()
  if (!ed25519Verify(authKey, signed, signature)) throw new DecodeError(`${what}: wrong signature`)
  return { authKey, extensions }
}
