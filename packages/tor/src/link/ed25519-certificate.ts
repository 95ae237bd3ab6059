import { ed25519Verify } from '@warren/primitives/ed25519'
import { ByteReader, DecodeError } from '@warren/primitives/wire'

/** Tor's Ed25519 certificates (cert-spec §2.1), not yet checked. */
export interface Ed25519Certificate {
  type: number
  expirationHours: number
  keyType: number
  /** The key or digest that is certified, 32 bytes. */
  subject: Uint8Array
  /** From extension 04, where there is one. */
  signer?: Uint8Array
  body: Uint8Array
  signature: Uint8Array
}

const SIGNED_WITH_KEY = 4
const AFFECTS_VALIDATION = 1

/** Throws DecodeError; an unknown extension that affects validation is refused. */
export function decodeEd25519Certificate(bytes: Uint8Array): Ed25519Certificate {
  const reader = new ByteReader(bytes, 'certificate')
  if (reader.u8() !== 1) throw new DecodeError('certificate: unknown version')
  const type = reader.u8()
  const expirationHours = reader.u32()
  const keyType = reader.u8()
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
  const body = Uint8Array.from(bytes.subarray(0, reader.offset))
  const signature = reader.raw(64)
  reader.end()
  return {
    type,
    expirationHours,
    keyType,
    subject,
    body,
    signature,
    ...(signer === undefined ? {} : { signer }),
  }
}

/** The subject, once type, key type, expiry and signature are checked. Throws DecodeError. */
export function verifyEd25519Certificate(
  certificate: Ed25519Certificate,
  expected: { type: number; keyType: number; signer: Uint8Array; nowMs: number },
): Uint8Array {
  const { type, keyType, signer, nowMs } = expected
  if (certificate.type !== type)
    throw new DecodeError(`certificate: type ${certificate.type}, expected ${type}`)
  if (certificate.keyType !== keyType)
    throw new DecodeError(`certificate: key type ${certificate.keyType}, expected ${keyType}`)
  if (certificate.expirationHours * 3_600_000 <= nowMs)
    throw new DecodeError(`certificate of type ${type}: expired`)
  if (!ed25519Verify(signer, certificate.body, certificate.signature))
    throw new DecodeError(`certificate of type ${type}: wrong signature`)
  return certificate.subject
}
