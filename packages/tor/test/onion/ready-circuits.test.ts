import { hexText } from '@warren/primitives/encoding'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import type { Circuit, Hop } from '../../src/circuit/index.ts'
import type { OnionConsensus, OnionNetwork, ReadyCircuit } from '../../src/onion/network.ts'
import { MOST_READY, PAUSE_MS } from '../../src/onion/ready-circuits.ts'
import { type OnionPurpose, Vanguards } from '../../src/onion/vanguards.ts'
import { FakeNetwork } from './fake-network.ts'

const TEN_MINUTES_MS = 600_000

function stage({ relays = 200 } = {}) {
  const clock = virtualClock(Date.UTC(2026, 0, 1))
  const network = new FakeNetwork(relays, clock, testRng('ready'))
  const party = network.party()
  const prepared: { ready: ReadyCircuit; vanguards: string[] }[] = []
  /** Lengths of circuits that were built when somebody waited for them. */
  const built: number[] = []
  const extended: Circuit[] = []
  /** How often each of these was tried. */
  const attempts: (number | undefined)[] = []
  const faults = { prepare: false, extend: false, build: false }
  let rendezvousAttempts = 2
  let gone: Hop | undefined
  const recorded: OnionNetwork = {
    ...party,
    async consensus(): Promise<OnionConsensus> {
      const consensus = await party.consensus()
      return { ...consensus, rendezvousAttempts, has: (hop) => hop !== gone && consensus.has(hop) }
    },
    buildCircuit(path) {
      built.push(path.length)
      attempts.push(path.attempts)
      if (faults.build) return Promise.reject(new Error('no circuit'))
      return party.buildCircuit(path)
    },
    async prepareCircuit(path) {
      if (faults.prepare) throw new Error('no circuit')
      const original = await party.prepareCircuit(path)
      const ready: ReadyCircuit = {
        ...original,
        async extendTo(hop, options) {
          if (faults.extend) {
            original.circuit.close()
            throw new Error('no extension')
          }
          const circuit = await original.extendTo(hop, options)
          extended.push(circuit)
          return circuit
        },
      }
      prepared.push({ ready, vanguards: path.second.map((relay) => hexText.encode(relay.hop.rsaId)) })
      return ready
    },
  }
  const vanguards = new Vanguards(recorded)
  const target = network.relays[0]?.hop as Hop
  const reach = async (purpose: OnionPurpose = 'client-introduction', hop = target) => {
    const circuit = await vanguards.circuitTo(hop, purpose)
    await clock.advance(PAUSE_MS) // what goes on in the background
    return circuit
  }
  const open = () => prepared.filter(({ ready }) => ready.circuit.isOpen).length
  return {
    clock,
    network,
    prepared,
    built,
    attempts,
    extended,
    faults,
    vanguards,
    target,
    reach,
    open,
    tryRendezvous: (times: number) => {
      rendezvousAttempts = times
    },
    leave: (hop: Hop | undefined) => {
      gone = hop
    },
  }
}

