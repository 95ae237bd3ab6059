import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

/** Where a command prints: data on stdout, everything else on stderr. */
export interface Terminal {
  /** One line of data on stdout. */
  print(line: string): void
  /** One JSON document on stdout. */
  json(document: { schema: string } & Record<string, unknown>): void
  /** A line for people on stderr. */
  say(line: string): void
  /** Replaces the progress line on stderr; shown on a terminal only. An empty line clears it. */
  progress(line: string): void
  /** Bytes on stdout, for as long as somebody reads them. */
  data(bytes: Uint8Array): Promise<void>
  /** May a command ask? Only when both ends are a terminal. */
  readonly interactive: boolean
  readonly signal: AbortSignal
}

function write(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
    }
  }
}

// oxlint-disable-next-line no-control-regex -- they are what is taken out
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text of others may not steer the terminal: control and bidirectional characters are shown as a replacement. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '\ufffd')
}

export function systemTerminal(signal: AbortSignal): Terminal {
  const showsProgress = process.stderr.isTTY === true
  let shown = false
  const clear = () => {
    if (shown) write(2, '\r\u001b[K')
    shown = false
  }
  return {
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    signal,
    print(line) {
      clear()
      write(1, `${printable(line)}\n`)
    },
    json(document) {
      clear()
      write(
        1,
        `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`,
      )
    },
    say(line) {
      clear()
      write(2, `${printable(line)}\n`)
    },
    async data(bytes) {
      clear()
      const done = new AbortController()
      const failed = once(process.stdout, 'error', { signal: AbortSignal.any([signal, done.signal]) })
      // Until it is written, not only taken in: the memory of the bytes is used again.
      const written = new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()))
      try {
        const [error] = (await Promise.race([failed, written])) ?? []
        if (error !== undefined) throw error
      } finally {
        done.abort()
      }
    },
    progress(line) {
      if (!showsProgress) return
      clear()
      if (line === '') return
      write(2, line.slice(0, (process.stderr.columns ?? 80) - 1))
      shown = true
    },
  }
}

const BUG: ErrorKind = 'bug'

/** One sentence for a person; with `verbose` the chain of causes behind it. */
export function errorText(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error)
  const known = error instanceof WarrenError && error.kind !== BUG
  const lines = [known ? error.message : `${error.name}: ${error.message}`]
  if (verbose) {
    if (error instanceof WarrenError) lines.push(`code: ${error.code}`)
    if (!known && error.stack !== undefined) lines.push(error.stack)
    for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
      lines.push(`because: ${cause.name}: ${cause.message}`)
  }
  return lines.join('\n')
}
