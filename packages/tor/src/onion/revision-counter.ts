import { aesCtrStream } from '@warren/primitives/aes-ctr'
import { utf8 } from '@warren/primitives/bytes'
import { sha3_256 } from '@warren/primitives/hash'
import type { BlindedKeyPair } from './blinding.ts'

/** Past this input (36 hours and some) the counter stands still, as in C-tor. */
export const LARGEST_REVISION_SECONDS = 131_072

const IV = new Uint8Array(16)
const CHUNK_WORDS = 4096

/**
 * Order-preserving encryption of the age of a period (rend-spec-v3 appendix F.2, as C-tor computes it): the counter
 * rises with time, a directory learns no clock from it, and it starts afresh with each blinded key, so that counters
 * link neither periods nor clients. `seconds` is at least 1.
 */
export function encryptedAge(key: Uint8Array, seconds: number): number {
  if (!Number.isSafeInteger(seconds) || seconds < 1)
    throw new RangeError(`seconds: ${seconds} is not a whole number ≥ 1`)
  const stream = aesCtrStream(key, IV)
  let left = Math.min(seconds, LARGEST_REVISION_SECONDS)
  let sum = left
  while (left > 0) {
    const words = Math.min(left, CHUNK_WORDS)
    const bytes = stream.apply(new Uint8Array(2 * words))
    for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] as number) + 256 * (bytes[i + 1] as number)
    left -= words
  }
  return sum
}

/** The key of `encryptedAge` for one blinded key. */
export function revisionKey(pair: BlindedKeyPair): Uint8Array {
  return sha3_256(utf8('rev-counter-generation'), pair.key.scalar, pair.key.prefix)
}

/**
 * The counter to publish with: by age, and above every counter used before with this blinded key, so that a clock
 * set back stops no publication.
 */
export function nextRevision(pair: BlindedKeyPair, ageSeconds: number, lastUsed: number | undefined): number {
  const counter = encryptedAge(revisionKey(pair), Math.max(1, Math.floor(ageSeconds) + 1))
  return lastUsed !== undefined && counter <= lastUsed ? lastUsed + 1 : counter
}
