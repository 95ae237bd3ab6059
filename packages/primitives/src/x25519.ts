import { x25519 } from '@noble/curves/ed25519.js'
import { assertBytes } from './bytes.ts'
import { WarrenError } from './errors.ts'

export const X25519_BYTES = 32

/** The other side sent a point of small order: the shared secret would be all zero (RFC 7748 §6.1). */
export class X25519Error extends WarrenError<'x25519'> {
  constructor() {
    super('x25519', 'protocol-violation', 'key agreement gave the all-zero secret')
    this.name = 'X25519Error'
  }
}

/** RFC 7748 §6.1. */
export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  assertBytes(secretKey, 'secretKey', X25519_BYTES)
  return x25519.getPublicKey(secretKey)
}

/** RFC 7748 §6.1: the 32-byte shared secret; throws X25519Error where it is all zero. */
export function x25519SharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  assertBytes(secretKey, 'secretKey', X25519_BYTES)
  assertBytes(publicKey, 'publicKey', X25519_BYTES)
  try {
    return x25519.getSharedSecret(secretKey, publicKey)
  } catch {
    throw new X25519Error()
  }
}
