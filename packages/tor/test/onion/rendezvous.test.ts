import { eventually, type VirtualClock, virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { type Circuit, linkSpecifiers } from '../../src/circuit/index.ts'
import { TorError } from '../../src/errors.ts'
import { OnionConnector } from '../../src/onion/connect.ts'
import type { OnionNetwork, ReadyCircuit } from '../../src/onion/network.ts'
import { PAUSE_MS } from '../../src/onion/ready-circuits.ts'
import { joinRendezvous } from '../../src/onion/rendezvous-service.ts'
import { createOnionService } from '../../src/onion/service.ts'
import { addressTarget } from '../../src/onion/target.ts'
import { Vanguards } from '../../src/onion/vanguards.ts'
import { FakeNetwork } from './fake-network.ts'

const INTRODUCTION_POINTS = 3
/** As in connect.ts: how long a rendezvous point that stood ready is asked, and how long a client waits for the service. */
const READY_MS = 5000
const RENDEZVOUS_MS = 20_000

/** A party's way into the network: what it asks for is written down, and may be made to fail. */
function recorded(tor: OnionNetwork) {
  const seen = {
    /** Circuits to an end that somebody else chose: the client's introductions, the service's rendezvous. */
    foreign: [] as Circuit[],
    /** Circuits of three relays, to a rendezvous point that the client chose then. */
    rendezvous: 0,
    ready: [] as ReadyCircuit[],
    /** Attempts to reach an end that somebody else chose. */
    attempts: 0,
  }
  const faults = { foreign: false }
  /** Called when a circuit to a rendezvous point is asked for. */
  const hooks = { rendezvous: () => {} }
  const network: OnionNetwork = {
    ...tor,
    async buildCircuit(path) {
      if (path.length === 3) {
        seen.rendezvous++
        hooks.rendezvous()
      }
      if (path.foreignEnd === true) {
        seen.attempts += path.attempts ?? Number.POSITIVE_INFINITY
        if (faults.foreign) throw new TorError('tor/circuit', 'No circuit could be built.')
      }
      const circuit = await tor.buildCircuit(path)
      if (path.foreignEnd === true) seen.foreign.push(circuit)
      return circuit
    },
    async prepareCircuit(path) {
      const ready = await tor.prepareCircuit(path)
      const watched: ReadyCircuit = {
        ...ready,
        async extendTo(hop, options) {
          if (options?.foreignEnd === true) {
            seen.attempts++
            if (faults.foreign) ready.circuit.close()
          }
          const circuit = await ready.extendTo(hop, options)
          if (options?.foreignEnd === true) seen.foreign.push(circuit)
          return circuit
        },
      }
      seen.ready.push(watched)
      return watched
    },
  }
  return { network, seen, faults, hooks }
}

function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  return eventually(clock, promise, { mostMs: 400_000 })
}

async function stage(seed: string) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const rng = testRng(seed, 64 * 2 ** 20)
  const network = new FakeNetwork(30, clock, rng)
  const host = recorded(network.party())
  const service = createOnionService({
    network: host.network,
    identitySeed: rng.bytes(32),
    onStream: (stream) => void stream.accept().write(new TextEncoder().encode('hello')),
  })
  await settled(clock, service.published)
  const guest = recorded(network.party())
  const client = new OnionConnector(guest.network)
  const target = addressTarget(service.address)
  /** Every call meets the service anew. */
  let meetings = 0
  const connectAs = (isolation: string, signal: AbortSignal) =>
    client.connect(target, 80, { isolation, signal })
  const connect = () => client.connect(target, 80, { isolation: `${meetings++}` })
  const greet = async () => new TextDecoder().decode(await (await settled(clock, connect())).read())
  const misbehaving = (what: object) => {
    for (const relay of network.relays) Object.assign(relay.misbehaves, what)
  }
  return { clock, rng, network, host, guest, connect, connectAs, greet, misbehaving }
}

describe('a rendezvous point that the service cannot reach', () => {
  it('costs it two attempts for each introduction; it stays up, and the client gets its error and comes again', async () => {
    const { network, host, greet, clock } = await stage('deaf')
    expect(await greet()).toBe('hello')
    host.faults.foreign = true
    // The service has circuits that stand ready by now, and uses them up; then it has none.
    for (let visit = 0; visit < 2; visit++) {
      const before = { attempts: host.seen.attempts, introductions: network.introductions.length }
      const startedMs = clock.now()
      await expect(greet()).rejects.toMatchObject({ code: 'tor/timeout' })
      const introductions = network.introductions.length - before.introductions
      expect(introductions).toBeGreaterThanOrEqual(INTRODUCTION_POINTS)
      expect(clock.now() - startedMs).toBeLessThanOrEqual((introductions + 1) * RENDEZVOUS_MS)
      expect(host.seen.attempts - before.attempts).toBe(2 * introductions)
    }
    expect(network.relays.reduce((sum, relay) => sum + relay.introductionCircuits, 0)).toBe(
      INTRODUCTION_POINTS,
    )
    host.faults.foreign = false
    expect(await greet()).toBe('hello')
  })

  it('is not even tried where it has no address, or asks for what was not offered', async () => {
    const { network, host, rng } = await stage('nowhere')
    const vanguards = new Vanguards(host.network)
    const hop = network.relays[0]?.hop as (typeof network.relays)[0]['hop']
    const meet = (plaintext: object) =>
      joinRendezvous(
        host.network,
        vanguards,
        {
          rendezvousCookie: rng.bytes(20),
          onionKey: hop.ntorKey,
          linkSpecifiers: linkSpecifiers(hop),
          ...plaintext,
        },
        () => {
          throw new Error('never answered')
        },
        () => {},
      )
    const before = host.seen.attempts
    const refused = { code: 'tor/rendezvous' }
    await expect(meet({ linkSpecifiers: [] })).rejects.toMatchObject(refused)
    await expect(meet({ linkSpecifiers: [{ type: 200, data: rng.bytes(9) }] })).rejects.toMatchObject(refused)
    await expect(meet({ congestionControl: true })).rejects.toMatchObject(refused)
    expect(host.seen.attempts).toBe(before)
    await expect(meet({})).rejects.toThrow('never answered')
    expect(host.seen.attempts).toBeGreaterThan(before)
    expect(host.seen.foreign.map(({ isOpen }) => isOpen)).toEqual([false])
  })

  it('is given up after half a minute, whatever it does', async () => {
    const { network, host, rng, clock } = await stage('slow')
    const hop = network.relays[0]?.hop as (typeof network.relays)[0]['hop']
    const stalling: OnionNetwork = {
      ...host.network,
      buildCircuit: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    }
    const joined = joinRendezvous(
      stalling,
      new Vanguards(stalling),
      { rendezvousCookie: rng.bytes(20), onionKey: hop.ntorKey, linkSpecifiers: linkSpecifiers(hop) },
      () => {
        throw new Error('never answered')
      },
      () => {},
    )
    let error: unknown
    joined.catch((caught: unknown) => {
      error = caught
    })
    await clock.advance(29_000)
    expect(error).toBeUndefined()
    await clock.advance(2000)
    expect(error).toMatchObject({ code: 'tor/timeout' })
  })
})

