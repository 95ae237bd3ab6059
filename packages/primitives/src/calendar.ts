/**
 * Milliseconds since 1970 of a moment in UTC, by the proleptic Gregorian calendar; `undefined` where there is no such
 * day or time. Without `Date`, which is a clock as well. `month` counts from 1.
 */
export function utcMilliseconds(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): number | undefined {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  if (days === undefined || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined
  // Years that begin in March put the leap day last.
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const sinceEpoch =
    y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
  return (((sinceEpoch * 24 + hour) * 60 + minute) * 60 + second) * 1000
}
