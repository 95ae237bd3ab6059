import { createCipheriv, createDecipheriv } from 'node:crypto'
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead.ts'
import { assertBytes, concatBytes } from './bytes.ts'

export { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead.ts'

const CIPHER = 'chacha20-poly1305'

/** As `seal` of `aead.ts`, by OpenSSL. */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: AEAD_TAG_BYTES })
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
  const body = cipher.update(plaintext)
  return concatBytes(body, cipher.final(), cipher.getAuthTag())
}

// Sealed slice by slice into one buffer: a file's chunk is not held three times over.
const SLICE_BYTES = 64 * 1024

/** As `sealWithNonce` of `aead.ts`, by OpenSSL. */
export function sealWithNonce(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: AEAD_TAG_BYTES })
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
  const out = new Uint8Array(AEAD_NONCE_BYTES + plaintext.length + AEAD_TAG_BYTES)
  out.set(nonce)
  let at = AEAD_NONCE_BYTES
  for (let from = 0; from < plaintext.length; from += SLICE_BYTES) {
    const slice = cipher.update(plaintext.subarray(from, from + SLICE_BYTES))
    out.set(slice, at)
    at += slice.length
  }
  cipher.final()
  out.set(cipher.getAuthTag(), at)
  return out
}

/** As `open` of `aead.ts`, by OpenSSL. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  const length = sealed.length - AEAD_TAG_BYTES
  if (length < 0) throw new AeadError()
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: AEAD_TAG_BYTES })
  decipher.setAAD(associatedData, { plaintextLength: length })
  decipher.setAuthTag(sealed.subarray(length))
  const body = decipher.update(sealed.subarray(0, length))
  try {
    decipher.final()
  } catch {
    body.fill(0)
    throw new AeadError()
  }
  return new Uint8Array(body.buffer, body.byteOffset, body.length)
}
