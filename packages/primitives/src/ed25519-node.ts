import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { assertBytes, concatBytes } from './bytes.ts'
import { ED25519_PUBLIC_KEY_BYTES, ED25519_SEED_BYTES, ED25519_SIGNATURE_BYTES } from './ed25519-sizes.ts'
import { hexText } from './encoding.ts'

export { ED25519_PUBLIC_KEY_BYTES, ED25519_SEED_BYTES, ED25519_SIGNATURE_BYTES } from './ed25519-sizes.ts'

// RFC 8410: the DER that precedes 32 raw bytes.
const PKCS8 = hexText.decode('302e020100300506032b657004220420')
const SPKI = hexText.decode('302a300506032b6570032100')

function privateKey(seed: Uint8Array) {
  assertBytes(seed, 'seed', ED25519_SEED_BYTES)
  return createPrivateKey({ key: Buffer.from(concatBytes(PKCS8, seed)), format: 'der', type: 'pkcs8' })
}

/** As `ed25519PublicKey` of `ed25519.ts`, by OpenSSL. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' })
  return Uint8Array.from(spki.subarray(SPKI.length))
}

/** As `ed25519Sign` of `ed25519.ts`, by OpenSSL. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, privateKey(seed)))
}

/** As `ed25519Verify` of `ed25519.ts`, by OpenSSL. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES)
    return false
  try {
    const key = createPublicKey({
      key: Buffer.from(concatBytes(SPKI, publicKey)),
      format: 'der',
      type: 'spki',
    })
    return verify(null, message, key, signature)
  } catch {
    return false
  }
}
