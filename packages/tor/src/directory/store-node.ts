import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredName, TorStore } from './store.ts'

interface Waiting {
  bytes: Uint8Array
  done: Promise<void>
}

/**
 * Files in a directory of mode 0700, each replaced by renaming. Writes of one name go one after another; what is
 * overtaken while it waits is not written: guards change with every circuit.
 */
export function directoryStore(path: string): TorStore {
  const waiting = new Map<StoredName, Waiting>()
  const running = new Map<StoredName, Promise<void>>()
  return {
    async read(name) {
      try {
        return await readFile(join(path, name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write(name, bytes) {
      const queued = waiting.get(name)
      if (queued !== undefined) {
        queued.bytes = bytes
        return queued.done
      }
      const before = running.get(name)?.catch(() => {}) ?? Promise.resolve()
      const done = before.then(() => {
        const { bytes: latest } = waiting.get(name) as Waiting
        waiting.delete(name)
        return replace(path, name, latest)
      })
      waiting.set(name, { bytes, done })
      running.set(name, done)
      return done
    },
  }
}

async function replace(path: string, name: StoredName, bytes: Uint8Array): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const temporary = join(path, `.${name}.new`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(path, name))
}
