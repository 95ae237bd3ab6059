/** One connection's transaction, with savepoints inside it. */
export interface Transaction {
  begin(): void
  commit(): void
  rollback(): void
  savepoint(): void
  release(): void
  /** Back to the savepoint. Throws when the whole transaction is gone. */
  undo(): void
}

/** Jobs of one group at most: bounds how long the first waits for the last. */
const GROUP = 64

/**
 * Runs jobs one after another, each inside a savepoint, and makes those that wait together durable with one commit: an
 * fsync costs the same for one as for many. A job's failure undoes that job only; a failed commit fails them all.
 */
export function groupCommit(transaction: Transaction): {
  run<T>(job: () => Promise<T>): Promise<T>
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
} {
  /** A job that gives, once it has run, how to tell its caller that it is durable. */
  interface Waiting {
    job(): Promise<() => void>
    reject(reason: unknown): void
  }
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined

  async function runGroup(group: readonly Waiting[]): Promise<void> {
    const done: (() => void)[] = []
    const pending = new Set(group)
    try {
      transaction.begin()
      for (const item of group) {
        transaction.savepoint()
        try {
          const tell = await item.job()
          transaction.release()
          done.push(tell)
        } catch (error) {
          transaction.undo()
          pending.delete(item)
          item.reject(error)
        }
      }
      transaction.commit()
    } catch (error) {
      try {
        transaction.rollback()
      } catch {
        // The first failure is the one to tell.
      }
      for (const item of pending) item.reject(error)
      return
    }
    for (const tell of done) tell()
  }

  async function drain(): Promise<void> {
    // Lets everybody who is ready in this turn of the event loop join the first group.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP)
      waiting = waiting.slice(GROUP)
      await runGroup(group)
    }
    draining = undefined
  }

  return {
    run<T>(job: () => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({
          job: async () => {
            const value = await job()
            return () => resolve(value)
          },
          reject,
        })
        draining ??= drain()
      })
    },
    async idle() {
      while (draining !== undefined) await draining
    },
  }
}
