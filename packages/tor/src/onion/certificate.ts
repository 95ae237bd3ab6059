import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import { ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type Ed25519Certificate, verifyEd25519Certificate } from '../link/ed25519-certificate.ts'

/** Tor's Ed25519 certificates (cert-spec §2.1), as descriptors hold them. */
export const CERTIFICATE_TYPE = { descriptorSigning: 0x08, introAuth: 0x09, introEncryption: 0x0b } as const

const ED25519_KEY_TYPE = 1
const SIGNED_WITH_KEY = 4

/** `expirationHours` counts from 1970. `sign` signs with the key `signer`. */
export function encodeDescriptorCertificate(fields: {
  type: number
  expirationHours: number
  subject: Uint8Array
  signer: Uint8Array
  sign(message: Uint8Array): Uint8Array
}): Uint8Array {
  const body = new ByteWriter(104)
    .u8(1)
    .u8(fields.type)
    .u32(fields.expirationHours)
    .u8(ED25519_KEY_TYPE)
    .raw(fields.subject)
    .u8(1)
    .u16(fields.signer.length)
    .u8(SIGNED_WITH_KEY)
    .u8(0)
    .raw(fields.signer)
    .finish()
  return concatBytes(body, fields.sign(body))
}

/**
 * The subject, once type, signer, expiry and signature are checked. Descriptors name the signer in the certificate:
 * `signer` is what it must be; without it, whatever the certificate names. Throws DecodeError.
 */
export function verifyDescriptorCertificate(
  certificate: Ed25519Certificate,
  expected: { type: number; signer?: Uint8Array; nowSeconds: number },
): Uint8Array {
  const named = certificate.signer
  if (named === undefined) throw new DecodeError('certificate: no signer')
  if (expected.signer !== undefined && !equalBytes(named, expected.signer))
    throw new DecodeError('certificate: another signer than expected')
  return verifyEd25519Certificate(certificate, {
    type: expected.type,
    keyType: ED25519_KEY_TYPE,
    signer: named,
    nowMs: expected.nowSeconds * 1000,
  })
}
