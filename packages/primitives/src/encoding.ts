import { base32nopad, base64, base64nopad, base64urlnopad, hex } from '@scure/base'
import { DecodeError } from './wire.ts'

/** A strict text encoding: decoding refuses every string that encoding would not have produced. */
export interface TextEncoding {
  encode(bytes: Uint8Array): string
  decode(text: string): Uint8Array<ArrayBuffer>
}

function strict(
  name: string,
  coder: { encode(b: Uint8Array): string; decode(t: string): Uint8Array },
): TextEncoding {
  return {
    encode: (bytes) => coder.encode(bytes),
    decode(text) {
      let bytes: Uint8Array
      try {
        bytes = coder.decode(text)
      } catch {
        // The library's message quotes the text, which may be a secret: it is not passed on as a cause.
        throw new DecodeError(`${name}: not a valid encoding`)
      }
      if (coder.encode(bytes) !== text) throw new DecodeError(`${name}: not the canonical encoding`)
      return Uint8Array.from(bytes)
    },
  }
}

/** Lower case. */
export const hexText = strict('hex', hex)
/** RFC 4648 §4 with padding. */
export const base64Text = strict('base64', base64)
/** RFC 4648 §4 without padding. */
export const base64BareText = strict('base64 without padding', base64nopad)
/** RFC 4648 §5 without padding: for URLs and file names. */
export const base64urlText = strict('base64url', base64urlnopad)
/** RFC 4648 §6, upper case, without padding. */
export const base32Text = strict('base32', base32nopad)
