import {
  type BigIntStats,
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import type { Reader, Source } from '@warren/vault/client'
import { joinPath, type SpacePath, VaultError } from '@warren/vault/protocol'
import { localError } from './local-error.ts'

/** What was found below the arguments of `put`. */
export interface LocalTree {
  sources: Source[]
  folders: SpacePath[]
  bytes: number
  /** Links and special files: they are not followed and not stored. */
  skipped: string[]
  /** What each place in the space is made from: two names may differ only in how they are composed. */
  places: Map<SpacePath, { local: string; isFolder: boolean }>
}

/** What tells that a file is still the one that was listed; of everything that the system says only this is kept. */
type Identity = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ino' | 'dev'>

function isSame(a: Identity, b: Identity): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/** Up to this size a file is read synchronously: each hand-over to another thread costs more than the read. */
const SMALL_BYTES = 512 * 1024

/** Reads what the file had when it was listed; that it has grown since is seen in the end. */
function openSmall(path: string, listed: Identity): Reader {
  const file = openSync(path, 'r')
  let left = Number(listed.size)
  return {
    // Promises of what may throw at once.
    async read(into) {
      const wanted = Math.min(into.length, left)
      let filled = 0
      for (let count = -1; count !== 0 && filled < wanted; filled += count)
        count = readSync(file, into, filled, wanted - filled, null)
      left -= filled
      return filled
    },
    async unchanged() {
      return isSame(listed, fstatSync(file, { bigint: true }))
    },
    async close() {
      closeSync(file)
    },
  }
}

async function openLarge(path: string, listed: Identity): Promise<Reader> {
  const file = await open(path, 'r')
  let left = Number(listed.size)
  return {
    async read(into) {
      const wanted = Math.min(into.length, left)
      let filled = 0
      while (filled < wanted) {
        const { bytesRead } = await file.read(into, filled, wanted - filled, null)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      left -= filled
      return filled
    },
    // The handle, for what was read, and the name, for a file that was put in its place.
    unchanged: async () =>
      isSame(listed, await file.stat({ bigint: true })) &&
      isSame(listed, await stat(path, { bigint: true }).catch(() => listed)),
    close: () => file.close(),
  }
}

async function openFile(path: string, listed: Identity): Promise<Reader> {
  try {
    return listed.size <= SMALL_BYTES ? openSmall(path, listed) : await openLarge(path, listed)
  } catch (cause) {
    throw localError(path, cause)
  }
}

function sourceOf(local: string, path: SpacePath, stats: BigIntStats): Source {
  const { size, mtimeNs, ino, dev } = stats
  const listed = { size, mtimeNs, ino, dev }
  return {
    path,
    bytes: Number(stats.size),
    modifiedMs: Math.max(0, Number(stats.mtimeNs / 1_000_000n)),
    executable: (stats.mode & 0o100n) !== 0n,
    open: () => openFile(local, listed),
  }
}

/** The name that a local file has, whatever the argument: `.` is called what its folder is called. */
export function localName(local: string): string {
  return basename(resolve(local))
}

/** Synchronously, for the same reason as above: a folder of ten thousand files is listed in a tenth of the time. */
function asked<T>(path: string, ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw localError(path, cause)
  }
}

/**
 * Lists a file or everything below a folder, before anything is sent: every name is checked, so that one that no vault
 * takes stops the command while nothing has happened. An argument that is a link is followed; links below it are not.
 */
export function findSources(local: string, path: SpacePath, into: LocalTree): void {
  add(
    local,
    path,
    asked(local, () => statSync(local, { bigint: true })),
    into,
  )
}

function add(local: string, path: SpacePath, stats: BigIntStats, into: LocalTree): void {
  const other = into.places.get(path)
  if (other !== undefined && !(stats.isDirectory() && other.isFolder))
    throw new WarrenError(
      'cli/local-file',
      'conflict',
      `${other.local} and ${local} would both become ${JSON.stringify(path)}: put them one by one, under other names`,
    )
  into.places.set(path, { local, isFolder: stats.isDirectory() })
  if (stats.isFile()) {
    into.sources.push(sourceOf(local, path, stats))
    into.bytes += Number(stats.size)
  } else if (stats.isDirectory()) {
    into.folders.push(path)
    for (const name of asked(local, () => readdirSync(local)).toSorted()) {
      const child = join(local, name)
      // Node puts this in the place of what is not UTF-8, and finds nothing under it.
      if (name.includes('\ufffd') && lstatSync(child, { throwIfNoEntry: false }) === undefined)
        throw new VaultError('vault/name', `a name in ${local} is not UTF-8: rename it first (${name})`)
      const childStats = asked(child, () => lstatSync(child, { bigint: true }))
      const isPlain = childStats.isFile() || childStats.isDirectory()
      if (isPlain) add(child, joinPath(path, name), childStats, into)
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
        async read(into) {
          let filled = 0
          while (filled < into.length) {
            if (held.length === 0) {
              const next = await parts.next()
              if (next.done === true) break
              held = next.value
            }
            const count = Math.min(held.length, into.length - filled)
            into.set(held.subarray(0, count), filled)
            held = held.subarray(count)
            filled += count
          }
          return filled
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
