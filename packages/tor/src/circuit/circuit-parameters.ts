import { ByteReader } from '@warren/primitives/wire'
import { TorError } from '../errors.ts'
import { encodeExtensions, readExtensions } from './extension.ts'

/** What a client may ask of a relay in an ntor-v3 handshake, and what it answers (proposal 324 §10.2). */
const CC_FIELD_REQUEST = 1
const CC_FIELD_RESPONSE = 2

/** CM: what we ask of a relay beside keys. */
export function encodeCircuitRequest({ congestionControl }: { congestionControl: boolean }): Uint8Array {
  return encodeExtensions(congestionControl ? [{ type: CC_FIELD_REQUEST, data: new Uint8Array(0) }] : [])
}

/** Whether congestion control is asked for, as a relay reads it. Throws DecodeError. */
export function decodeCircuitRequest(message: Uint8Array): { congestionControl: boolean } {
  const request = extensionsOf(message, 'circuit request').get(CC_FIELD_REQUEST)
  return { congestionControl: request !== undefined }
}

/** SM: a relay's answer; `sendmeIncrement` where it grants congestion control. */
export function encodeCircuitAnswer({ sendmeIncrement }: { sendmeIncrement?: number }): Uint8Array {
  return encodeExtensions(
    sendmeIncrement === undefined ? [] : [{ type: CC_FIELD_RESPONSE, data: Uint8Array.of(sendmeIncrement) }],
  )
}

/**
 * What a relay granted, where `usualIncrement` is the consensus' `cc_sendme_inc` if we asked for congestion control.
 * Throws TorError `tor/handshake` for what is malformed, was not asked for, or is far from the consensus: C-tor takes
 * one more or less. Extensions of unknown types are ignored, as proposal 332 §A.2 demands.
 */
export function decodeCircuitAnswer(
  message: Uint8Array,
  usualIncrement: number | undefined,
): { sendmeIncrement?: number } {
  let granted: Uint8Array | undefined
  try {
    granted = extensionsOf(message, 'circuit answer').get(CC_FIELD_RESPONSE)
  } catch (cause) {
    throw new TorError('tor/handshake', 'A relay answered a handshake with a malformed message.', { cause })
  }
  if (granted === undefined) return {}
  if (usualIncrement === undefined)
    throw new TorError('tor/handshake', 'A relay began congestion control unasked.')
  const [sendmeIncrement = 0] = granted
  if (granted.length !== 1 || sendmeIncrement === 0 || Math.abs(sendmeIncrement - usualIncrement) > 1)
    throw new TorError('tor/handshake', "A relay's congestion control is not the network's.")
  return { sendmeIncrement }
}

/** By type; of several with one type the first counts. */
function extensionsOf(message: Uint8Array, what: string): Map<number, Uint8Array> {
  const reader = new ByteReader(message, what)
  const extensions = new Map<number, Uint8Array>()
  for (const { type, data } of readExtensions(reader)) if (!extensions.has(type)) extensions.set(type, data)
  reader.end()
  return extensions
}
