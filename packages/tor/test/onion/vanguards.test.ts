import { hexText } from '@warren/primitives/encoding'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import type { OnionNetwork, OnionRelay } from '../../src/onion/network.ts'
import { type OnionPurpose, Vanguards } from '../../src/onion/vanguards.ts'
import { FakeNetwork } from './fake-network.ts'

const DAY_MS = 86_400_000

function stage(relays = 200) {
  const clock = virtualClock(Date.UTC(2026, 0, 1))
  const network = new FakeNetwork(relays, clock, testRng('vanguards'))
  const asked: Parameters<OnionNetwork['buildCircuit']>[0][] = []
  const party = network.party()
  const recorded: OnionNetwork = {
    ...party,
    buildCircuit(path) {
      asked.push(path)
      return party.buildCircuit(path)
    },
    // Every circuit is built along a path of its own, and seen here.
    prepareCircuit: () => Promise.reject(new Error('none ahead')),
  }
  const target = network.relays[0]?.hop as OnionRelay['hop']
  const vanguards = new Vanguards(recorded)
  const layer = async (purpose: OnionPurpose = 'service-rendezvous') => {
    ;(await vanguards.circuitTo(target, purpose)).close()
    return (asked.at(-1)?.second ?? []).map((relay) => hexText.encode(relay.hop.rsaId))
  }
  return { clock, asked, layer }
}

describe('vanguards-lite', () => {
  it('are four different relays, the same for every circuit of every purpose', async () => {
    const { layer } = stage()
    const first = await layer()
    expect(new Set(first).size).toBe(4)
    for (const purpose of ['client-introduction', 'client-directory', 'service-introduction'] as const)
      for (let i = 0; i < 10; i++) expect(await layer(purpose)).toEqual(first)
  })

  it('stay a day at least and twelve at most, each for a time of its own', async () => {
    const { clock, layer } = stage()
    const first = await layer()
    await clock.advance(DAY_MS - 1000)
    expect(await layer()).toEqual(first)
    const gone: number[] = []
    for (let day = 1; day <= 12; day++) {
      await clock.advance(DAY_MS)
      const now = await layer()
      expect(new Set(now).size).toBe(4)
      gone.push(first.filter((one) => !now.includes(one)).length)
    }
    expect(gone.at(-1)).toBe(4)
    // Four lifetimes drawn from twelve days do not all end on one of them.
    expect(gone.some((count) => count > 0 && count < 4)).toBe(true)
  })

  it('stand second on every path: of three relays to a rendezvous of ours, of four to anything else', async () => {
    const { asked, layer } = stage()
    await layer('client-rendezvous')
    for (const purpose of [
      'client-introduction',
      'client-directory',
      'service-rendezvous',
      'service-introduction',
      'service-directory',
    ] as const)
      await layer(purpose)
    expect(asked.map(({ length }) => length)).toEqual([3, 4, 4, 4, 4, 4])
  })

  it('are tried twice with an end that somebody else chose, and as often as usual with our own', async () => {
    const { asked, layer } = stage()
    for (const purpose of [
      'client-introduction',
      'service-rendezvous',
      'client-rendezvous',
      'client-directory',
      'service-introduction',
      'service-directory',
    ] as const)
      await layer(purpose)
    expect(asked.map(({ foreignEnd, attempts }) => [foreignEnd, attempts])).toEqual([
      [true, 2],
      [true, 2],
      [false, undefined],
      [false, undefined],
      [false, undefined],
      [false, undefined],
    ])
  })

  it('are as many as a network has, where it has fewer than four', async () => {
    const { layer } = stage(3)
    expect(await layer()).toHaveLength(3)
  })
})
