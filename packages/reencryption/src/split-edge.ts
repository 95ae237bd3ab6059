import { concatBytes } from '@warren/primitives/bytes'
import { G2_BYTES, type LinesG2 } from '@warren/primitives/pairing'
import { domain } from './transcript.ts'

const EDGE_MASK = domain('split', 'edge-mask')

/** What hides D = τ⁻¹aQ of an edge A→B from all but B: KDF(Z_B^r', R', A, B). `shared` is Z_B^r', encoded. */
export function edgePad(shared: Uint8Array, r: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  return EDGE_MASK.bytes(G2_BYTES, shared, r, from, to)
}

/** The D of an edge, once a capsule that it opened has passed every check. */
export interface LearnedEdge {
  name: Uint8Array
  lines: LinesG2
}

/** The name of an edge's D in the cache of one holder. */
export function edgeName(
  holder: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
  r: Uint8Array,
  maskedD: Uint8Array,
): Uint8Array {
  return concatBytes(holder, from, to, r, maskedD)
}
