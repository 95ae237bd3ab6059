import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_DELAY, momentInOverlap, planUploads, UploadCalendar } from '../src/publication.ts'

const rng = testRng('publication')

describe('delayed publication', () => {
  it('never sends two descriptors to one directory within the spacing, also across plans', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), fc.nat(4)), { maxLength: 60 }),
        fc.nat(100_000),
        (pairs, later) => {
          const last = new UploadCalendar<number>()
          const uploads = (fromMs: number) =>
            pairs.map(([client, directory]) => ({ client, directory, fromMs }))
          const all = [
            ...planUploads(uploads(0), DEFAULT_DELAY, last, rng),
            ...planUploads(uploads(later), DEFAULT_DELAY, last, rng),
          ]
          for (const directory of new Set(all.map((upload) => upload.directory))) {
            const times = all.filter((upload) => upload.directory === directory).map((upload) => upload.dueMs)
            times.sort((a, b) => a - b)
            for (let i = 1; i < times.length; i++)
              expect((times[i] as number) - (times[i - 1] as number)).toBeGreaterThanOrEqual(
                DEFAULT_DELAY.spacingMs - 1e-6,
              )
          }
          expect(all).toHaveLength(2 * pairs.length)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('spreads what goes to different directories over the whole delay, and nothing before now', () => {
    const uploads = Array.from({ length: 2000 }, (_, directory) => ({
      client: directory,
      directory,
      fromMs: 1000,
    }))
    const due = planUploads(uploads, DEFAULT_DELAY, new UploadCalendar(), rng).map(
      (upload) => upload.dueMs - 1000,
    )
    // Mean of 2000 uniform numbers on 30 s: 15 s ± 4.2 standard errors (0.19 s each); a false alarm once in 40 000.
    const mean = due.reduce((a, b) => a + b, 0) / due.length
    expect(Math.abs(mean - 15_000)).toBeLessThan(4.2 * (30_000 / Math.sqrt(12 * 2000)))
    expect(Math.min(...due)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...due)).toBeLessThan(30_000)
  })

  it('lets nothing wait for what is planned far ahead', () => {
    const calendar = new UploadCalendar<number>()
    const far = planUploads([{ client: 1, directory: 1, fromMs: 1e9 }], DEFAULT_DELAY, calendar, rng)
    const near = planUploads([{ client: 2, directory: 1, fromMs: 0 }], DEFAULT_DELAY, calendar, rng)
    expect(far[0]?.dueMs).toBeGreaterThanOrEqual(1e9)
    expect(near[0]?.dueMs).toBeLessThan(30_000)
    calendar.forgetBefore(2e9)
    const after = planUploads(
      [{ client: 2, directory: 1, fromMs: 1e9 }],
      { spacingMs: 30_000, spreadMs: 0 },
      calendar,
      rng,
    )
    expect(after[0]?.dueMs).toBe(1e9)
  })

  it('sends at once where no delay is wished', () => {
    const due = planUploads(
      [
        { client: 1, directory: 1, fromMs: 5 },
        { client: 2, directory: 1, fromMs: 5 },
      ],
      { spacingMs: 0, spreadMs: 0 },
      new UploadCalendar(),
      rng,
    )
    expect(due.map((upload) => upload.dueMs)).toEqual([5, 5])
  })

  it('keeps moments inside their bounds', () => {
    for (let i = 0; i < 100; i++) {
      const moment = momentInOverlap(1000, 100, rng)
      expect(moment).toBeGreaterThanOrEqual(1000)
      expect(moment).toBeLessThan(1090)
    }
  })
})
