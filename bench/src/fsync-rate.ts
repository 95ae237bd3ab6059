import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

const WRITES = 100

/** Fsyncs of 4 KiB a second in this directory: the mood of the disk, to be read beside every write benchmark. */
export async function fsyncRate(directory: string): Promise<number> {
  const path = join(directory, 'fsync-rate')
  const file = await open(path, 'w')
  const page = new Uint8Array(4096)
  const started = performance.now()
  for (let i = 0; i < WRITES; i++) {
    await file.write(page)
    await file.sync()
  }
  const seconds = (performance.now() - started) / 1000
  await file.close()
  await rm(path)
  return Math.round(WRITES / seconds)
}
