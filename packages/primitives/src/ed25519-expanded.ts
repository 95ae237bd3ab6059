import { ed25519 } from '@noble/curves/ed25519.js'
import { assertBytes, concatBytes } from './bytes.ts'
import { sha512 } from './hash.ts'

/**
 * Ed25519 with keys given as a scalar instead of a seed: what key blinding needs (Tor rend-spec-v3, appendix A).
 * noble's BigInt arithmetic is not constant-time: keep these functions off paths that an adversary can time.
 */
const { Point } = ed25519
const { Fn } = Point
const SCALAR_BYTES = 32

/** RFC 8032 §5.1.5 after hashing: the secret scalar (little-endian, reduced mod l) and the prefix for nonces. */
export interface Ed25519ExpandedKey {
  scalar: Uint8Array
  prefix: Uint8Array
}

/** RFC 8032 §5.1.5, steps 1 and 2. `seed` is the 32-byte private key. */
export function ed25519Expand(seed: Uint8Array): Ed25519ExpandedKey {
  assertBytes(seed, 'seed', 32)
  const digest = sha512(seed)
  return { scalar: ed25519Clamp(digest.subarray(0, 32)), prefix: digest.slice(32) }
}

/** Clears and sets the bits of RFC 8032 §5.1.5 step 2, then reduces mod l. */
export function ed25519Clamp(bytes: Uint8Array): Uint8Array {
  assertBytes(bytes, 'scalar', SCALAR_BYTES)
  const clamped = Uint8Array.from(bytes)
  clamped[0] = (clamped[0] as number) & 248
  clamped[31] = ((clamped[31] as number) & 63) | 64
  return toScalar(littleEndian(clamped))
}

/** a·b mod l. */
export function ed25519MultiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
  return toScalar(Fn.mul(fromScalar(a), fromScalar(b)))
}

/** scalar·B: the public key of an expanded key. */
export function ed25519PublicKeyOfScalar(scalar: Uint8Array): Uint8Array {
  return Point.BASE.multiply(fromScalar(scalar)).toBytes()
}

/**
 * scalar·P for a public key P. `undefined` where P is no point of the prime-order group (malformed, not canonical,
 * of small order, or with a torsion component).
 */
export function ed25519MultiplyPoint(scalar: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const point = primeOrderPoint(publicKey)
  return point?.multiply(fromScalar(scalar)).toBytes()
}

/** Whether the bytes are the canonical encoding of a point of prime order: no torsion component, not the identity. */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  return primeOrderPoint(publicKey) !== undefined
}

/** RFC 8032 §5.1.6, steps 2 to 6, under an expanded key. */
export function ed25519SignExpanded(key: Ed25519ExpandedKey, message: Uint8Array): Uint8Array {
  const scalar = fromScalar(key.scalar)
  const publicKey = ed25519PublicKeyOfScalar(key.scalar)
  const r = Fn.create(littleEndian(sha512(key.prefix, message)))
  const commitment = Point.BASE.multiply(r).toBytes()
  const k = Fn.create(littleEndian(sha512(commitment, publicKey, message)))
  return concatBytes(commitment, toScalar(Fn.add(r, Fn.mul(k, scalar))))
}

/**
 * The Ed25519 point with y = (u−1)/(u+1) and sign bit 0, for an X25519 public key u (Tor proposal 228, appendix A).
 * Throws a RangeError for u = −1, which has none.
 */
export function ed25519FromX25519(publicKey: Uint8Array): Uint8Array {
  assertBytes(publicKey, 'publicKey', 32)
  const { Fp } = Point
  const u = Fp.create(littleEndian(publicKey) & ((1n << 255n) - 1n))
  const denominator = Fp.add(u, Fp.ONE)
  if (Fp.is0(denominator)) throw new RangeError('publicKey: this X25519 point has no Ed25519 form')
  return Fp.toBytes(Fp.mul(Fp.sub(u, Fp.ONE), Fp.inv(denominator)))
}

function primeOrderPoint(publicKey: Uint8Array) {
  if (publicKey.length !== 32) return undefined
  try {
    const point = Point.fromBytes(publicKey)
    return point.is0() || !point.isTorsionFree() ? undefined : point
  } catch {
    return undefined
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  return value
}

function fromScalar(bytes: Uint8Array): bigint {
  assertBytes(bytes, 'scalar', SCALAR_BYTES)
  const value = littleEndian(bytes)
  if (value === 0n || value >= Fn.ORDER) throw new RangeError('scalar: not in 1 … l−1')
  return value
}

function toScalar(value: bigint): Uint8Array {
  return Fn.toBytes(Fn.create(value))
}
