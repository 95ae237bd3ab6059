import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StateStore } from './state.ts'

/** One file, mode 0600, replaced as a whole: written beside, synced, renamed, and the folder synced. */
export function fileStateStore(path: string): StateStore {
  return {
    async load() {
      try {
        return Uint8Array.from(await readFile(path))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async save(sealed) {
      const folder = dirname(path)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const beside = `${path}.new`
      const file = await open(beside, 'w', 0o600)
      try {
        await file.writeFile(sealed)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
      const handle = await open(folder, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}
