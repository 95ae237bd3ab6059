import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { VaultError } from '../protocol/errors.ts'
import type { LocalState } from './environment.ts'

let serial = 0

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** Makes the directory, and takes away what a process that was killed while it wrote has left beside its record. */
async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of await readdir(directory)) {
    const pid = Number(/^\..+-(\d+)-\d+$/.exec(name)?.[1])
    if (pid > 0 && !isRunning(pid)) await rm(join(directory, name), { force: true })
  }
}

/**
 * Records as files of a directory. Written beside and renamed, so that a crash leaves the old or the new one; not
 * fsynced, because all of it can be fetched and verified again.
 */
export function directoryState(directory: string): LocalState {
  let made: Promise<void> | undefined
  return {
    async read(name) {
      try {
        return new Uint8Array(await readFile(join(directory, name)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async write(name, content) {
      await (made ??= prepare(directory))
      const temporary = join(directory, `.${name}-${process.pid}-${serial++}`)
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(content)
        await file.close()
        await rename(temporary, join(directory, name))
      } catch (error) {
        await file.close().catch(() => undefined)
        await rm(temporary, { force: true })
        throw isFull(error)
          ? new VaultError(
              'vault/local-disk',
              'the disk of this device is full: what it saw of the vault cannot be kept; make room and run it again',
              { cause: error },
            )
          : error
      }
    },
    remove: (name) => rm(join(directory, name), { force: true }),
  }
}
