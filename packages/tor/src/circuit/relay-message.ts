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

/** Writes a message into a body of 509 zero bytes; the digest stays zero. The rest is random, as tor-spec §6.1 asks. */
export function writeRelayMessage(
  body: Uint8Array,
  message: { command: number; streamId: number; data: Uint8Array },
  padding: Uint8Array | undefined,
): void {
  const { command, streamId, data } = message
  if (data.length > MOST_DATA_BYTES) throw new RangeError(`relay message: ${data.length} bytes`)
  body[0] = command
  body[STREAM_AT] = streamId >>> 8
  body[STREAM_AT + 1] = streamId
  body[LENGTH_AT] = data.length >>> 8
  body[LENGTH_AT + 1] = data.length
  body.set(data, DATA_AT)
  const paddingAt = DATA_AT + data.length + 4
  if (padding !== undefined && paddingAt < BODY_BYTES)
    body.set(padding.subarray(0, BODY_BYTES - paddingAt), paddingAt)
}

/** One body with one message. */
export function encodeRelayMessage(
  message: { command: number; streamId: number; data: Uint8Array },
  rng: Rng,
): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(BODY_BYTES)
  const paddingBytes = MOST_DATA_BYTES - message.data.length - 4
  writeRelayMessage(body, message, paddingBytes > 0 ? rng.bytes(paddingBytes) : undefined)
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
