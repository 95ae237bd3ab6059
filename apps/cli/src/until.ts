import { UsageError } from './exit.ts'

/** A moment to come: a date, a date and time (ISO 8601), or `30d`, `12h`. Milliseconds since 1970. */
export function untilOf(text: string, nowMs: number): number {
  const span = /^(\d{1,5})([dh])$/.exec(text)
  const ms =
    span === null ? Date.parse(text) : nowMs + Number(span[1]) * (span[2] === 'd' ? 86_400_000 : 3_600_000)
  if (Number.isNaN(ms)) throw new UsageError(`--until ${text}: expected a date (2030-12-31), or 30d, or 12h`)
  if (ms <= nowMs) throw new UsageError(`--until ${text}: that is past`)
  return ms
}
