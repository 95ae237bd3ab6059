import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import type { Sink } from '@warren/vault/client'
import type { FileVersion } from '@warren/vault/protocol'
import { localError } from './local-error.ts'

const PART = '.warren-part'
const SINGLY_FLUSHED_BYTES = 1024 * 1024

async function kindOf(path: string): Promise<'none' | 'folder' | 'file' | 'link' | 'other'> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return 'link'
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'other'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none'
    throw localError(path, error)
  }
}

function refuse(path: string, why: string): never {
  throw new WarrenError('cli/local-file', 'conflict', `${path} ${why}`)
}

/**
 * A folder that files are fetched into. What the vault says can name only places inside it: names were checked when they
 * were read, and no link on the way is followed. (Somebody who may write into the folder at the same time is not
 * guarded against.)
 */
export class LocalFolder {
  readonly #root: string
  readonly #made = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Makes a folder at or below the root, with those above it. */
  async makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return
    const below = relative(this.#root, path)
    if (below === '..' || below.startsWith(`..${sep}`)) refuse(path, 'is outside of the target')
    if (path !== this.#root) await this.makeFolder(dirname(path))
    try {
      // The root itself was named by the user: it may be a link, and folders above it are made too.
      if (path === this.#root) await mkdir(path, { recursive: true })
      else {
        const kind = await kindOf(path)
        if (kind === 'link') refuse(path, 'is a link: nothing is written through it')
        if (kind === 'file' || kind === 'other') refuse(path, 'is in the way: it is not a folder')
        if (kind === 'none') await mkdir(path)
      }
    } catch (error) {
      throw localError(path, error)
    }
    this.#made.add(path)
  }

  /** Where a version's content is written: beside its place, and moved there when all of it is verified and on disk. */
  async sink(path: string, version: FileVersion): Promise<Sink> {
    await this.makeFolder(dirname(path))
    const kind = await kindOf(path)
    if (kind === 'folder') refuse(path, 'is in the way: it is a folder')
    const part = join(dirname(path), `${PART}-${version.version}`)
    try {
      await rm(part, { force: true })
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
      const file = await open(part, flags, version.executable ? 0o777 : 0o666)
      return fileSink(file, part, path, version)
    } catch (error) {
      throw localError(path, error)
    }
  }
}

function fileSink(file: FileHandle, part: string, path: string, version: FileVersion): Sink {
  return {
    async write(bytes) {
      try {
        let written = 0
        while (written < bytes.length)
          written += (await file.write(bytes, written, bytes.length - written)).bytesWritten
      } catch (error) {
        throw localError(path, error)
      }
    },
    async finish() {
      try {
        const modified = version.modifiedMs / 1000
        await file.utimes(modified, modified)
        // Of many small files each would cost a wait for the disk: they are flushed together, by `flushFolder`.
        if (version.bytes > SINGLY_FLUSHED_BYTES) await file.sync()
        await file.close()
        await rename(part, path)
      } catch (error) {
        throw localError(path, error)
      }
    },
    async abandon() {
      await file.close().catch(() => undefined)
      await rm(part, { force: true })
    },
  }
}

/** Brings to disk what was written below a folder: one flush of its file system, where the system has the program. */
export async function flushFolder(path: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const sync = spawn('sync', ['-f', path], { stdio: 'ignore' })
    sync.on('error', () => resolve())
    sync.on('close', () => resolve())
  })
}
