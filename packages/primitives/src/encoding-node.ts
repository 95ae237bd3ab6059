import { decodeShort, encodeShort, SHORT_BYTES } from './base64url-short.ts'
import type { TextEncoding } from './encoding.ts'
import { DecodeError } from './wire.ts'

export type { TextEncoding } from './encoding.ts'
export { base32Text } from './encoding.ts'

/** A Buffer reads whatever it can of a text: that the bytes give the same text again is what makes it strict. */
function strict(name: string, encoding: 'hex' | 'base64' | 'base64url', padding: boolean): TextEncoding {
  const encode = (bytes: Uint8Array): string => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding)
    return padding ? text : text.replace(/=+$/, '')
  }
  return {
    encode,
    decode(text) {
      if (typeof text !== 'string') throw new DecodeError(`${name}: not a valid encoding`)
      const bytes = Buffer.from(text, encoding)
      if (encode(bytes) !== text) throw new DecodeError(`${name}: not the canonical encoding`)
      return new Uint8Array(bytes)
    },
  }
}

/** As `hexText` of `encoding.ts`, by Node. */
export const hexText: TextEncoding = strict('hex', 'hex', true)
/** As `base64Text` of `encoding.ts`, by Node. */
export const base64Text: TextEncoding = strict('base64', 'base64', true)
/** As `base64BareText` of `encoding.ts`, by Node. */
export const base64BareText: TextEncoding = strict('base64 without padding', 'base64', false)
const base64url = strict('base64url', 'base64url', true)
/** As `base64urlText` of `encoding.ts`, by Node, or without it where the text is short. */
export const base64urlText: TextEncoding = {
  encode: (bytes) => (bytes.length <= SHORT_BYTES ? encodeShort(bytes) : base64url.encode(bytes)),
  decode: (text) =>
    typeof text === 'string' && text.length <= SHORT_BYTES ? decodeShort(text) : base64url.decode(text),
}
