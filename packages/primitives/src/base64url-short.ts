import { DecodeError } from './wire.ts'

// RFC 4648 §5 without padding, for identifiers: they are encoded and decoded a dozen times for each file, and a Buffer
// for each costs more than the work, and twenty times the garbage.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0))
const NOT_IN_IT = 255
const VALUES = new Uint8Array(128).fill(NOT_IN_IT)
for (const [value, code] of CODES.entries()) VALUES[code] = value

/** Longer texts are left to a library. */
export const SHORT_BYTES = 48
const codes = new Uint8Array(Math.ceil((SHORT_BYTES * 4) / 3))

/** At most SHORT_BYTES bytes. */
export function encodeShort(bytes: Uint8Array): string {
  let held = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    held = (held << 8) | (bytes[i] as number)
    for (bits += 8; bits >= 6; ) {
      bits -= 6
      codes[length++] = CODES[(held >> bits) & 63] as number
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) codes[length++] = CODES[(held << (6 - bits)) & 63] as number
  return String.fromCharCode.apply(undefined, codes.subarray(0, length) as unknown as number[])
}

/** Throws DecodeError for a text that `encodeShort` does not give. */
export function decodeShort(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let held = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? NOT_IN_IT
    if (value === NOT_IN_IT) throw new DecodeError('base64url: not a valid encoding')
    held = (held << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = held >> bits
    held &= (1 << bits) - 1
  }
  // A lone last character holds less than a byte; and the bits that are left over are zero in what was encoded.
  if (bits >= 6 || held !== 0) throw new DecodeError('base64url: not the canonical encoding')
  return bytes
}
