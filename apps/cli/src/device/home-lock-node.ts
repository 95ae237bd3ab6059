import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '@warren/primitives/clock'
import { localError } from '../files/local-error.ts'
import type { Terminal } from '../terminal.ts'
import type { HomePaths } from './home.ts'

const LOCK_FILE = 'lock'
const POLL_MS = 50
const SQLITE_BUSY = 5

function tryLock(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // No journal on the disk: a command that only reads must work where no room is left.
    database.exec('PRAGMA journal_mode = memory; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

/**
 * One command at a time works in a home: the second waits and says so. The lock is the operating system's, on an empty
 * SQLite file: Node has no `flock` of its own, and this one ends with the process, however that ends.
 */
export async function lockHome(
  paths: HomePaths,
  terminal: Terminal,
  clock: Clock,
): Promise<{ release(): void }> {
  const path = join(paths.state, LOCK_FILE)
  // SQLite would make it with the modes of this process.
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw localError(path, error)
  }
  for (let told = false; ; ) {
    const database = tryLock(path)
    if (database !== undefined) return { release: () => database.close() }
    if (!told) terminal.say('another warren command is at work in this home: waiting for it')
    told = true
    await clock.sleep(POLL_MS, terminal.signal)
  }
}
