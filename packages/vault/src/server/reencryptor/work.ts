import type { Rng } from '@warren/primitives/rng'
import { ConstantsCache, type Suite } from '@warren/reencryption'
import { VaultError } from '../../protocol/index.ts'

/** What the service does with a suite: everything that needs no secret key. */
export type ServiceSuite = Pick<
  Suite,
  | 'id'
  | 'checkPossession'
  | 'checkCapsule'
  | 'checkReencryptionKey'
  | 'reencryptAlong'
  | 'levelOf'
  | 'unlockReencryptionKey'
>

/** One check that takes pairings, so that it is done beside the event loop. */
export type Check =
  | { kind: 'capsule'; capsule: Uint8Array; publicKey: Uint8Array; context: Uint8Array }
  | { kind: 'reencryption-key'; reencryptionKey: Uint8Array; from: Uint8Array; to: Uint8Array }

/** The service's pairings: in worker threads, or in this one. */
export interface PairingWork {
  /** Rejects with `vault/bad-request` when one of them fails. */
  check(checks: readonly Check[]): Promise<void>
  /** Re-encrypts along a chain, one key after another. */
  reencrypt(capsule: Uint8Array, reencryptionKeys: readonly Uint8Array[]): Promise<Uint8Array>
  close(): Promise<void>
}

/** Whether it passes. A capsule must be as it was made: one that was re-encrypted is nobody's to take in. */
export function passes(suite: ServiceSuite, check: Check): boolean {
  try {
    if (check.kind === 'reencryption-key')
      suite.checkReencryptionKey(check.reencryptionKey, check.from, check.to)
    else {
      if (suite.levelOf(check.capsule) !== 1) return false
      suite.checkCapsule(check.capsule, check.publicKey, check.context)
    }
    return true
  } catch {
    return false
  }
}

export function refuseCheck(kind: Check['kind']): VaultError {
  return new VaultError(
    'vault/bad-request',
    kind === 'capsule' ? 'a capsule does not verify' : 'a re-encryption key does not verify',
  )
}

/** Everything in the caller's thread. */
export function inlineWork(suite: ServiceSuite, rng: Rng): PairingWork {
  const cache = new ConstantsCache()
  return {
    async check(checks) {
      for (const check of checks) if (!passes(suite, check)) throw refuseCheck(check.kind)
    },
    reencrypt: async (capsule, keys) => suite.reencryptAlong(keys, capsule, rng, cache),
    close: () => Promise.resolve(),
  }
}
