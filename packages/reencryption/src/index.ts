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
  const group = await loadPairing()
  return id === 'split' ? split(group) : caiLiu(group)
}