describe('circuits that stand ready', () => {
  it('are built after the first need and not before, and never more than a few', async () => {
    const { clock, reach, prepared, built, open } = stage()
    await clock.advance(TEN_MINUTES_MS)
    expect(prepared).toHaveLength(0)
    await reach()
    expect(built).toEqual([4])
    expect(open()).toBe(MOST_READY)
    await clock.advance(TEN_MINUTES_MS / 2)
    expect(prepared).toHaveLength(MOST_READY)
  })

  it('are used once each, by whoever waits, and replaced', async () => {
    const { reach, prepared, built, extended } = stage()
    await reach()
    for (const purpose of ['client-introduction', 'client-directory', 'service-rendezvous'] as const)
      for (let i = 0; i < 5; i++) await reach(purpose)
    expect(built).toEqual([4])
    expect(new Set(extended).size).toBe(15)
    expect(prepared).toHaveLength(MOST_READY + 15)
  })

  it('are not spent on what nobody waits for', async () => {
    const { reach, prepared, built } = stage()
    for (const purpose of ['service-introduction', 'service-directory'] as const) await reach(purpose)
    expect(prepared).toHaveLength(0)
    await reach()
    for (const purpose of ['service-introduction', 'service-directory'] as const) await reach(purpose)
    expect(built).toEqual([4, 4, 4, 4, 4])
  })

  it('have a vanguard second', async () => {
    const { reach, prepared } = stage()
    await reach()
    for (const { ready, vanguards } of prepared) {
      expect(vanguards).toHaveLength(4)
      expect(vanguards).toContain(hexText.encode(ready.path[1]?.rsaId ?? new Uint8Array()))
    }
  })

  it('are left alone where a relay of theirs stands in the way', async () => {
    const { reach, prepared, built, extended, vanguards, open } = stage()
    await reach()
    // The guard of the first; another takes its place.
    const [first] = prepared
    const inTheWay = first?.ready.path[0] as Hop
    await reach('client-introduction', inTheWay)
    expect(extended).not.toContain(first?.ready.circuit)
    // In the way of all of them: one is built.
    const before = built.length
    for (const { ready } of prepared) Object.assign(ready, { isApartFrom: () => false })
    expect(await vanguards.takeReady(inTheWay)).toBeUndefined()
    await reach('client-introduction', inTheWay)
    expect(built).toHaveLength(before + 1)
    expect(open()).toBeGreaterThanOrEqual(MOST_READY)
  })

  it('are closed after ten minutes, and built again only when there is need', async () => {
    const { clock, reach, prepared, built, open } = stage()
    await reach()
    await clock.advance(TEN_MINUTES_MS - 1000)
    expect(open()).toBe(MOST_READY)
    await clock.advance(2000)
    expect(open()).toBe(0)
    expect(prepared).toHaveLength(MOST_READY)
    await reach()
    expect(built).toEqual([4, 4])
    expect(open()).toBe(MOST_READY)
  })

  it('are not closed for their age once they are in use', async () => {
    const { clock, reach } = stage()
    await reach()
    const circuit = await reach()
    await clock.advance(2 * TEN_MINUTES_MS)
    expect(circuit.isOpen).toBe(true)
  })

  it('are forgotten when they end', async () => {
    const { reach, prepared, built } = stage()
    await reach()
    for (const { ready } of prepared) ready.circuit.close()
    await reach()
    expect(built).toEqual([4, 4])
  })

  it('are closed when a relay of theirs leaves the network', async () => {
    const { reach, prepared, vanguards, target, leave } = stage()
    await reach()
    const left = prepared[0]?.ready as ReadyCircuit
    leave(left.path[2])
    await vanguards.takeReady(target)
    expect(left.circuit.isOpen).toBe(false)
    expect(prepared.some(({ ready }) => ready !== left && ready.circuit.isOpen)).toBe(true)
  })

  it('are closed when their second hop is no vanguard any more', async () => {
    const { clock, prepared, vanguards, target, reach } = stage()
    await clock.advance(1)
    await reach()
    const second = (ready: ReadyCircuit) => hexText.encode(ready.path[1]?.rsaId ?? new Uint8Array())
    const old = prepared.map(({ ready }) => ready)
    const outlived = old[0] as ReadyCircuit
    // As after days, which no circuit stands.
    Object.assign(outlived, { path: [outlived.path[0], target, outlived.path[2]] })
    expect(prepared[0]?.vanguards).not.toContain(second(outlived))
    await vanguards.takeReady(outlived.path[0] as Hop)
    expect(outlived.circuit.isOpen).toBe(false)
  })

  it('are not thrown away where the end is at fault, whoever chose it: nor is that tried again and again', async () => {
    const { reach, built, attempts, faults, open, prepared, tryRendezvous } = stage()
    await reach()
    faults.extend = faults.build = true
    await expect(reach('service-rendezvous')).rejects.toThrow('no circuit')
    // One of the two attempts went to the circuit that stood ready.
    expect(attempts.slice(1)).toEqual([1])
    expect(open()).toBe(MOST_READY - 1)
    tryRendezvous(1)
    await expect(reach('service-rendezvous')).rejects.toThrow('no extension')
    expect(built).toEqual([4, 4])
    tryRendezvous(5)
    await expect(reach('service-rendezvous')).rejects.toThrow('no circuit')
    expect(attempts.slice(1)).toEqual([1, 4])
    faults.extend = faults.build = false
    const circuit = await reach('service-rendezvous')
    expect(prepared.some(({ ready }) => ready.circuit === circuit)).toBe(true)
    expect(open()).toBe(MOST_READY + 1)
    expect(prepared).toHaveLength(MOST_READY + 4)
  })

  it('that fail make way for circuits built anew, all of them', async () => {
    const { reach, prepared, built, faults } = stage()
    await reach()
    faults.extend = true
    faults.prepare = true
    expect((await reach()).isOpen).toBe(true)
    expect(built).toEqual([4, 4])
    expect(prepared.every(({ ready }) => !ready.circuit.isOpen)).toBe(true)
    faults.extend = faults.prepare = false
    await reach()
    await reach()
    expect(built).toEqual([4, 4, 4])
  })

  it('end with their owner, who builds no more', async () => {
    const { reach, prepared, open, vanguards } = stage()
    await reach()
    vanguards.close()
    expect(open()).toBe(0)
    await reach()
    expect(prepared).toHaveLength(MOST_READY)
  })
})
