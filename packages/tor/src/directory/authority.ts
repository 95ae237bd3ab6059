import { equalBytes } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { unsafeSha1 } from '@warren/primitives/hash'
import { decodeRsaPublicKey, type RsaPublicKey, rsaRecover } from '@warren/primitives/rsa'
import { DecodeError } from '@warren/primitives/wire'
import { argumentOf, exactlyOne, objectOf, parseDocument } from './document.ts'
import { decodeTime } from './time.ts'

/** A directory authority, as a network's configuration names it: the root of all trust in the network. */
export interface Authority {
  readonly nickname: string
  /** SHA-1 of its long-term key, 40 hexadecimal digits in upper case: what its certificates are checked against. */
  readonly v3Identity: string
  readonly address: string
  readonly orPort: number
  /** RSA identity of its relay, 20 bytes as 40 hexadecimal digits. */
  readonly fingerprint: string
}

/** A signing key that an authority's long-term key has certified (dir-spec §3.1). */
export interface AuthorityCertificate {
  readonly v3Identity: string
  readonly signingKey: RsaPublicKey
  /** SHA-1 of the signing key's PKCS#1 DER, 40 hexadecimal digits in upper case: how signatures name it. */
  readonly signingKeyDigest: string
  /** Milliseconds since 1970. */
  readonly published: number
  readonly expires: number
}

const WHAT = 'authority certificate'
const FIRST_KEYWORD = 'dir-key-certificate-version'
const LAST_KEYWORD = 'dir-key-certification'

export function fingerprintText(bytes: Uint8Array): string {
  return hexText.encode(bytes).toUpperCase()
}

/** Several certificates, one after another, as `/tor/keys/all` gives them. */
export function splitCertificates(text: string): string[] {
  return text
    .split(new RegExp(`^(?=${FIRST_KEYWORD} )`, 'm'))
    .filter((part) => part.startsWith(FIRST_KEYWORD))
}

/**
 * Reads a certificate and checks both its signatures: the long-term key signs the whole, the signing key signs the
 * long-term key. Whether the long-term key is a known authority's, and whether it is in time, is for the caller.
 * Throws DecodeError.
 */
export function openAuthorityCertificate(text: string): AuthorityCertificate {
  const items = parseDocument(text, WHAT)
  const item = (keyword: string) => exactlyOne(items, keyword, WHAT)
  if (items[0]?.keyword !== FIRST_KEYWORD || argumentOf(items[0], 0, WHAT) !== '3')
    throw new DecodeError(`${WHAT}: not of version 3`)
  const identity = objectOf(item('dir-identity-key'), 'RSA PUBLIC KEY', WHAT)
  const signing = objectOf(item('dir-signing-key'), 'RSA PUBLIC KEY', WHAT)
  const identityKey = decodeRsaPublicKey(identity)
  const signingKey = decodeRsaPublicKey(signing)
  if (identityKey.bits < 2048 || signingKey.bits < 2048) throw new DecodeError(`${WHAT}: a key is too short`)
  const v3Identity = argumentOf(item('fingerprint'), 0, WHAT)
  if (fingerprintText(unsafeSha1(identity)) !== v3Identity)
    throw new DecodeError(`${WHAT}: its fingerprint is another key's`)

  const cross = item('dir-key-crosscert').object?.bytes
  const crossDigest = cross === undefined ? undefined : rsaRecover(signingKey, cross)
  if (crossDigest === undefined || !equalBytes(crossDigest, unsafeSha1(identity)))
    throw new DecodeError(`${WHAT}: the signing key does not sign the identity`)

  const last = item(LAST_KEYWORD)
  if (items.at(-1) !== last) throw new DecodeError(`${WHAT}: something follows its signature`)
  const signed = text.slice(0, last.offset + LAST_KEYWORD.length + 1)
  const digest = rsaRecover(identityKey, objectOf(last, 'SIGNATURE', WHAT))
  if (digest === undefined || !equalBytes(digest, unsafeSha1(new TextEncoder().encode(signed))))
    throw new DecodeError(`${WHAT}: wrong signature`)
  return {
    v3Identity,
    signingKey,
    signingKeyDigest: fingerprintText(unsafeSha1(signing)),
    published: decodeTime(item('dir-key-published').arguments, WHAT),
    expires: decodeTime(item('dir-key-expires').arguments, WHAT),
  }
}
