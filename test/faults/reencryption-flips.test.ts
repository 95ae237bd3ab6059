import { loadSuite, type SuiteId } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { describe, it } from 'vitest'
import { encodings, expectFlipsRefused } from '../../packages/reencryption/test/encodings.ts'

describe.each<SuiteId>(['cai-liu', 'split'])('%s refuses every encoding with any byte flipped:', (id) => {
  it('each of them', async () => {
    for (const encoding of encodings(await loadSuite(id), testRng(`flips ${id}`)))
      expectFlipsRefused(encoding, 1)
  })
})
