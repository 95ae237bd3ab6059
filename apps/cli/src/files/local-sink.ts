import { spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  futimesSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import type { Sink } from '@warren/vault/client'
import type { FileVersion } from '@warren/vault/protocol'
import { localError } from './local-error.ts'
import { makeDirectory } from './make-directory-node.ts'

/** What is being written stands beside its place under this and the version's id, so that another `get` finds it. */
const PART = '.warren-part'
/** More than this is worth keeping when it breaks off. */
const WORTH_KEEPING_BYTES = 8 * 1024 * 1024
/** Small files, a photo among them, are flushed together, by `flushFolder`; others one by one. */
const SMALL_BYTES = 4 * 1024 * 1024
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const PART_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

function kindOf(path: string): 'none' | 'folder' | 'file' | 'link' | 'other' {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return 'none'
    if (stats.isSymbolicLink()) return 'link'
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'other'
  } catch (error) {
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
      if (path === this.#root) await makeDirectory(path, 0o777)
      else {
        const kind = kindOf(path)
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
    const part = join(dirname(path), `${PART}-${version.version}`)
    try {
      // A folder in the way of a small file is seen when it is moved there; a large one is not fetched in vain.
      if (version.bytes <= SMALL_BYTES) return smallSink(part, path, version)
      if (kindOf(path) === 'folder') refuse(path, 'is in the way: it is a folder')
      return fileSink(await openPart(part, version), part, path, version)
    } catch (error) {
      throw localError(path, error)
    }
  }
}

function modeOf(version: FileVersion): number {
  return version.executable ? 0o777 : 0o666
}

/** What a command that was killed left under this name was never whole: it goes. */
function openNew(part: string, mode: number): number {
  try {
    return openSync(part, FLAGS, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    rmSync(part)
    return openSync(part, FLAGS, mode)
  }
}

/** A small file is held until it is whole and written synchronously: each hand-over to another thread costs more. */
function smallSink(part: string, path: string, version: FileVersion): Sink {
  const pieces: Uint8Array[] = []
  return {
    write(bytes) {
      pieces.push(bytes)
      return Promise.resolve()
    },
    finish() {
      try {
        const file = openNew(part, modeOf(version))
        try {
          for (const piece of pieces) writeFileSync(file, piece)
          const modified = version.modifiedMs / 1000
          futimesSync(file, modified, modified)
        } finally {
          closeSync(file)
        }
        renameSync(part, path)
      } catch (error) {
        throw localError(path, error)
      }
      return Promise.resolve()
    },
    abandon: () => rm(part, { force: true }),
  }
}

/** The part that an earlier `get` left, or a new one. */
async function openPart(part: string, version: FileVersion): Promise<FileHandle> {
  try {
    if (kindOf(part) === 'file') return await open(part, constants.O_RDWR | constants.O_NOFOLLOW)
  } catch {
    // Not ours to read: begun anew.
  }
  await rm(part, { force: true })
  return open(part, PART_FLAGS, modeOf(version))
}

function fileSink(file: FileHandle, part: string, path: string, version: FileVersion): Sink {
  let at = 0
  return {
    async *already(chunkBytes) {
      try {
        const whole = Math.min((await file.stat()).size, version.bytes)
        // The last chunk is fetched again: so there is one, and the whole is compared in any case.
        const buffer = new Uint8Array(at + chunkBytes < whole ? chunkBytes : 0)
        while (at + chunkBytes < whole) {
          const { bytesRead } = await file.read(buffer, 0, chunkBytes, at)
          if (bytesRead < chunkBytes) break
          at += chunkBytes
          yield buffer
        }
        await file.truncate(at)
      } catch (error) {
        throw localError(path, error)
      }
    },
    async write(bytes) {
      try {
        for (let written = 0; written < bytes.length; )
          written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten
        at += bytes.length
      } catch (error) {
        throw localError(path, error)
      }
    },
    async finish() {
      try {
        const modified = version.modifiedMs / 1000
        await file.utimes(modified, modified)
        await file.sync()
        await file.close()
        await rename(part, path)
      } catch (error) {
        throw localError(path, error)
      }
    },
    async abandon(keep) {
      await file.close().catch(() => undefined)
      if (!keep || at < WORTH_KEEPING_BYTES) await rm(part, { force: true })
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
