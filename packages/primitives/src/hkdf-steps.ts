import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** RFC 5869 §2.2. */
export function hkdfExtract(secret: Uint8Array, salt?: Uint8Array): Uint8Array {
  return extract(sha256, secret, salt)
}

/** RFC 5869 §2.3. */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256, key, info, length)
}
