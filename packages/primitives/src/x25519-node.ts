import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { assertBytes, concatBytes } from './bytes.ts'
import { hexText } from './encoding.ts'
import { X25519_BYTES, X25519Error } from './x25519.ts'

export { X25519_BYTES, X25519Error } from './x25519.ts'

// RFC 8410: the DER that precedes 32 raw bytes.
const PKCS8 = hexText.decode('302e020100300506032b656e04220420')
const SPKI = hexText.decode('302a300506032b656e032100')

function privateKey(secretKey: Uint8Array) {
  assertBytes(secretKey, 'secretKey', X25519_BYTES)
  return createPrivateKey({ key: Buffer.from(concatBytes(PKCS8, secretKey)), format: 'der', type: 'pkcs8' })
}

/** As `x25519PublicKey` of `x25519.ts`, by OpenSSL. */
export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(secretKey)).export({ format: 'der', type: 'spki' })
  return Uint8Array.from(spki.subarray(SPKI.length))
}

/** As `x25519SharedSecret` of `x25519.ts`, by OpenSSL. */
export function x25519SharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  assertBytes(publicKey, 'publicKey', X25519_BYTES)
  const key = createPublicKey({ key: Buffer.from(concatBytes(SPKI, publicKey)), format: 'der', type: 'spki' })
  const mine = privateKey(secretKey)
  try {
    return new Uint8Array(diffieHellman({ privateKey: mine, publicKey: key }))
  } catch {
    throw new X25519Error()
  }
}
