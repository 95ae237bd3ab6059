import { equalBytes, fromUtf8 } from './bytes.ts'
import { utcMilliseconds } from './calendar.ts'
import { DER, DerReader } from './der.ts'
import { hexText } from './encoding.ts'
import { decodeRsaPublicKey, rsaVerify } from './rsa.ts'
import { DecodeError } from './wire.ts'

const RSA_ENCRYPTION = hexText.decode('06092a864886f70d010101')
const SIGNATURE_ALGORITHMS = [
  { oid: hexText.decode('06092a864886f70d01010b'), digest: 'sha256' },
  { oid: hexText.decode('06092a864886f70d010105'), digest: 'sha1' },
] as const

/** What a self-signed RSA certificate says of its key, its own signature having been checked. */
export interface SelfSignedRsa {
  /** PKCS#1 DER. */
  publicKey: Uint8Array
  /** Milliseconds since 1970. */
  notBefore: number
  notAfter: number
}

/**
 * Reads an X.509 certificate (RFC 5280 §4.1) that holds an RSA key and is signed by it. Nothing else in it is
 * believed. Throws DecodeError where it is malformed, of another kind, or its signature is wrong.
 */
export function openSelfSignedRsa(certificate: Uint8Array): SelfSignedRsa {
  const what = 'certificate'
  const whole = new DerReader(certificate, what)
  const outer = whole.enter(DER.sequence)
  whole.end()
  const tbs = outer.next(DER.sequence)
  const algorithm = outer.enter(DER.sequence).next().whole
  const signature = outer.bits()
  outer.end()

  const reader = new DerReader(tbs.content, what)
  if (reader.peek() === 0xa0) reader.next()
  reader.next(DER.integer) // serial number
  reader.next(DER.sequence) // signature algorithm
  reader.next(DER.sequence) // issuer
  const validity = reader.enter(DER.sequence)
  reader.next(DER.sequence) // subject
  const keyInfo = reader.enter(DER.sequence)
  if (!equalBytes(keyInfo.enter(DER.sequence).next().whole, RSA_ENCRYPTION))
    throw new DecodeError('certificate: its key is not RSA')
  const publicKey = Uint8Array.from(keyInfo.bits())
  const key = decodeRsaPublicKey(publicKey)

  const known = SIGNATURE_ALGORITHMS.find(({ oid }) => equalBytes(oid, algorithm))
  if (known === undefined) throw new DecodeError('certificate: unknown signature algorithm')
  if (!rsaVerify(key, known.digest, tbs.whole, signature))
    throw new DecodeError('certificate: wrong signature')
  return { publicKey, notBefore: time(validity), notAfter: time(validity) }
}

/** RFC 5280 §4.1.2.5: UTCTime (years 1950 … 2049) or GeneralizedTime, both with seconds and in UTC. */
function time(reader: DerReader): number {
  const { tag, content } = reader.next()
  const text = fromUtf8(content)
  const match =
    tag === DER.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
      : tag === DER.generalizedTime
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
        : null
  if (match === null) throw new DecodeError('certificate: malformed time')
  const [year = 0, month = 0, day = 0, hour, minute, second] = match.slice(1).map(Number)
  const full = tag === DER.utcTime ? year + (year < 50 ? 2000 : 1900) : year
  const moment = utcMilliseconds(full, month, day, hour, minute, second)
  if (moment === undefined) throw new DecodeError('certificate: no such time')
  return moment
}
