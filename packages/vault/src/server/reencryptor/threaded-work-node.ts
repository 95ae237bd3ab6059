import { type ReencryptionPool, reencryptionThreads } from '@warren/reencryption/batch-node'
import { VaultError } from '../../protocol/index.ts'
import { CheckThreads } from './check-threads-node.ts'
import { type Check, type PairingWork, passes, refuseCheck, type ServiceSuite } from './work.ts'

const IDLE_MS = 3_000
/** Some 10 ms each. To start a thread takes longer than these few, and most commits have no more. */
const CHECKS_IN_THIS_THREAD = 4

/** Threads hold 40 MiB each: made when they are needed, and given back by a vault that only moves files. */
function resting<T extends { close(): Promise<void> }>(make: () => T) {
  let pool: T | undefined
  let busy = 0
  let rest: NodeJS.Timeout | undefined
  let closed = false

  function retire(): void {
    clearTimeout(rest)
    rest = setTimeout(() => {
      if (busy > 0) return
      const idle = pool
      pool = undefined
      void idle?.close().catch(() => undefined)
    }, IDLE_MS).unref()
  }

  async function attempt<R>(work: (pool: T) => Promise<R>): Promise<R> {
    if (closed) throw new VaultError('vault/busy', 'the vault is shutting down')
    pool ??= make()
    const used = pool
    busy++
    try {
      return await work(used)
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
    /** Twice, if the first time a thread dies. */
    use: <R>(work: (pool: T) => Promise<R>): Promise<R> => attempt(work).catch(() => attempt(work)),
    async close() {
      closed = true
      clearTimeout(rest)
      await pool?.close()
    },
  }
}

/**
 * Pairings in worker threads, so that nobody who moves files waits for them. Only the few checks of a small commit stay
 * in this thread, with a turn of the event loop between two of them.
 */
export function threadedWork(suite: ServiceSuite, threads: number): PairingWork {
  const reencryption = resting<ReencryptionPool>(() => reencryptionThreads(suite.id, threads))
  const checking = resting(() => new CheckThreads(suite.id, threads))

  async function checkHere(checks: readonly Check[]): Promise<void> {
    for (const [i, check] of checks.entries()) {
      if (i > 0) await new Promise<void>((resolve) => setImmediate(resolve))
      if (!passes(suite, check)) throw refuseCheck(check.kind)
    }
  }

  return {
    async check(checks) {
      if (checks.length <= CHECKS_IN_THIS_THREAD) return checkHere(checks)
      const results = await checking.use((pool) => pool.run(checks))
      const refused = checks.find((_, i) => results[i] !== true)
      if (refused !== undefined) throw refuseCheck(refused.kind)
    },
    async reencrypt(capsule, chain) {
      const [result] = await reencryption.use((pool) => pool.reencryptBatch([{ capsule, chain }]))
      // Its keys and the capsule were checked when they came in: what is left is a chain that is too long.
      if (result === undefined)
        throw new VaultError('vault/no-chain', 'the chain of keys to this device is too long: refresh it')
      return result
    },
    async close() {
      await reencryption.close()
      await checking.close()
    },
  }
}
