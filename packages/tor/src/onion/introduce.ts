import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import type { Rng } from '@warren/primitives/rng'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { encodeLinkSpecifiers, type LinkSpecifier, readLinkSpecifiers } from '../link/link-specifier.ts'
import { encodeExtensions, readExtensions } from '../circuit/extension.ts'
import type { ClientHandshake } from './hs-ntor.ts'

const LEGACY_KEY_ID_BYTES = 20
const ED25519_AUTH = 2
const AUTH_KEY_BYTES = 32
export const RENDEZVOUS_COOKIE_BYTES = 20
const NTOR_ONION_KEY = 1
const ONION_KEY_BYTES = 32
/** C-tor pads the message to the size that version 2 had. */
const SHORTEST_BYTES = 246
/** A relay that offers CGO refuses more, although a cell would hold it. */
export const LARGEST_INTRODUCE_BYTES = 490
const OVERHEAD_BYTES = 64
/** CC_FIELD_REQUEST. */
const CONGESTION_CONTROL = { type: 1, data: new Uint8Array(0) } as const

/** Answers of an introduction point [INTRO_ACK]. */
export const INTRODUCE_STATUS = { success: 0, unknownService: 1, badFormat: 2, cannotRelay: 3 } as const

/** What a client tells the service: where it waits [PROCESS_INTRO2]. */
export interface IntroductionPlaintext {
  rendezvousCookie: Uint8Array
  /** The rendezvous point's ntor key and how to reach it. */
  onionKey: Uint8Array
  linkSpecifiers: readonly LinkSpecifier[]
  /** The client asks for congestion control (proposal 324 §10.3). */
  congestionControl?: boolean
}

function encodeHeader(authKey: Uint8Array): Uint8Array {
  return new ByteWriter(64)
    .raw(new Uint8Array(LEGACY_KEY_ID_BYTES))
    .u8(ED25519_AUTH)
    .bytes16(authKey)
    .raw(encodeExtensions([]))
    .finish()
}

function encodePlaintext(plaintext: IntroductionPlaintext, shortest: number): Uint8Array {
  const fields = new ByteWriter(200)
    .raw(plaintext.rendezvousCookie)
    .raw(encodeExtensions(plaintext.congestionControl === true ? [CONGESTION_CONTROL] : []))
    .u8(NTOR_ONION_KEY)
    .bytes16(plaintext.onionKey)
    .raw(encodeLinkSpecifiers(plaintext.linkSpecifiers))
    .finish()
  return concatBytes(fields, new Uint8Array(Math.max(0, shortest - fields.length)))
}

/** INTRODUCE1 [FMT_INTRO1]. Throws a RangeError where the rendezvous point has too many addresses. */
export function encodeIntroduce1(
  authKey: Uint8Array,
  handshake: ClientHandshake,
  plaintext: IntroductionPlaintext,
): Uint8Array {
  const header = encodeHeader(authKey)
  const body = encodePlaintext(plaintext, SHORTEST_BYTES - header.length - OVERHEAD_BYTES)
  const message = concatBytes(header, handshake.encrypt(header, body))
  if (message.length > LARGEST_INTRODUCE_BYTES)
    throw new RangeError(`INTRODUCE1: ${message.length} bytes, a relay passes on ${LARGEST_INTRODUCE_BYTES}`)
  return message
}

/** A message with the form of an introduction that nobody can open: what a prober sends, and what tests send. */
export function encodeGarbageIntroduce1(authKey: Uint8Array, rng: Rng): Uint8Array {
  const header = encodeHeader(authKey)
  return concatBytes(header, rng.bytes(SHORTEST_BYTES - header.length))
}

/** INTRODUCE2, split into what is authenticated in clear and what is encrypted. */
export interface Introduce2 {
  authKey: Uint8Array
  header: Uint8Array
  encrypted: Uint8Array
}

export function decodeIntroduce2(bytes: Uint8Array): Introduce2 {
  const what = 'INTRODUCE2'
  const reader = new ByteReader(bytes, what)
  if (!equalBytes(reader.raw(LEGACY_KEY_ID_BYTES), new Uint8Array(LEGACY_KEY_ID_BYTES)))
    throw new DecodeError(`${what}: of an older version`)
  if (reader.u8() !== ED25519_AUTH) throw new DecodeError(`${what}: unknown kind of key`)
  const authKey = reader.bytes16(AUTH_KEY_BYTES)
  if (authKey.length !== AUTH_KEY_BYTES) throw new DecodeError(`${what}: a key of the wrong length`)
  readExtensions(reader)
  const header = Uint8Array.from(bytes.subarray(0, reader.offset))
  return { authKey, header, encrypted: reader.raw(reader.remaining) }
}

export function decodeIntroductionPlaintext(bytes: Uint8Array): IntroductionPlaintext {
  const what = 'introduction'
  const reader = new ByteReader(bytes, what)
  const rendezvousCookie = reader.raw(RENDEZVOUS_COOKIE_BYTES)
  const wantsControl = readExtensions(reader).some(({ type }) => type === CONGESTION_CONTROL.type)
  if (reader.u8() !== NTOR_ONION_KEY) throw new DecodeError(`${what}: unknown kind of onion key`)
  const onionKey = reader.bytes16(ONION_KEY_BYTES)
  if (onionKey.length !== ONION_KEY_BYTES) throw new DecodeError(`${what}: an onion key of the wrong length`)
  // What follows the specifiers is padding.
  const linkSpecifiers = readLinkSpecifiers(reader)
  return {
    rendezvousCookie,
    onionKey,
    linkSpecifiers,
    ...(wantsControl ? { congestionControl: true } : {}),
  }
}

/** The status of an INTRODUCE_ACK; unknown numbers are kept. */
export function decodeIntroduceAck(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes, 'INTRODUCE_ACK')
  const status = reader.u16()
  if (reader.remaining > 0) readExtensions(reader)
  return status
}
