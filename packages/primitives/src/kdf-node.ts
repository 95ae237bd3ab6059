import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'

/** As `hmacSha256` of `kdf.ts`, by OpenSSL. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', createSecretKey(key)).update(message).digest())
}

/** As `hkdfSha256` of `kdf.ts`, by OpenSSL. */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array | undefined,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', createSecretKey(secret), salt ?? new Uint8Array(0), info, length))
}
