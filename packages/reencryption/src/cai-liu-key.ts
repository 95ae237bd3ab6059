import { G1_BYTES, G2_BYTES, GT_BYTES } from '@warren/primitives/pairing'
import { reader, writer } from './format.ts'
import { PROOF_BYTES } from './knowledge.ts'

/** A re-encryption key A→B as it lies in bytes. */
export interface CaiLiuKey {
  from: Uint8Array
  to: Uint8Array
  /** R = r'P */
  r: Uint8Array
  /** E = K·e(r'B, Q) */
  e: Uint8Array
  /** D = H₂(K) − aQ */
  d: Uint8Array
  /** Knowledge of (r', a), over all of the above. */
  proof: Uint8Array
}

export function encodeKey(key: CaiLiuKey): Uint8Array<ArrayBuffer> {
  return writer('cai-liu', 'reencryptionKey')
    .raw(key.from)
    .raw(key.to)
    .raw(key.r)
    .raw(key.e)
    .raw(key.d)
    .raw(key.proof)
    .finish()
}

/** Throws DecodeError for every other length. */
export function decodeKey(bytes: Uint8Array): CaiLiuKey {
  const from = reader(bytes, 'cai-liu', 'reencryptionKey')
  const key = {
    from: from.raw(G1_BYTES),
    to: from.raw(G1_BYTES),
    r: from.raw(G1_BYTES),
    e: from.raw(GT_BYTES),
    d: from.raw(G2_BYTES),
    proof: from.raw(PROOF_BYTES),
  }
  from.end()
  return key
}
