import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead-sizes.ts'
import { assertBytes } from './bytes.ts'

export { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead-sizes.ts'

const CIPHER = 'chacha20-poly1305'
const OPTIONS = { authTagLength: AEAD_TAG_BYTES }
// Slice by slice into one buffer: a file's chunk is not held three times over.
const SLICE_BYTES = 64 * 1024

/** Runs `input` through a cipher into `out`, which is as long. */
function pass(cipher: { update(bytes: Uint8Array): Uint8Array }, input: Uint8Array, out: Uint8Array): void {
  for (let at = 0; at < input.length; at += SLICE_BYTES)
    out.set(cipher.update(input.subarray(at, at + SLICE_BYTES)), at)
}

/** Ciphertext and tag into `out`. A key object: for raw keys Node first makes sure, at some cost, that they are not one. */
function sealInto(
  out: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): void {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, createSecretKey(key), nonce, OPTIONS)
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
  pass(cipher, plaintext, out)
  cipher.final()
  out.set(cipher.getAuthTag(), plaintext.length)
}

/** As `seal` of `aead.ts`, by OpenSSL. */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES)
  sealInto(out, key, nonce, plaintext, associatedData)
  return out
}

/** As `sealWithNonce` of `aead.ts`, by OpenSSL. */
export function sealWithNonce(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  out: Uint8Array = new Uint8Array(AEAD_NONCE_BYTES + plaintext.length + AEAD_TAG_BYTES),
): Uint8Array {
  assertBytes(out, 'out', AEAD_NONCE_BYTES + plaintext.length + AEAD_TAG_BYTES)
  sealInto(out.subarray(AEAD_NONCE_BYTES), key, nonce, plaintext, associatedData)
  out.set(nonce)
  return out
}

/** As `open` of `aead.ts`, by OpenSSL. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
  out?: Uint8Array,
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  const length = sealed.length - AEAD_TAG_BYTES
  if (length < 0) throw new AeadError()
  const plaintext = out ?? new Uint8Array(length)
  assertBytes(plaintext, 'out', length)
  const decipher = createDecipheriv(CIPHER, createSecretKey(key), nonce, OPTIONS)
  decipher.setAAD(associatedData, { plaintextLength: length })
  decipher.setAuthTag(sealed.subarray(length))
  pass(decipher, sealed.subarray(0, length), plaintext)
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new AeadError()
  }
  return plaintext
}
