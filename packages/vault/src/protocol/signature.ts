import { verifyDetached } from '@warren/identity'

/** Bytes and the detached signature that came with them. */
export interface SignedBytes {
  signed: Uint8Array
  signature: Uint8Array
}

/** Whether this key signed these bytes for this purpose. */
export function verifies(
  domain: string,
  { signed, signature }: SignedBytes,
  signingKey: Uint8Array,
): boolean {
  try {
    verifyDetached(domain, signed, signature, signingKey)
    return true
  } catch {
    return false
  }
}
