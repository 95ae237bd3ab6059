import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utcMilliseconds } from '../src/calendar.ts'

it('counts as Date does', () => {
  const moment = fc.date({ min: new Date(0), max: new Date(Date.UTC(2400, 0, 1)), noInvalidDate: true })
  fc.assert(
    fc.property(moment, (date) => {
      const parts = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const
      const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()] as const
      expect(utcMilliseconds(...parts, ...clock)).toBe(Math.floor(date.getTime() / 1000) * 1000)
    }),
  )
})

it('knows which days and times exist', () => {
  expect(utcMilliseconds(2024, 2, 29)).toBe(Date.UTC(2024, 1, 29))
  for (const [year, month, day, hour = 0, minute = 0, second = 0] of [
    [2023, 2, 29],
    [1900, 2, 29],
    [2024, 13, 1],
    [2024, 0, 1],
    [2024, 4, 31],
    [2024, 1, 0],
    [2024, 1, 1, 24],
    [2024, 1, 1, 0, 60],
    [2024, 1, 1, 0, 0, 60],
  ] as const)
    expect(utcMilliseconds(year, month, day, hour, minute, second)).toBeUndefined()
})
