import type { PairingGroup } from './pairing.ts'

/** BLS12-381 by the fastest implementation there is here: mcl-wasm, or @noble/curves where WebAssembly is missing. */
export async function loadPairing(): Promise<PairingGroup> {
  if (typeof WebAssembly === 'object') return (await import('./pairing-mcl.ts')).loadMclPairing()
  return (await import('./pairing-noble.ts')).noblePairing()
}
