import { assertBytes, concatBytes } from './bytes.ts'
import { sha256 } from './hash.ts'
import { type PairingGroup, type Scalar, WIDE_SCALAR_BYTES } from './pairing.ts'
import type { Rng } from './rng.ts'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** expand_message_xmd with SHA-256, RFC 9380 §5.3.1. `domain` 1 … 255 bytes, `length` ≤ 8160. */
export function expandMessage(
  message: Uint8Array,
  domain: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  assertBytes(message, 'message')
  assertBytes(domain, 'domain')
  if (domain.length < 1 || domain.length > 255)
    throw new RangeError(`domain: ${domain.length} bytes, not 1 … 255`)
  const blocks = Math.ceil(length / DIGEST_BYTES)
  if (!Number.isSafeInteger(length) || length < 1 || blocks > 255)
    throw new RangeError(`expand: length ${length}`)
  const tag = concatBytes(domain, Uint8Array.of(domain.length))
  const first = sha256(
    new Uint8Array(BLOCK_BYTES),
    message,
    Uint8Array.of(length >> 8, length & 0xff, 0),
    tag,
  )
  const out = new Uint8Array(blocks * DIGEST_BYTES)
  let block: Uint8Array = new Uint8Array(DIGEST_BYTES)
  for (let i = 1; i <= blocks; i++) {
    const mixed = first.map((byte, at) => byte ^ (block[at] as number))
    block = sha256(mixed, Uint8Array.of(i), tag)
    out.set(block, (i - 1) * DIGEST_BYTES)
  }
  return out.slice(0, length)
}

/** hash_to_field for the scalar field, RFC 9380 §5.2, with one element. */
export function hashToScalar(group: PairingGroup, message: Uint8Array, domain: Uint8Array): Scalar {
  return group.scalar.fromWide(expandMessage(message, domain, WIDE_SCALAR_BYTES))
}

/** A uniform scalar in [1, r). */
export function randomScalar(group: PairingGroup, rng: Rng): Scalar {
  for (;;) {
    const value = group.scalar.fromWide(rng.bytes(WIDE_SCALAR_BYTES))
    if (!group.scalar.isZero(value)) return value
  }
}
