import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { TorStore } from './store.ts'

/** Files in a directory of mode 0700, each replaced by renaming. */
export function directoryStore(path: string): TorStore {
  return {
    async read(name) {
      try {
        return await readFile(join(path, name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async write(name, bytes) {
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
    },
  }
}
