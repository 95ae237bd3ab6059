import { concatBytes } from '@warren/primitives/bytes'
import { ed25519Verify } from '@warren/primitives/ed25519'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'

/** Tor's Ed25519 certificates (cert-spec §2.1), as descriptors hold them. */
export const CERTIFICATE_TYPE = { descriptorSigning: 0x08, introAuth: 0x09, introEncryption: 0x0b } as const

const ED25519_KEY_TYPE = 1
const SIGNED_WITH_KEY = 4
const AFFECTS_VALIDATION = 1
const SIGNATURE_BYTES = 64

/** A certificate with its signature: `body` is what was signed. */
export interface DescriptorCertificate {
  type: number
  expirationHours: number
  subject: Uint8Array
  /** The signer's key, from the certificate's extension; descriptors require it. */
  signer: Uint8Array
  body: Uint8Array
  signature: Uint8Array
}

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

export function decodeDescriptorCertificate(bytes: Uint8Array): DescriptorCertificate {
  const reader = new ByteReader(bytes, 'certificate')
  if (reader.u8() !== 1) throw new DecodeError('certificate: unknown version')
  const type = reader.u8()
  const expirationHours = reader.u32()
  if (reader.u8() !== ED25519_KEY_TYPE) throw new DecodeError('certificate: unknown key type')
  const subject = reader.raw(32)
  let signer: Uint8Array | undefined
  for (let left = reader.u8(); left > 0; left--) {
    const length = reader.u16()
    const extension = reader.u8()
    const flags = reader.u8()
    const data = reader.raw(length)
    if (extension === SIGNED_WITH_KEY) {
      if (length !== 32 || signer !== undefined) throw new DecodeError('certificate: malformed signer')
      signer = data
    } else if ((flags & AFFECTS_VALIDATION) !== 0)
      throw new DecodeError('certificate: unknown extension that affects validation')
  }
  if (signer === undefined) throw new DecodeError('certificate: no signer')
  const body = Uint8Array.from(bytes.subarray(0, reader.offset))
  const signature = reader.raw(SIGNATURE_BYTES)
  reader.end()
  return { type, expirationHours, subject, signer, body, signature }
}

/** The subject, once type, signer, expiry and signature are checked; a DecodeError says which of them failed. */
export function verifyDescriptorCertificate(
  certificate: DescriptorCertificate,
  expected: { type: number; signer: Uint8Array; nowSeconds: number },
): Uint8Array {
  if (certificate.type !== expected.type) throw new DecodeError('certificate: another type than expected')
  if (!certificate.signer.every((byte, i) => byte === expected.signer[i]))
    throw new DecodeError('certificate: another signer than expected')
  if (certificate.expirationHours * 3600 <= expected.nowSeconds) throw new DecodeError('certificate: expired')
  if (!ed25519Verify(certificate.signer, certificate.body, certificate.signature))
    throw new DecodeError('certificate: wrong signature')
  return certificate.subject
}
