import { ed25519 } from '@noble/curves/ed25519.js'
import { assertBytes } from './bytes.ts'
import { ED25519_PUBLIC_KEY_BYTES, ED25519_SEED_BYTES, ED25519_SIGNATURE_BYTES } from './ed25519-sizes.ts'

export { ED25519_PUBLIC_KEY_BYTES, ED25519_SEED_BYTES, ED25519_SIGNATURE_BYTES } from './ed25519-sizes.ts'

/** RFC 8032 §5.1.5. `seed` is the 32-byte private key. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  assertBytes(seed, 'seed', ED25519_SEED_BYTES)
  return ed25519.getPublicKey(seed)
}

/** RFC 8032 §5.1.6. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  assertBytes(seed, 'seed', ED25519_SEED_BYTES)
  return ed25519.sign(message, seed)
}

/** RFC 8032 §5.1.7. Anything malformed is `false`. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES)
    return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}
