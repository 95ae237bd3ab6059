import { poly1305 } from '@noble/ciphers/_poly1305.js'
import { assertBytes, equalBytes } from './bytes.ts'

export const ONE_TIME_MAC_KEY_BYTES = 32
export const ONE_TIME_MAC_TAG_BYTES = 16

/**
 * Poly1305, RFC 8439 §2.5. With a key that is uniform and authenticates this one message, a forger of any computing
 * power succeeds with chance at most 8⌈length/16⌉/2^106 (Bernstein 2005). A second message under the same key gives
 * the key away.
 */
export function oneTimeMac(key: Uint8Array, message: Uint8Array): Uint8Array {
  assertBytes(key, 'key', ONE_TIME_MAC_KEY_BYTES)
  return poly1305(message, key)
}

export function oneTimeMacIsValid(key: Uint8Array, message: Uint8Array, tag: Uint8Array): boolean {
  return equalBytes(oneTimeMac(key, message), tag)
}
