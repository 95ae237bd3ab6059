import { equalBytes } from '@warren/primitives/bytes'
import { base64Text } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { IdentityError } from './errors.ts'

// RFC 9530 §2, sha-256 only.

/** The value of the Content-Digest header for this body. */
export function contentDigest(body: Uint8Array): string {
  return contentDigestOf(sha256(body))
}

/** The same, from the digest (32 bytes) of a body that was hashed as it was read. */
export function contentDigestOf(digest: Uint8Array): string {
  return `sha-256=:${base64Text.encode(digest)}:`
}

/** The 32 bytes of a Content-Digest header. Throws IdentityError `identity/request-malformed`. */
export function parseContentDigest(header: string): Uint8Array {
  const text = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(header)?.[1]
  try {
    if (text !== undefined) return base64Text.decode(text)
  } catch {
    // falls through: canonical or not is no difference to the sender
  }
  throw new IdentityError(
    'identity/request-malformed',
    'bad-input',
    'Content-Digest is not one sha-256 digest',
  )
}

/** Throws IdentityError `identity/request-signature` unless `actual` (32 bytes) is the digest that was signed. */
export function checkContent(signed: { readonly sha256: Uint8Array }, actual: Uint8Array): void {
  if (!equalBytes(signed.sha256, actual))
    throw new IdentityError(
      'identity/request-signature',
      'auth-failed',
      'body is not the one that was signed',
    )
}
