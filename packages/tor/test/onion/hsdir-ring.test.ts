import { compareBytes } from '@warren/primitives/bytes'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  disasterSharedRandom,
  fetchEpoch,
  hsdirRing,
  responsibleDirectories,
  serviceIndex,
  storeEpochs,
} from '../../src/onion/hsdir-ring.ts'
import {
  isBetweenPeriodAndSharedRandom,
  periodLengthMinutes,
  periodStartSeconds,
  sharedRandomRunStartSeconds,
  timePeriod,
} from '../../src/onion/period.ts'

const rng = testRng('ring')
const HOUR = 3600
const at = (text: string) => Date.parse(`${text}Z`) / 1000
const publicNetwork = (text: string) => ({
  validAfterSeconds: at(text),
  votingIntervalSeconds: HOUR,
  periodLengthMinutes: 1440,
})
const current = rng.bytes(32)
const previous = rng.bytes(32)

describe('time periods', () => {
  it('follow the example of the specification: 2016-04-13 11:00 is in period 16903, 13:00 in 16904', () => {
    expect(timePeriod(publicNetwork('2016-04-13T11:00:00')).number).toBe(16_903)
    expect(timePeriod(publicNetwork('2016-04-13T13:00:00')).number).toBe(16_904)
    const times = publicNetwork('2016-04-13T13:00:00')
    expect(periodStartSeconds(times, timePeriod(times))).toBe(at('2016-04-13T12:00:00'))
    expect(sharedRandomRunStartSeconds(times)).toBe(at('2016-04-13T00:00:00'))
  })

  it('lie between period and shared random value in the second half of the day', () => {
    expect(isBetweenPeriodAndSharedRandom(publicNetwork('2016-04-13T11:00:00'))).toBe(false)
    expect(isBetweenPeriodAndSharedRandom(publicNetwork('2016-04-13T12:00:00'))).toBe(true)
    expect(isBetweenPeriodAndSharedRandom(publicNetwork('2016-04-13T23:00:00'))).toBe(true)
    expect(isBetweenPeriodAndSharedRandom(publicNetwork('2016-04-14T00:00:00'))).toBe(false)
  })

  it('are as long as a shared-random run on a testing network', () => {
    expect(periodLengthMinutes({ testingNetwork: true, votingIntervalSeconds: 20 })).toBe(8)
    expect(periodLengthMinutes({ testingNetwork: false, votingIntervalSeconds: 20 })).toBe(1440)
  })
})

describe('the directory ring', () => {
  const period = { number: 16_904, lengthMinutes: 1440 }
  const relays = Array.from({ length: 60 }, (_, name) => ({ name, ed25519Identity: rng.bytes(32) }))

  it('stands in order and starts at the service index, replica by replica, without repeats', () => {
    const ring = hsdirRing(relays, current, period)
    const key = rng.bytes(32)
    for (let i = 1; i < ring.entries.length; i++)
      expect(
        compareBytes(ring.entries[i - 1]?.index as Uint8Array, ring.entries[i]?.index as Uint8Array),
      ).toBeLessThan(0)
    const chosen = responsibleDirectories(ring, key, 2, 4)
    expect(new Set(chosen).size).toBe(8)
    const after = ring.entries.filter((entry) => compareBytes(entry.index, serviceIndex(key, 1, period)) >= 0)
    expect(chosen[0]).toBe((after[0] ?? ring.entries[0])?.relay)
    const fetched = responsibleDirectories(ring, key, 2, 3)
    for (const relay of fetched) expect(chosen).toContain(relay)
  })

  it('gives all relays where there are fewer than asked for', () => {
    const few = hsdirRing(relays.slice(0, 5), current, period)
    expect(responsibleDirectories(few, rng.bytes(32), 2, 4)).toHaveLength(5)
    expect(responsibleDirectories(hsdirRing([], current, period), rng.bytes(32), 2, 4)).toEqual([])
  })

  it('lets clients ask where the service stores, at any hour, also across one change', () => {
    fc.assert(
      fc.property(fc.nat(47), (hour) => {
        const times = {
          validAfterSeconds: at('2026-01-01T00:00:00') + hour * HOUR,
          votingIntervalSeconds: HOUR,
          periodLengthMinutes: 1440,
        }
        const asks = fetchEpoch(times, { current, previous })
        const stores = Object.values(storeEpochs(times, { current, previous }))
        expect(stores).toContainEqual(asks)
        // A consensus later: the value that was current is previous after midnight UTC.
        const next = { ...times, validAfterSeconds: times.validAfterSeconds + HOUR }
        const isNewRun = new Date(next.validAfterSeconds * 1000).getUTCHours() === 0
        const values = isNewRun ? { current: rng.bytes(32), previous: current } : { current, previous }
        expect(stores).toContainEqual(fetchEpoch(next, values))
      }),
    )
  })

  it('has a value of its own where the consensus lacks one', () => {
    const epoch = fetchEpoch(publicNetwork('2016-04-13T13:00:00'), {})
    expect(epoch.sharedRandom).toEqual(disasterSharedRandom(epoch.period))
  })
})
