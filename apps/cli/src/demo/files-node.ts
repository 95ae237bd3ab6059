import { lstat, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRng } from '@warren/primitives/rng'

const MIB = 1024 * 1024
const COMPARED_AT_ONCE = 4 * MIB

export interface FolderOptions {
  folders: number
  filesPerFolder: number
  largeBytes: number
}

/** A folder as people have them: many small files of all sizes, some names that are not ASCII, and one large file. */
export async function makeFolder(
  path: string,
  options: FolderOptions,
): Promise<{ files: number; bytes: number }> {
  let files = 0
  let bytes = 0
  const write = async (file: string, length: number) => {
    await writeFile(file, systemRng.bytes(length))
    files++
    bytes += length
  }
  for (let folder = 0; folder < options.folders; folder++) {
    const place = join(path, folder % 3 === 0 ? `Jahr ${2000 + folder} – Fotos` : `notes ${folder}`)
    await mkdir(place, { recursive: true })
    for (let file = 0; file < options.filesPerFolder; file++)
      await write(join(place, `größe ${file}.bin`), (file * 7919 + folder * 104_729) % 60_000)
  }
  await write(join(path, 'empty'), 0)
  const large = await open(join(path, 'film.mkv'), 'w')
  for (let at = 0; at < options.largeBytes; at += MIB)
    await large.write(systemRng.bytes(Math.min(MIB, options.largeBytes - at)))
  await large.close()
  return { files: files + 1, bytes: bytes + options.largeBytes }
}

async function sameFile(a: string, b: string): Promise<number> {
  const left = await open(a)
  const right = await open(b)
  try {
    const one = new Uint8Array(COMPARED_AT_ONCE)
    const other = new Uint8Array(COMPARED_AT_ONCE)
    for (let at = 0; ; ) {
      const { bytesRead } = await left.read(one, 0, one.length, at)
      const { bytesRead: count } = await right.read(other, 0, other.length, at)
      if (bytesRead !== count || Buffer.compare(one.subarray(0, count), other.subarray(0, count)) !== 0)
        throw new Error(`${b} is not what ${a} is, in the bytes from ${at} on`)
      if (count === 0) return at
      at += count
    }
  } finally {
    await left.close()
    await right.close()
  }
}

/** Compares two files or folders byte by byte, names and all. Throws at the first difference. */
export async function compare(a: string, b: string): Promise<{ files: number; bytes: number }> {
  const stats = await lstat(a)
  if (stats.isFile()) return { files: 1, bytes: await sameFile(a, b) }
  const names = (await readdir(a)).toSorted()
  const others = (await readdir(b)).toSorted()
  if (names.join('\0') !== others.join('\0')) throw new Error(`${b} has other names in it than ${a}`)
  const sum = { files: 0, bytes: 0 }
  for (const name of names) {
    const { files, bytes } = await compare(join(a, name), join(b, name))
    sum.files += files
    sum.bytes += bytes
  }
  return sum
}
