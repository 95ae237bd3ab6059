import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead-sizes.ts'
import { assertBytes } from './bytes.ts'

export { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadError } from './aead-sizes.ts'

/** ChaCha20-Poly1305, RFC 8439. The same (key, nonce) must never seal twice. Returns ciphertext and tag. */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  return chacha20poly1305(key, nonce, associatedData).encrypt(plaintext)
}

/**
 * The nonce (12 bytes), then what `seal` gives: for whoever keeps the two together. Into `out`, where there is one, whose
 * length must be the plaintext's and 28 bytes more.
 */
export function sealWithNonce(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  out: Uint8Array = new Uint8Array(AEAD_NONCE_BYTES + plaintext.length + AEAD_TAG_BYTES),
): Uint8Array {
  assertBytes(key, 'key', AEAD_KEY_BYTES)
  assertBytes(nonce, 'nonce', AEAD_NONCE_BYTES)
  assertBytes(out, 'out', AEAD_NONCE_BYTES + plaintext.length + AEAD_TAG_BYTES)
  out.set(nonce)
  chacha20poly1305(key, nonce, associatedData).encrypt(plaintext, out.subarray(AEAD_NONCE_BYTES))
  return out
}

/**
 * Throws AeadError unless `sealed` is what `seal` made with the same key, nonce and associated data. Into `out`, where
 * there is one, whose length must be the plaintext's; what does not open leaves nothing of it there.
 */
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
  try {
    return chacha20poly1305(key, nonce, associatedData).decrypt(sealed, plaintext)
  } catch {
    plaintext.fill(0)
    throw new AeadError()
  }
}
