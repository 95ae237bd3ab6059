import type { Argon2Cost } from '@warren/primitives/argon2'
import { KeystoreError } from './errors.ts'

/** 64 MiB, 3 passes, 4 lanes: RFC 9106 §4, the second recommended option. */
export const DEFAULT_COST: Argon2Cost = { memoryKib: 64 * 1024, passes: 3, lanes: 4 }

/** A thousandth of a real cost: for tests only, where nobody attacks the passphrase. */
export const UNSAFE_TEST_COST: Argon2Cost = { memoryKib: 64, passes: 1, lanes: 1 }

// What a file may ask for. The ceiling is what a hostile file can make us spend; under the floor, a file is not ours.
const CEILING: Argon2Cost = { memoryKib: 512 * 1024, passes: 16, lanes: 16 }
const FLOOR: Argon2Cost = { memoryKib: 19 * 1024, passes: 1, lanes: 1 }
const WORK_CEILING_KIB = 2 * 1024 * 1024

/**
 * Throws KeystoreError `keystore/cost` for a cost above 512 MiB, 16 passes, 16 lanes or 2 GiB of memory × passes, or,
 * unless `unsafeAcceptLowCost`, below 19 MiB.
 */
export function checkCost(cost: Argon2Cost, unsafeAcceptLowCost: boolean): void {
  const fields = ['memoryKib', 'passes', 'lanes'] as const
  for (const field of fields) {
    const value = cost[field]
    const floor = unsafeAcceptLowCost ? 1 : FLOOR[field]
    if (!Number.isSafeInteger(value) || value < floor || value > CEILING[field])
      throw new KeystoreError(
        'keystore/cost',
        'bad-input',
        `passphrase cost: ${field} is not in ${floor} … ${CEILING[field]}`,
      )
  }
  // RFC 9106 §3.1: at least eight blocks for every lane.
  if (cost.memoryKib < 8 * cost.lanes || cost.memoryKib * cost.passes > WORK_CEILING_KIB)
    throw new KeystoreError(
      'keystore/cost',
      'bad-input',
      'passphrase cost: memory, passes and lanes do not fit',
    )
}
