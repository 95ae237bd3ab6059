import { utcMilliseconds } from '@warren/primitives/calendar'
import { DecodeError } from '@warren/primitives/wire'

/** `YYYY-MM-DD HH:MM:SS` in UTC (dir-spec §1.2), as two arguments of a line. Milliseconds since 1970. */
export function decodeTime(parts: readonly string[], what: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(parts.slice(0, 2).join(' '))
  if (match !== null) {
    const [year = 0, month = 0, day = 0, hour, minute, second] = match.slice(1).map(Number)
    const moment = utcMilliseconds(year, month, day, hour, minute, second)
    if (moment !== undefined) return moment
  }
  throw new DecodeError(`${what}: malformed time`)
}
