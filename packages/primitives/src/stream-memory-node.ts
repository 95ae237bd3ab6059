import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The young generation would otherwise grow to 64 MiB while there is much to stream, and stay so. Threads that help to
// collect it, and to free its buffers, cost a stream of buffers as much again: they wait for one another.
for (const flag of [
  'semi-space-growth-factor=1',
  'no-parallel-scavenge',
  'no-concurrent-array-buffer-sweeping',
])
  setFlagsFromString(`--${flag}`)

/** Streamed bytes after which the buffers that carried them are given back. */
const EVERY_BYTES = 8 * 1024 * 1024

type Collect = (options: { type: 'minor' }) => void

let collect: Collect | undefined
let streamed = 0

/**
 * Tells how many bytes have just been streamed through. V8 sees a buffer as a few bytes of its heap, so that a process
 * which streams files lets hundreds of megabytes of dead buffers stand before it looks; a minor collection (about a
 * millisecond) every 8 MiB keeps memory bounded at any file size.
 */
export function releaseStreamed(bytes: number): void {
  streamed += bytes
  if (streamed < EVERY_BYTES) return
  streamed = 0
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  collect({ type: 'minor' })
}
