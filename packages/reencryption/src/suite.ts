import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import type { ConstantsCache } from './cache.ts'

/** `cai-liu` is the published line and the default; `split` is short, fast and experimental: a sketch of a proof only. */
export type SuiteId = 'cai-liu' | 'split'

export interface KeyPair {
  publicKey: Uint8Array
  secretKey: Secret
}

/**
 * Multi-use, unidirectional, non-interactive proxy re-encryption of keys (recovery §2, Definition 1, as a key
 * encapsulation). Everything is bytes that start with a suite and version byte. Whatever is not accepted throws the one
 * ReencryptionError; a wrong type throws TypeError.
 *
 * A `cache` keeps what is constant for a public key or an edge, so that later calls are faster; results are the same
 * without. A client's cache holds secrets: give each holder of a secret key its own, and clear it when she locks.
 */
export interface Suite {
  readonly id: SuiteId
  generateKeyPair(rng: Rng): KeyPair
  publicKeyOf(secretKey: Secret): Uint8Array
  /** Proof that the holder of the public key knows its secret, bound to `context`: given when a key is registered. */
  provePossession(secretKey: Secret, context: Uint8Array, rng: Rng): Uint8Array
  checkPossession(publicKey: Uint8Array, proof: Uint8Array, context: Uint8Array): void
  /** A fresh 32-byte key, and the level-1 capsule that only the holder of `publicKey` opens, under the same context. */
  encapsulate(
    publicKey: Uint8Array,
    context: Uint8Array,
    rng: Rng,
    cache?: ConstantsCache,
  ): { key: Secret; capsule: Uint8Array }
  /**
   * To be called once, by the service that takes a capsule in: proves that its maker knew its randomness, without which
   * nobody may have it re-encrypted. Level 1 only.
   */
  checkCapsule(capsule: Uint8Array, publicKey: Uint8Array, context: Uint8Array): void
  /** The key that turns A's capsules into B's. */
  reencryptionKey(secretKeyA: Secret, publicKeyB: Uint8Array, rng: Rng, cache?: ConstantsCache): Uint8Array
  /** That `rk` was made by the holder of A's secret, for B, and unchanged since. */
  checkReencryptionKey(rk: Uint8Array, publicKeyA: Uint8Array, publicKeyB: Uint8Array): void
  /**
   * A capsule of level l for A becomes one of level l+1 for B. A level-1 capsule must have passed `checkCapsule`, `rk`
   * must have passed `checkReencryptionKey`; of a later capsule the newest block's proof is checked here.
   */
  reencrypt(
    rk: Uint8Array,
    capsule: Uint8Array,
    rng: Rng,
    cache?: ConstantsCache,
    /** The re-encryption key that made this capsule. `split` needs it from level 2 on; `cai-liu` does not. */
    rkBefore?: Uint8Array,
  ): Uint8Array
  /** Along a whole chain, from a level-1 capsule: what a service does. */
  reencryptAlong(
    chain: readonly Uint8Array[],
    capsule: Uint8Array,
    rng: Rng,
    cache?: ConstantsCache,
  ): Uint8Array
  /** 1 for a fresh capsule; one more for each re-encryption. */
  levelOf(capsule: Uint8Array): number
  /** The key; refuses a capsule that was changed in any bit, is for somebody else, or was made under another context. */
  decapsulate(secretKey: Secret, capsule: Uint8Array, context: Uint8Array, cache?: ConstantsCache): Secret
  /** For threshold recovery (R3): what may be public of a re-encryption key, and the 32 bytes that are shared out. */
  lockReencryptionKey(rk: Uint8Array, rng: Rng): { locked: Uint8Array; secret: Secret }
  unlockReencryptionKey(locked: Uint8Array, secret: Secret): Uint8Array
  /** Only `split` has it. */
  readonly path?: PathForm
}

/** A constant-size form for a whole chain, where the service holds every edge of it. */
export interface PathForm {
  /** What the last receiver needs once for a chain. Made by the service. */
  opening(chain: readonly Uint8Array[], rng: Rng): Uint8Array
  /** Puts into the receiver's cache what opens every capsule of that chain. */
  learn(secretKey: Secret, opening: Uint8Array, cache: ConstantsCache): void
  /** Whether `cache` opens this path capsule for that key. */
  knows(publicKey: Uint8Array, capsule: Uint8Array, cache: ConstantsCache): boolean
  /** A level-1 capsule for the chain's beginning becomes one for its end; `decapsulate` opens it with the cache. */
  reencrypt(chain: readonly Uint8Array[], capsule: Uint8Array, rng: Rng, cache?: ConstantsCache): Uint8Array
}
