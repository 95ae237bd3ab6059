import { G1_BYTES, G2_BYTES, SCALAR_BYTES } from '@warren/primitives/pairing'
import type { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { reader, writer } from './format.ts'
import { PROOF_BYTES } from './knowledge.ts'

/** The part of a re-encryption key A→B that may be public. */
export interface SplitEdge {
  from: Uint8Array
  to: Uint8Array
  /** R' = r'P */
  r: Uint8Array
  /** D = τ⁻¹aQ under KDF(Z_B^r') */
  maskedD: Uint8Array
  /** Knowledge of (r', a) over all of the above and τ. */
  proof: Uint8Array
}

/** With the proxy's half of A's secret. */
export interface SplitKey extends SplitEdge {
  tau: Uint8Array
}

function writeEdge(to: ByteWriter, edge: SplitEdge): ByteWriter {
  return to.raw(edge.from).raw(edge.to).raw(edge.r).raw(edge.maskedD).raw(edge.proof)
}

function readEdge(from: ByteReader): SplitEdge {
  return {
    from: from.raw(G1_BYTES),
    to: from.raw(G1_BYTES),
    r: from.raw(G1_BYTES),
    maskedD: from.raw(G2_BYTES),
    proof: from.raw(PROOF_BYTES),
  }
}

export function encodeKey(key: SplitKey): Uint8Array<ArrayBuffer> {
  return writeEdge(writer('split', 'reencryptionKey').raw(key.tau), key).finish()
}

/** Throws DecodeError for every other length. */
export function decodeKey(bytes: Uint8Array): SplitKey {
  const from = reader(bytes, 'split', 'reencryptionKey')
  const tau = from.raw(SCALAR_BYTES)
  const edge = readEdge(from)
  from.end()
  return { ...edge, tau }
}

export function encodeLocked(edge: SplitEdge): Uint8Array<ArrayBuffer> {
  return writeEdge(writer('split', 'lockedReencryptionKey'), edge).finish()
}

export function decodeLocked(bytes: Uint8Array): SplitEdge {
  const from = reader(bytes, 'split', 'lockedReencryptionKey')
  const edge = readEdge(from)
  from.end()
  return edge
}
