import type { Rng } from '@warren/primitives/rng'
import { BODY_BYTES } from '../link/cell.ts'

/** Commands of relay messages (tor-spec §6.1, rend-spec §2). */
export const RELAY = {
  begin: 1,
  data: 2,
  end: 3,
  connected: 4,
  sendme: 5,
  extend: 6,
  truncated: 9,
  drop: 10,
  resolve: 11,
  beginDir: 13,
  extend2: 14,
  extended2: 15,
  establishIntro: 32,
  establishRendezvous: 33,
  introduce1: 34,
  introduce2: 35,
  rendezvous1: 36,
  rendezvous2: 37,
  introEstablished: 38,
  rendezvousEstablished: 39,
  introduceAck: 40,
  xoff: 43,
  xon: 44,
} as const

/** Offsets in a relay cell: command 1, recognized 2, stream 2, digest 4, length 2, data. */
export const RECOGNIZED_AT = 1
export const STREAM_AT = 3
export const DIGEST_AT = 5
const LENGTH_AT = 9
export const DATA_AT = 11
/** Most bytes that one relay message carries. */
export const MOST_DATA_BYTES = BODY_BYTES - DATA_AT

/** Zeros between data and padding, so that messages can grow fields that old relays read as absent (tor-spec §6.1). */
const ZERO_PADDING_BYTES = 4

/**
 * Makes the body that begins `at` this place, whose data are there already: writes everything around them. The digest is
 * zero; what the data leave free is random but for its beginning.
 */
export function writeAroundData(
  bodies: Uint8Array,
  at: number,
  message: { command: number; streamId: number; length: number },
  rng: Rng,
): void {
  const { command, streamId, length } = message
  bodies.fill(0, at, at + DATA_AT)
  bodies[at] = command
  bodies[at + STREAM_AT] = streamId >>> 8
  bodies[at + STREAM_AT + 1] = streamId
  bodies[at + LENGTH_AT] = length >>> 8
  bodies[at + LENGTH_AT + 1] = length
  const end = at + BODY_BYTES
  const zerosAt = at + DATA_AT + length
  if (zerosAt === end) return
  const paddingAt = Math.min(end, zerosAt + ZERO_PADDING_BYTES)
  bodies.fill(0, zerosAt, paddingAt)
  if (paddingAt < end) bodies.set(rng.bytes(end - paddingAt), paddingAt)
}

/** Writes a message into the body that begins `at` this place. */
export function writeRelayMessage(
  bodies: Uint8Array,
  at: number,
  message: { command: number; streamId: number; data: Uint8Array },
  rng: Rng,
): void {
  const { command, streamId, data } = message
  if (data.length > MOST_DATA_BYTES) throw new RangeError(`relay message: ${data.length} bytes`)
  bodies.set(data, at + DATA_AT)
  writeAroundData(bodies, at, { command, streamId, length: data.length }, rng)
}

/** One body with one message. */
export function encodeRelayMessage(
  message: { command: number; streamId: number; data: Uint8Array },
  rng: Rng,
): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(BODY_BYTES)
  writeRelayMessage(body, 0, message, rng)
  return body
}

/** The command of the message in the body that begins `at` this place. */
export function relayCommand(bodies: Uint8Array, at = 0): number {
  return bodies[at] as number
}

export function relayStream(bodies: Uint8Array, at = 0): number {
  return ((bodies[at + STREAM_AT] as number) << 8) | (bodies[at + STREAM_AT + 1] as number)
}

/** The data's length as claimed; `undefined` where it does not fit. */
export function relayLength(bodies: Uint8Array, at = 0): number | undefined {
  const length = ((bodies[at + LENGTH_AT] as number) << 8) | (bodies[at + LENGTH_AT + 1] as number)
  return length > MOST_DATA_BYTES ? undefined : length
}
