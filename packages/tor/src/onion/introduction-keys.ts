import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { type Rng, randomBelow } from '@warren/primitives/rng'
import { generateX25519, type KeyPair } from './hs-ntor.ts'
import type { IntroductionPoint } from './introduction-point.ts'

/** The keys of one establishment of one introduction point, never of another. */
export interface IntroductionKeys {
  authSeed: Uint8Array
  authKey: Uint8Array
  encryption: KeyPair
}

export function generateIntroductionKeys(rng: Rng): IntroductionKeys {
  const authSeed = rng.bytes(32)
  return { authSeed, authKey: ed25519PublicKey(authSeed), encryption: generateX25519(rng) }
}

/** The relay of an introduction point, as a descriptor names it. */
export type IntroductionRelay = Pick<IntroductionPoint, 'linkSpecifiers' | 'onionKey'>

/** One established introduction point. */
export interface EstablishedPoint {
  keys: IntroductionKeys
  relay: IntroductionRelay
  /** Replaced at this time, or after so many requests, whichever is first (C-tor's figures). */
  retireMs: number
  requestsLeft: number
}

const HOUR_MS = 3_600_000
const SHORTEST_LIFE_MS = 18 * HOUR_MS
const LONGEST_LIFE_MS = 24 * HOUR_MS
const FEWEST_REQUESTS = 16_384

export function establishedPoint(
  keys: IntroductionKeys,
  relay: IntroductionRelay,
  nowMs: number,
  rng: Rng,
): EstablishedPoint {
  return {
    keys,
    relay,
    retireMs: nowMs + SHORTEST_LIFE_MS + randomBelow(rng, LONGEST_LIFE_MS - SHORTEST_LIFE_MS),
    requestsLeft: FEWEST_REQUESTS + randomBelow(rng, FEWEST_REQUESTS),
  }
}

export function descriptorPoint(point: EstablishedPoint): IntroductionPoint {
  return { ...point.relay, authKey: point.keys.authKey, encKey: point.keys.encryption.publicKey }
}
