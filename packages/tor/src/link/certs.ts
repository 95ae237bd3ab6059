import { equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha256, unsafeSha1 } from '@warren/primitives/hash'
import { decodeRsaPublicKey, rsaRecover } from '@warren/primitives/rsa'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { openSelfSignedRsa } from '@warren/primitives/x509'
import { TorError } from '../errors.ts'
import { decodeEd25519Certificate, verifyEd25519Certificate } from './ed25519-certificate.ts'

/** Who a relay must prove to be. */
export interface RelayIdentity {
  /** SHA-1 of the PKCS#1 DER of the RSA identity key, 20 bytes. */
  readonly rsaId: Uint8Array
  /** 32 bytes. Not known only of authorities named in a configuration, before the first consensus. */
  readonly ed25519Id?: Uint8Array
}

/** Types of certificates in a CERTS cell (cert-spec §A.1). */
const CERT = { rsaIdentity: 2, signingKey: 4, tlsLink: 5, rsaCrossCertificate: 7 } as const
const KEY_TYPE = { ed25519: 1, sha256OfX509: 3 } as const
const CROSS_CERTIFICATE_PREFIX = utf8('Tor TLS RSA/Ed25519 cross-certificate')

/** The body of a CERTS cell: each type at most once (tor-spec §4.2). */
export function decodeCerts(body: Uint8Array): Map<number, Uint8Array> {
  const reader = new ByteReader(body, 'CERTS')
  const certificates = new Map<number, Uint8Array>()
  for (let left = reader.u8(); left > 0; left--) {
    const type = reader.u8()
    const certificate = reader.bytes16()
    if (certificates.has(type)) throw new DecodeError(`CERTS: type ${type} twice`)
    certificates.set(type, certificate)
  }
  // Bytes after the last certificate are allowed by tor-spec §4.2 for any variable cell, and ignored.
  return certificates
}

export function encodeCerts(certificates: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const writer = new ByteWriter(1024).u8(certificates.size)
  for (const [type, certificate] of certificates) writer.u8(type).bytes16(certificate)
  return writer.finish()
}

/**
 * The identities of a relay, once its CERTS cell proves them (tor-spec §4.2), in the order of the specification:
 * self-signed RSA-1024 identity; Ed25519 identity certifies the signing key; the signing key certifies the TLS
 * certificate of this very connection; the RSA identity certifies the Ed25519 identity. Throws TorError
 * `tor/relay-identity` where a step fails or the relay is another than expected.
 */
export function verifyCerts(
  body: Uint8Array,
  expected: { identity: RelayIdentity; certificateSha256: Uint8Array; nowMs: number },
): Required<RelayIdentity> {
  const { identity, certificateSha256, nowMs } = expected
  let rsaId: Uint8Array
  let ed25519Id: Uint8Array
  try {
    const certificates = decodeCerts(body)
    const get = (type: number) => {
      const certificate = certificates.get(type)
      if (certificate === undefined) throw new DecodeError(`CERTS: no certificate of type ${type}`)
      return certificate
    }
    const rsa = openSelfSignedRsa(get(CERT.rsaIdentity))
    const rsaKey = decodeRsaPublicKey(rsa.publicKey)
    if (rsaKey.bits !== 1024) throw new DecodeError('CERTS: RSA identity key is not of 1024 bits')
    if (nowMs < rsa.notBefore || nowMs > rsa.notAfter) throw new DecodeError('CERTS: RSA identity expired')
    rsaId = unsafeSha1(rsa.publicKey)

    const signing = decodeEd25519Certificate(get(CERT.signingKey))
    if (signing.signer === undefined) throw new DecodeError('CERTS: the signing key names no signer')
    ed25519Id = signing.signer
    const signingKey = verifyEd25519Certificate(signing, {
      type: CERT.signingKey,
      keyType: KEY_TYPE.ed25519,
      signer: ed25519Id,
      nowMs,
    })
    const link = verifyEd25519Certificate(decodeEd25519Certificate(get(CERT.tlsLink)), {
      type: CERT.tlsLink,
      keyType: KEY_TYPE.sha256OfX509,
      signer: signingKey,
      nowMs,
    })
    if (!equalBytes(link, certificateSha256))
      throw new DecodeError('CERTS: they are for another TLS connection')
    verifyCrossCertificate(get(CERT.rsaCrossCertificate), rsaKey, ed25519Id, nowMs)
  } catch (cause) {
    throw new TorError('tor/relay-identity', 'A relay did not prove its identity.', { cause })
  }
  if (!equalBytes(rsaId, identity.rsaId))
    throw new TorError(
      'tor/relay-identity',
      'Another relay answered: its RSA identity is not the expected one.',
    )
  if (identity.ed25519Id !== undefined && !equalBytes(ed25519Id, identity.ed25519Id))
    throw new TorError(
      'tor/relay-identity',
      'Another relay answered: its Ed25519 identity is not the expected one.',
    )
  return { rsaId, ed25519Id }
}

/** cert-spec §2.3: the RSA key signs the bare digest, without DigestInfo. */
function verifyCrossCertificate(
  bytes: Uint8Array,
  rsaKey: ReturnType<typeof decodeRsaPublicKey>,
  ed25519Id: Uint8Array,
  nowMs: number,
): void {
  const reader = new ByteReader(bytes, 'cross-certificate')
  const subject = reader.raw(32)
  const expirationHours = reader.u32()
  const signed = bytes.subarray(0, reader.offset)
  const signature = reader.bytes8()
  reader.end()
  if (!equalBytes(subject, ed25519Id))
    throw new DecodeError('cross-certificate: for another Ed25519 identity')
  if (expirationHours * 3_600_000 <= nowMs) throw new DecodeError('cross-certificate: expired')
  const recovered = rsaRecover(rsaKey, signature)
  if (recovered === undefined || !equalBytes(recovered, sha256(CROSS_CERTIFICATE_PREFIX, signed)))
    throw new DecodeError('cross-certificate: wrong signature')
}
