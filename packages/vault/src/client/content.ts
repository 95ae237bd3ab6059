import { utf8 } from '@warren/primitives/bytes'
import { sha256 } from '@warren/primitives/hash'
import type { SpacePath } from '../protocol/paths.ts'

/** A file to be put, wherever it is: on a disk, in a browser, on standard input. */
export interface Source {
  path: SpacePath
  /** Undefined for a stream of unknown length. */
  bytes: number | undefined
  modifiedMs: number
  executable: boolean
  open(): Promise<Reader>
}

export interface Reader {
  /** Fills `into` from the place where the last read ended; gives how much, less than all of it only at the end. */
  read(into: Uint8Array): Promise<number>
  /** Is what was read still what is there? (size and time of change) */
  unchanged(): Promise<boolean>
  close(): Promise<void>
}

/** Where the content of a file goes. `finish` makes it visible; until then, and if it is abandoned, nothing is. */
export interface Sink {
  /**
   * What an earlier download of the same version left, from its beginning and in whole chunks: it is read back for the
   * digest of the whole, and `write` goes on behind it. Nothing, unless the sink keeps such things.
   */
  already?(chunkBytes: number): AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  finish(): Promise<void>
  /** `keep`: what was written was verified, and may be left for the next download to go on from. */
  abandon(keep: boolean): Promise<void>
}

/** Names the record of an upload under way without telling which file it is of. */
export function uploadRecord(space: string, path: SpacePath): string {
  const digest = sha256(utf8(`warren/upload/1/${space}/${path}`)).subarray(0, 16)
  return `upload-${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
