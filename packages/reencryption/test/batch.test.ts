import { utf8 } from '@warren/primitives/bytes'
import { ConstantsCache, type KeyPair, loadSuite, type SuiteId } from '@warren/reencryption'
import { reencryptionThreads } from '@warren/reencryption/batch-node'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'

const context = utf8('batch')

describe.each<SuiteId>(['cai-liu', 'split'])('batches of %s in worker threads', (id) => {
  it('give each job its result, and a refusal its place', async () => {
    const suite = await loadSuite(id)
    const rng = testRng(`batch ${id}`)
    const [a, b, c] = [0, 1, 2].map(() => suite.generateKeyPair(rng)) as [KeyPair, KeyPair, KeyPair]
    const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
    const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
    const made = Array.from({ length: 20 }, () => suite.encapsulate(a.publicKey, context, rng))
    const jobs = made.map(({ capsule }, i) => ({
      chain: [ab, bc],
      capsule: i === 7 ? capsule.subarray(1) : capsule,
    }))
    const pool = reencryptionThreads(id, 2)
    try {
      const results = await pool.reencryptBatch(jobs)
      const cache = new ConstantsCache()
      for (const [i, result] of results.entries())
        if (i === 7) expect(result).toBeUndefined()
        else {
          const key = suite.decapsulate(c.secretKey, result as Uint8Array, context, cache)
          expect(key.equals((made[i] as { key: typeof key }).key)).toBe(true)
        }
      await expect(
        pool.reencryptBatch(jobs, { signal: AbortSignal.abort(new Error('enough')) }),
      ).rejects.toThrow('enough')
      if (id === 'cai-liu')
        await expect(pool.reencryptBatch(jobs, { asPath: true })).rejects.toThrow('no path form')
      else
        expect((await pool.reencryptBatch(jobs.slice(0, 2), { asPath: true })).map((r) => r?.length)).toEqual(
          [274, 274],
        )
      expect(await pool.reencryptBatch([])).toEqual([])
    } finally {
      await pool.close()
    }
    await expect(pool.reencryptBatch(jobs)).rejects.toThrow('closed')
  })
})
