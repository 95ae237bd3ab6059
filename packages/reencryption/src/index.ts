import type { PairingGroup } from '@warren/primitives/pairing'
import { loadPairing } from '@warren/primitives/pairing-load'
import { caiLiu } from './cai-liu.ts'
import { split } from './split.ts'
import type { Suite, SuiteId } from './suite.ts'

export { ConstantsCache } from './cache.ts'
export { ReencryptionError, type ReencryptionErrorCode } from './errors.ts'
export { MAX_LEVEL } from './format.ts'
export type { KeyPair, PathForm, Suite, SuiteId } from './suite.ts'

/** Loads the pairing group once, and gives the suite. */
export async function loadSuite(id: SuiteId): Promise<Suite> {
  return suiteOver(await loadPairing(), id)
}

/** The suite over a given implementation of the curve: an oracle, or one that counts what it is asked for. */
export function suiteOver(group: PairingGroup, id: SuiteId): Suite {
  return id === 'split' ? split(group) : caiLiu(group)
}
