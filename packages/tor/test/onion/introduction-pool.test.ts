import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { IntroductionPool } from '../../src/onion/introduction-pool.ts'
import { Vanguards } from '../../src/onion/vanguards.ts'
import { FakeNetwork } from './fake-network.ts'

/** So many pools of three, each away from the others' relays. */
function pools(seed: string, relays: number, count: number) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const fake = new FakeNetwork(relays, clock, testRng(seed, 2 ** 20))
  const network = fake.party()
  const vanguards = new Vanguards(network)
  const all: IntroductionPool[] = []
  const open = () => {
    const pool: IntroductionPool = new IntroductionPool({
      network,
      vanguards,
      size: 3,
      keepAwayFrom: () => all.flatMap((other) => (other === pool ? [] : other.relays())),
      onIntroduce: () => {},
      onChange: () => {},
    })
    all.push(pool)
    return pool
  }
  for (let i = 0; i < count; i++) open()
  return { clock, fake, all, open }
}

const standing = ({ relays }: FakeNetwork) =>
  relays.flatMap(({ introductionCircuits }, i) => Array<number>(introductionCircuits).fill(i))

describe('pools of introduction points', () => {
  it('choose no relay twice, not even at the same moment: they stand without a second attempt', async () => {
    for (let i = 0; i < 20; i++) {
      const { clock, fake, all } = pools(`moment ${i}`, 9, 3)
      await clock.advance(0)
      expect(all.map((pool) => pool.points().length)).toEqual([3, 3, 3])
      expect(new Set(standing(fake)).size).toBe(9)
      for (const pool of all) pool.close()
    }
  })

  it('stay apart when one of them moves, again and again', async () => {
    const { clock, fake, all } = pools('moving', 12, 3)
    await clock.advance(0)
    for (let i = 0; i < 20; i++) {
      all[i % 3]?.replaceAll()
      await clock.advance(100)
      expect(new Set(standing(fake)).size).toBe(9)
    }
    for (const pool of all) pool.close()
  })

  it('meet on a network that is too small, where each still stands at three relays', async () => {
    const { clock, all } = pools('small', 4, 2)
    await clock.advance(0)
    for (const pool of all) {
      expect(new Set(pool.relays()).size).toBe(3)
      expect(pool.points()).toHaveLength(3)
      pool.close()
    }
  })

  it('meet rather than not stand at all, where only dead relays are free', async () => {
    const { clock, fake, open, all } = pools('dead', 8, 1)
    await clock.advance(0)
    const free = fake.relays.filter((relay) => relay.introductionCircuits === 0)
    for (const relay of free) relay.misbehaves.build = 'fail'
    const second = open()
    // Rounds after 0, 2 and 6 s bring nothing; the one after 14 s may go anywhere.
    await clock.advance(13_000)
    expect(second.points()).toHaveLength(0)
    await clock.advance(600_000)
    expect(second.points()).toHaveLength(3)
    for (const pool of all) pool.close()
  })

  it('give up their relays when closed, and keep nobody waiting', async () => {
    const { clock, all, open } = pools('closing', 6, 2)
    await clock.advance(0)
    all[0]?.close()
    expect(all[0]?.relays()).toEqual([])
    const third = open()
    third.close()
    await third.established
    all[1]?.close()
  })

  it('resolve who waited before all introduction points were replaced', async () => {
    const { clock, all } = pools('waiting', 8, 1)
    const [pool] = all
    const before = pool?.established
    pool?.replaceAll()
    await clock.advance(60_000)
    await before
    pool?.replaceAll()
    let isThere = false
    void pool?.established.then(() => {
      isThere = true
    })
    await Promise.resolve()
    expect(isThere).toBe(false)
    await clock.advance(60_000)
    expect(isThere).toBe(true)
    pool?.close()
  })
})
