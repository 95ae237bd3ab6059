import type { Clock } from '@warren/primitives/clock'
import { formatBytes, formatSeconds, plural } from './format.ts'
import type { Terminal } from './terminal.ts'

const EVERY_MS = 100
/** The rate is that of about the last ten seconds. */
const WINDOW_MS = 10_000

/** Counts bytes and files, and shows rate and time left on stderr, if that is a terminal. */
export class ProgressMeter {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #label: string
  readonly #totalBytes: number | undefined
  readonly #started: number
  #samples: { at: number; bytes: number }[] = []
  #shownAt = 0
  bytes = 0
  files = 0

  /** `totalBytes` undefined: not known, as for standard input. */
  constructor(terminal: Terminal, clock: Clock, label: string, totalBytes: number | undefined) {
    this.#terminal = terminal
    this.#clock = clock
    this.#label = label
    this.#totalBytes = totalBytes
    this.#started = clock.monotonic()
    this.#samples.push({ at: this.#started, bytes: 0 })
  }

  addBytes(count: number): void {
    this.bytes += count
    this.#show()
  }

  addFile(): void {
    this.files++
    this.#show()
  }

  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#started
  }

  #show(): void {
    const now = this.#clock.monotonic()
    if (now - this.#shownAt < EVERY_MS) return
    this.#shownAt = now
    this.#samples.push({ at: now, bytes: this.bytes })
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW_MS) this.#samples.shift()
    this.#terminal.progress(this.line(now))
  }

  line(now: number): string {
    const first = this.#samples[0] ?? { at: this.#started, bytes: 0 }
    const rate = now > first.at ? ((this.bytes - first.bytes) * 1000) / (now - first.at) : 0
    const parts = [`${this.#label} ${plural(this.files, 'file')}`]
    const total = this.#totalBytes
    parts.push(
      total === undefined ? formatBytes(this.bytes) : `${formatBytes(this.bytes)} of ${formatBytes(total)}`,
    )
    parts.push(`${formatBytes(rate)}/s`)
    if (total !== undefined && rate > 0)
      parts.push(`${formatSeconds(Math.max(0, total - this.bytes) / rate)} left`)
    return parts.join(', ')
  }

  done(): void {
    this.#terminal.progress('')
  }
}
