import { type ReencryptionPool, reencryptionThreads } from '@warren/reencryption/batch-node'
import { VaultError } from '../../protocol/index.ts'
import { type PairingWork, passes, refuseCheck, type ServiceSuite } from './work.ts'

const IDLE_MS = 3_000

/**
 * Re-encryption in worker threads. Checks stay in this thread, with a turn of the event loop between two of them: a
 * commit has few, and nobody waits longer than one (some 10 ms).
 */
export function threadedWork(suite: ServiceSuite, threads: number): PairingWork {
  let pool: ReencryptionPool | undefined
  let busy = 0
  let rest: NodeJS.Timeout | undefined
  let closed = false

  /** Threads hold 40 MiB each: a vault that only moves files gives them back. */
  function retire(): void {
    clearTimeout(rest)
    rest = setTimeout(() => {
      if (busy > 0) return
      const idle = pool
      pool = undefined
      void idle?.close().catch(() => undefined)
    }, IDLE_MS).unref()
  }

  async function attempt(capsule: Uint8Array, chain: readonly Uint8Array[]) {
    if (closed) throw new VaultError('vault/busy', 'the vault is shutting down')
    pool ??= reencryptionThreads(suite.id, threads)
    const used = pool
    busy++
    try {
      return await used.reencryptBatch([{ capsule, chain }])
    } catch (error) {
      // A thread that died takes its pool with it: the next request makes a new one.
      if (pool === used) pool = undefined
      void used.close().catch(() => undefined)
      throw error
    } finally {
      busy--
      retire()
    }
  }

  return {
    async check(checks) {
      for (const [i, check] of checks.entries()) {
        if (i > 0) await new Promise<void>((resolve) => setImmediate(resolve))
        if (!passes(suite, check)) throw refuseCheck(check.kind)
      }
    },
    async reencrypt(capsule, chain) {
      const [result] = await attempt(capsule, chain).catch(() => attempt(capsule, chain))
      // Its keys and the capsule were checked when they came in: what is left is a chain that is too long.
      if (result === undefined)
        throw new VaultError('vault/no-chain', 'the chain of keys to this device is too long: refresh it')
      return result
    },
    async close() {
      closed = true
      clearTimeout(rest)
      await pool?.close()
    },
  }
}
