import { loadPairing } from '@warren/primitives/pairing-load'
import { caiLiu } from './cai-liu.ts'
import type { Suite, SuiteId } from './suite.ts'

export { ConstantsCache } from './cache.ts'
export { ReencryptionError, type ReencryptionErrorCode } from './errors.ts'
export { MAX_LEVEL } from './format.ts'
export type { KeyPair, Suite, SuiteId } from './suite.ts'

/** Loads the pairing group once, and gives the suite. */
export async function loadSuite(id: SuiteId): Promise<Suite> {
  const group = await loadPairing()
  if (id === 'cai-liu') return caiLiu(group)
  throw new RangeError(`there is no suite ${id}`)
}
