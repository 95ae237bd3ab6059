import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { lstat, open, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Reader, Source } from '@warren/vault/client'
import { joinPath, type SpacePath } from '@warren/vault/protocol'
import { localError } from './local-error.ts'

/** What was found below the arguments of `put`. */
export interface LocalTree {
  sources: Source[]
  folders: SpacePath[]
  bytes: number
  /** Links and special files: they are not followed and not stored. */
  skipped: string[]
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/** Up to this size a file is read at once and synchronously: each hand-over to another thread costs more than the read. */
const SMALL_BYTES = 512 * 1024

function readSmall(path: string): Reader {
  const file = openSync(path, 'r')
  try {
    const before = fstatSync(file, { bigint: true })
    // One byte more than the file has shows that it grows.
    const buffer = new Uint8Array(Number(before.size) + 1)
    let filled = 0
    for (let count = -1; count !== 0 && filled < buffer.length; filled += count)
      count = readSync(file, buffer, filled, buffer.length - filled, null)
    const unchanged = filled === Number(before.size) && isSame(before, fstatSync(file, { bigint: true }))
    let at = 0
    return {
      read: (length) => Promise.resolve(buffer.subarray(at, (at = Math.min(filled, at + length)))),
      unchanged: () => {
        const now = statSync(path, { bigint: true, throwIfNoEntry: false })
        return Promise.resolve(unchanged && (now === undefined || isSame(before, now)))
      },
      close: () => Promise.resolve(),
    }
  } finally {
    closeSync(file)
  }
}

async function openFile(path: string, bytes: bigint): Promise<Reader> {
  try {
    if (bytes <= SMALL_BYTES) return readSmall(path)
    const file = await open(path, 'r')
    const before = await file.stat({ bigint: true })
    let left = Number(before.size)
    return {
      async read(length) {
        // One byte more than the file had when it was opened shows that it has grown.
        const buffer = new Uint8Array(Math.min(length, Math.max(0, left) + 1))
        let filled = 0
        while (filled < buffer.length) {
          const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, null)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        left -= filled
        return buffer.subarray(0, filled)
      },
      // The handle, for what was read, and the name, for a file that was put in its place.
      unchanged: async () =>
        isSame(before, await file.stat({ bigint: true })) &&
        isSame(before, await stat(path, { bigint: true }).catch(() => before)),
      close: () => file.close(),
    }
  } catch (cause) {
    throw localError(path, cause)
  }
}

function sourceOf(local: string, path: SpacePath, stats: BigIntStats): Source {
  return {
    path,
    bytes: Number(stats.size),
    modifiedMs: Math.max(0, Number(stats.mtimeNs / 1_000_000n)),
    executable: (stats.mode & 0o100n) !== 0n,
    open: () => openFile(local, stats.size),
  }
}

/** The name that a local file has, whatever the argument: `.` is called what its folder is called. */
export function localName(local: string): string {
  return basename(resolve(local))
}

/**
 * Lists a file or everything below a folder, before anything is sent: every name is checked, so that one that no vault
 * takes stops the command while nothing has happened. An argument that is a link is followed; links below it are not.
 */
export async function findSources(local: string, path: SpacePath, into: LocalTree): Promise<void> {
  let stats: BigIntStats
  try {
    stats = await stat(local, { bigint: true })
  } catch (cause) {
    throw localError(local, cause)
  }
  await add(local, path, stats, into)
}

async function add(local: string, path: SpacePath, stats: BigIntStats, into: LocalTree): Promise<void> {
  if (stats.isFile()) {
    into.sources.push(sourceOf(local, path, stats))
    into.bytes += Number(stats.size)
  } else if (stats.isDirectory()) {
    into.folders.push(path)
    const names = await readdir(local).catch((cause: unknown) => {
      throw localError(local, cause)
    })
    for (const name of names.toSorted()) {
      const child = join(local, name)
      const childStats = await lstat(child, { bigint: true }).catch((cause: unknown) => {
        throw localError(child, cause)
      })
      const isPlain = childStats.isFile() || childStats.isDirectory()
      if (isPlain) await add(child, joinPath(path, name), childStats, into)
      else into.skipped.push(child)
    }
  } else into.skipped.push(local)
}

/** Standard input as one file. */
export function stdinSource(path: SpacePath, nowMs: number): Source {
  return {
    path,
    bytes: undefined,
    modifiedMs: nowMs,
    executable: false,
    open() {
      const parts = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      let held: Buffer = Buffer.alloc(0)
      return Promise.resolve({
        async read(length) {
          const buffer = new Uint8Array(length)
          let filled = 0
          while (filled < length) {
            if (held.length === 0) {
              const next = await parts.next()
              if (next.done === true) break
              held = next.value
            }
            const count = Math.min(held.length, length - filled)
            buffer.set(held.subarray(0, count), filled)
            held = held.subarray(count)
            filled += count
          }
          return buffer.subarray(0, filled)
        },
        unchanged: () => Promise.resolve(true),
        close: () => {
          process.stdin.destroy()
          return Promise.resolve()
        },
      } satisfies Reader)
    },
  }
}
