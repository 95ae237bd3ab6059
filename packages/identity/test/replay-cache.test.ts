import { virtualClock } from '@warren/testkit/clock'
import { describe, expect, it } from 'vitest'
import { ReplayCache } from '../src/index.ts'

const full = expect.objectContaining({ code: 'identity/replay-cache-full', kind: 'transient' })

describe('replay cache', () => {
  it('remembers a nonce as long as its signature could be accepted, and no longer', async () => {
    const clock = virtualClock()
    const cache = new ReplayCache({ clock, toleranceSeconds: 60, capacity: 10, capacityPerKey: 10 })
    expect(cache.seen('a', 'n')).toBe(false)
    expect(cache.seen('a', 'n')).toBe(true)
    expect(cache.seen('b', 'n')).toBe(false)
    await clock.advance(120_500)
    expect(cache.seen('a', 'n')).toBe(true)
    await clock.advance(1000)
    expect(cache.seen('a', 'm')).toBe(false)
    expect(cache.size).toBe(1)
  })

  it('refuses when it is full, for one key first', async () => {
    const clock = virtualClock()
    const cache = new ReplayCache({ clock, toleranceSeconds: 1, capacity: 3, capacityPerKey: 2 })
    cache.seen('a', '1')
    cache.seen('a', '2')
    expect(() => cache.seen('a', '3')).toThrow(full)
    cache.seen('b', '1')
    expect(() => cache.seen('b', '2')).toThrow(full)
    expect(cache.seen('a', '1')).toBe(true)
    await clock.advance(3001)
    expect(cache.seen('a', '3')).toBe(false)
    expect(cache.size).toBe(1)
  })

  it('does not confuse keys and nonces that run together', () => {
    const cache = new ReplayCache({
      clock: virtualClock(),
      toleranceSeconds: 1,
      capacity: 9,
      capacityPerKey: 9,
    })
    cache.seen('a', 'bc')
    expect(cache.seen('ab', 'c')).toBe(false)
  })
})
