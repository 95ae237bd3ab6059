import { equalBytes } from './bytes.ts'
import { DerReader } from './der.ts'
import { hexText } from './encoding.ts'
import { sha256, unsafeSha1 } from './hash.ts'
import { DecodeError } from './wire.ts'

/**
 * RSA with public keys only, which is all that Tor's old identities need: nothing here is secret, so the time that
 * BigInt takes tells nobody anything. For new protocols use Ed25519.
 */
export interface RsaPublicKey {
  modulus: bigint
  exponent: bigint
  /** Length of the modulus. */
  bits: number
}

const LARGEST_BITS = 8192

/** RFC 8017 §A.1.1: the DER of PKCS#1. Throws DecodeError. */
export function decodeRsaPublicKey(pkcs1: Uint8Array): RsaPublicKey {
  const outer = new DerReader(pkcs1, 'RSA key')
  const reader = outer.enter(0x30)
  outer.end()
  const modulus = reader.unsigned()
  const exponent = reader.unsigned()
  reader.end()
  const bits = modulus.toString(2).length
  if (bits < 512 || bits > LARGEST_BITS || modulus % 2n === 0n)
    throw new DecodeError('RSA key: unusable modulus')
  if (exponent < 3n || exponent > 0xffff_ffffn || exponent % 2n === 0n)
    throw new DecodeError('RSA key: unusable exponent')
  return { modulus, exponent, bits }
}

/**
 * What was signed with RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2), without the padding; `undefined` where the padding is not
 * exactly 00 01 FF…FF 00. The caller compares: a DigestInfo, or in Tor a bare digest.
 */
export function rsaRecover(key: RsaPublicKey, signature: Uint8Array): Uint8Array | undefined {
  const length = Math.ceil(key.bits / 8)
  if (signature.length !== length) return undefined
  const s = BigInt(`0x${hexText.encode(signature)}`)
  if (s >= key.modulus) return undefined
  let result = 1n
  let power = s
  for (let e = key.exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * power) % key.modulus
    power = (power * power) % key.modulus
  }
  const padded = hexText.decode(result.toString(16).padStart(length * 2, '0'))
  if (padded[0] !== 0 || padded[1] !== 1) return undefined
  const end = padded.indexOf(0, 2)
  if (end < 10 || !padded.subarray(2, end).every((byte) => byte === 0xff)) return undefined
  return padded.slice(end + 1)
}

// RFC 8017 §9.2, note 1: the DER that precedes a digest.
const DIGEST_INFO = {
  sha1: hexText.decode('3021300906052b0e03021a05000414'),
  sha256: hexText.decode('3031300d060960864801650304020105000420'),
} as const

/** RSASSA-PKCS1-v1_5 with SHA-256, or with SHA-1, which old certificates carry about themselves. */
export function rsaVerify(
  key: RsaPublicKey,
  algorithm: keyof typeof DIGEST_INFO,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const recovered = rsaRecover(key, signature)
  const prefix = DIGEST_INFO[algorithm]
  const digest = algorithm === 'sha1' ? unsafeSha1(message) : sha256(message)
  return (
    recovered !== undefined &&
    equalBytes(recovered.subarray(0, prefix.length), prefix) &&
    equalBytes(recovered.subarray(prefix.length), digest)
  )
}
