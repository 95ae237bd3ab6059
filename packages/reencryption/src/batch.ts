import { systemRng } from '@warren/primitives/rng'
import { ConstantsCache } from './cache.ts'
import { ReencryptionError } from './errors.ts'
import { loadSuite } from './index.ts'
import type { Suite, SuiteId } from './suite.ts'

/*
 * What a worker does with a batch, in Node's worker threads and in a browser's web workers alike.
 */

/** A level-1 capsule and the chain of re-encryption keys to move it along. */
export interface BatchJob {
  chain: readonly Uint8Array[]
  capsule: Uint8Array
}

export interface BatchRequest {
  id: number
  suite: SuiteId
  jobs: readonly BatchJob[]
  /** `split` only: in path form. */
  asPath: boolean
}

/** One result for each job, in order; undefined where the job was refused. `failure` is for bugs, not for refusals. */
export interface BatchAnswer {
  id: number
  results?: (Uint8Array | undefined)[]
  failure?: string
}

const caches = new Map<SuiteId, ConstantsCache>()

function one(
  suite: Suite,
  { chain, capsule }: BatchJob,
  asPath: boolean,
  cache: ConstantsCache,
): Uint8Array | undefined {
  try {
    if (!asPath) return suite.reencryptAlong(chain, capsule, systemRng, cache)
    if (suite.path === undefined) throw new RangeError(`${suite.id} has no path form`)
    return suite.path.reencrypt(chain, capsule, systemRng, cache)
  } catch (error) {
    if (error instanceof ReencryptionError) return undefined
    throw error
  }
}

/** Runs one batch in this thread, with the edge constants of all batches before it. */
export async function answerBatch({ id, suite: suiteId, jobs, asPath }: BatchRequest): Promise<BatchAnswer> {
  try {
    const suite = await loadSuite(suiteId)
    let cache = caches.get(suiteId)
    if (cache === undefined) {
      cache = new ConstantsCache()
      caches.set(suiteId, cache)
    }
    const constants = cache
    return { id, results: jobs.map((job) => one(suite, job, asPath, constants)) }
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : 'unknown' }
  }
}