describe('a rendezvous point that stood ready', () => {
  /** A client that has been here, and whose next rendezvous points stand ready. */
  async function warm(seed: string) {
    const staged = await stage(seed)
    expect(await staged.greet()).toBe('hello')
    await staged.clock.advance(PAUSE_MS)
    return staged
  }

  it('is used, and none is chosen anew', async () => {
    const { guest, greet } = await warm('used')
    const before = guest.seen.rendezvous
    expect(await greet()).toBe('hello')
    expect(guest.seen.rendezvous).toBe(before)
  })

  it('and stalls is given up after five seconds, with all that stand ready, for one chosen now', async () => {
    const { clock, guest, connect, misbehaving } = await warm('stalls')
    const before = guest.seen.rendezvous
    const standing = guest.seen.ready.filter(({ circuit }) => circuit.isOpen)
    misbehaving({ establishRendezvous: 'stall' })
    const connecting = connect()
    await clock.advance(READY_MS - 100)
    expect(guest.seen.rendezvous).toBe(before)
    misbehaving({ establishRendezvous: undefined })
    await clock.advance(200)
    expect(guest.seen.rendezvous).toBe(before + 1)
    expect(new TextDecoder().decode(await (await connecting).read())).toBe('hello')
    // All but the one that carried the introduction meanwhile, which was closed when that was acknowledged.
    expect(standing.every(({ circuit }) => !circuit.isOpen)).toBe(true)
  })

  it('and closes is replaced at once', async () => {
    const { clock, guest, connect, misbehaving } = await warm('closes')
    const before = guest.seen.rendezvous
    misbehaving({ establishRendezvous: 'close' })
    guest.hooks.rendezvous = () => misbehaving({ establishRendezvous: undefined })
    const connecting = connect()
    await clock.advance(100)
    expect(guest.seen.rendezvous).toBe(before + 1)
    expect(new TextDecoder().decode(await (await connecting).read())).toBe('hello')
  })
})

describe('two who wait for one circuit', () => {
  it('do not wait for one another: who gives up is let go, and the other goes on', async () => {
    const { clock, connectAs, misbehaving, network } = await stage('two')
    misbehaving({ rendezvous2: 'stall' })
    const [first, second, third] = [0, 1, 2].map(() => {
      const stop = new AbortController()
      const state: { result: unknown } = { result: undefined }
      const note = (result: unknown) => {
        state.result = result
      }
      connectAs('shared', stop.signal).then(note, note)
      return { stop, state }
    })
    await clock.advance(1000)
    expect(network.introductions).toHaveLength(1)
    second?.stop.abort(new Error('enough'))
    await clock.advance(0)
    expect(second?.state.result).toMatchObject({ message: 'enough' })
    // The one for whom it was built gives up; the last takes it up anew.
    misbehaving({ rendezvous2: undefined })
    first?.stop.abort(new Error('enough'))
    await clock.advance(2000)
    expect(first?.state.result).toMatchObject({ message: 'enough' })
    expect(third?.state.result).toHaveProperty('read')
  })
})

describe('the circuit of an introduction', () => {
  it('is closed as soon as the introduction is acknowledged, and not before', async () => {
    const { clock, guest, connect, misbehaving } = await stage('early')
    misbehaving({ introduceAck: 'stall', rendezvous2: 'stall' })
    const first = connect()
    first.catch(() => {})
    await clock.advance(1000)
    expect(guest.seen.foreign.map(({ isOpen }) => isOpen)).toEqual([true])
    misbehaving({ introduceAck: undefined })
    // The next introduction point acknowledges; the service does not come.
    await clock.advance(RENDEZVOUS_MS)
    await clock.advance(1000)
    expect(guest.seen.foreign.map(({ isOpen }) => isOpen)).toEqual([false, false])
    misbehaving({ rendezvous2: undefined })
    let isSettled = false
    void first.finally(() => {
      isSettled = true
    })
    await clock.advance(1000)
    expect(isSettled).toBe(false)
    expect(await settled(clock, first)).toBeDefined()
  })
})
