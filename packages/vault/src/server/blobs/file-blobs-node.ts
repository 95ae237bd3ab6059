import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { releaseStreamed } from '@warren/primitives/stream-memory-node'
import { VaultError } from '../../protocol/index.ts'
import { isDiskFull } from '../disk-full.ts'
import type { BlobId, Blobs } from './blobs.ts'

const READ_BYTES = 256 * 1024
/** Pieces that come in are written together: each hand-over to another thread costs as much as writing one does. */
const WRITE_BYTES = 512 * 1024
const NAME = /^[0-9a-f]{32}$/

/**
 * Blobs as files `blobs/ab/ab…`. A blob is written to `blobs/incoming`, fsynced, renamed into place and its directory
 * fsynced: only then is it acknowledged (docs/formats/store.md, order).
 */
export async function openFileBlobs(directory: string): Promise<Blobs> {
  const incoming = join(directory, 'incoming')
  // What was being written when the last process ended was never acknowledged.
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  const shards = new Set<string>()
  for (const name of await readdir(directory)) if (/^[0-9a-f]{2}$/.test(name)) shards.add(name)
  await syncDirectory(directory)

  const syncs = new Map<string, { running: Promise<void>; next: Promise<void> | undefined }>()

  /** One fsync serves everybody who asked before it began. */
  function syncShared(path: string): Promise<void> {
    const current = syncs.get(path)
    if (current === undefined) {
      const running = syncDirectory(path).finally(() => {
        if (syncs.get(path)?.running === running) syncs.delete(path)
      })
      syncs.set(path, { running, next: undefined })
      return running
    }
    current.next ??= current.running
      .catch(() => undefined)
      .then(() => {
        syncs.delete(path)
        return syncShared(path)
      })
    return current.next
  }

  async function shardOf(id: BlobId): Promise<string> {
    const name = id.slice(0, 2)
    const path = join(directory, name)
    if (!shards.has(name)) {
      await mkdir(path, { recursive: true, mode: 0o700 })
      await syncShared(directory)
      shards.add(name)
    }
    return path
  }

  const pathOf = (id: BlobId) => join(directory, id.slice(0, 2), id)

  return {
    async put(id, source, limitBytes) {
      const temporary = join(incoming, id)
      try {
        const length = await writeWhole(temporary, source, limitBytes)
        const shard = await shardOf(id)
        await rename(temporary, join(shard, id))
        await syncShared(shard)
        return length
      } catch (error) {
        await rm(temporary, { force: true })
        await rm(pathOf(id), { force: true })
        throw isDiskFull(error) ? new VaultError('vault/disk-full', 'the disk of the vault is full') : error
      }
    },

    async *read(id, offset, length) {
      let file: FileHandle
      try {
        file = await open(pathOf(id), 'r')
      } catch (cause) {
        throw new VaultError('vault/not-found', 'a chunk is lost', { cause })
      }
      try {
        let done = 0
        while (done < length) {
          const buffer = new Uint8Array(Math.min(READ_BYTES, length - done))
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done)
          if (bytesRead === 0) throw new VaultError('vault/not-found', 'a chunk is shorter than it was')
          done += bytesRead
          yield buffer.subarray(0, bytesRead)
          releaseStreamed(bytesRead)
        }
      } finally {
        await file.close()
      }
    },

    async delete(id) {
      await rm(pathOf(id), { force: true })
    },

    async *list() {
      for (const shard of shards)
        for (const name of await readdir(join(directory, shard))) {
          if (!NAME.test(name)) continue
          const { mtimeMs } = await stat(join(directory, shard, name))
          yield { id: name as BlobId, writtenMs: mtimeMs }
        }
    },

    close: () => Promise.resolve(),
  }
}

/** Written and fsynced; while some pieces are written, the next are taken in. Gives the length. */
async function writeWhole(
  path: string,
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    let length = 0
    let held: Uint8Array[] = []
    let heldBytes = 0
    let writing = Promise.resolve()
    const writeHeld = async () => {
      await writing
      writing = writeAll(file, held, heldBytes, length - heldBytes)
      // Awaited later; until then a failure must not count as unhandled.
      writing.catch(() => undefined)
      held = []
      heldBytes = 0
    }
    for await (const piece of source) {
      length += piece.length
      if (length > limitBytes)
        throw new VaultError('vault/too-large', `more than ${limitBytes} bytes at once`)
      held.push(piece)
      heldBytes += piece.length
      if (heldBytes >= WRITE_BYTES) await writeHeld()
    }
    await writeHeld()
    await writing
    await file.sync()
    return length
  } finally {
    await file.close()
  }
}

async function writeAll(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  bytes: number,
  at: number,
): Promise<void> {
  let rest = pieces
  for (let written = 0; written < bytes; ) {
    const { bytesWritten } = await file.writev(rest, at + written)
    written += bytesWritten
    rest = withoutFirst(rest, bytesWritten)
  }
  releaseStreamed(bytes)
}

function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(left, piece.length)
    left -= skipped
    return skipped < piece.length ? [piece.subarray(skipped)] : []
  })
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
