import { base64BareText } from '@warren/primitives/encoding'
import { type VirtualClock, eventually as settledOn, virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { OnionConnector } from '../../src/onion/connect.ts'
import { generateX25519 } from '../../src/onion/hs-ntor.ts'
import { createOnionService, type OnionServiceOptions } from '../../src/onion/service.ts'
import { addressTarget } from '../../src/onion/target.ts'
import { FakeNetwork, type Misbehaviour } from './fake-network.ts'

const HOUR_MS = 3_600_000

/** Moves the clock until the promise has settled. */
function eventually<T>(clock: VirtualClock, promise: Promise<T>, mostMs = 200_000): Promise<T> {
  return settledOn(clock, promise, { mostMs })
}

async function stage(seed: string, options: Partial<OnionServiceOptions> = {}) {
  const clock = virtualClock(Date.UTC(2026, 5, 1, 9, 30))
  const rng = testRng(seed, 256 * 2 ** 20)
  const network = new FakeNetwork(20, clock, rng)
  const service = createOnionService({
    network: network.party(),
    identitySeed: rng.bytes(32),
    onStream: (stream) =>
      stream.port === 80 ? void stream.accept().write(new TextEncoder().encode('hello')) : stream.reject(3),
    ...options,
  })
  await eventually(clock, service.published)
  const client = new OnionConnector(network.party())
  const greet = async (target = addressTarget(service.address), connector = client) => {
    const stream = await eventually(clock, connector.connect(target, 80))
    return new TextDecoder().decode(await stream.read())
  }
  const misbehave = (misbehaviour: Misbehaviour, relays = network.relays) => {
    for (const relay of relays) Object.assign(relay.misbehaves, misbehaviour)
  }
  return { clock, rng, network, service, client, greet, misbehave }
}

// Days of a virtual clock: seconds of processor time, more on a busy machine.
describe('an onion service and its client', { timeout: 120_000 }, () => {
  it('meet, on one circuit for each isolation', async () => {
    const { greet, network, client, service, clock } = await stage('meet')
    expect(await greet()).toBe('hello')
    expect(await greet()).toBe('hello')
    expect(network.introductions).toHaveLength(1)
    await eventually(clock, client.connect(addressTarget(service.address), 80, { isolation: 'other' }))
    expect(network.introductions).toHaveLength(2)
    await expect(eventually(clock, client.connect(addressTarget(service.address), 81))).rejects.toMatchObject(
      {
        code: 'tor/stream',
      },
    )
  })

  it('still meet after every change of period and shared random value, over two days', async () => {
    const { clock, network, service, rng } = await stage('days')
    for (let hour = 0; hour < 48; hour++) {
      await clock.advance(HOUR_MS)
      network.newConsensus()
      await clock.advance(60_000)
      if (hour % 4 !== 0) continue
      const client = new OnionConnector(network.party())
      const stream = await eventually(clock, client.connect(addressTarget(service.address), 80))
      expect(new TextDecoder().decode(await stream.read())).toBe('hello')
      client.close()
    }
    expect(rng.bytes(1)).toHaveLength(1)
    // Revision counters rise under each key, and no key is published for more than its two days.
    const byKey = Map.groupBy(network.uploads, (upload) => upload.key)
    for (const uploads of byKey.values()) {
      const span = (uploads.at(-1)?.atMs ?? 0) - (uploads[0]?.atMs ?? 0)
      expect(span).toBeLessThanOrEqual(48 * HOUR_MS)
    }
    expect(byKey.size).toBeGreaterThanOrEqual(4)
  })

  it('let authorised clients in, and nobody else', async () => {
    const alice = generateX25519(testRng('alice'))
    const eve = generateX25519(testRng('eve'))
    const { greet, service, network } = await stage('authorised', { clients: [alice.publicKey] })
    expect(await greet(addressTarget(service.address, alice.secretKey))).toBe('hello')
    // What Alice's key opened, in the same connector, serves nobody else either.
    for (const connector of [undefined, new OnionConnector(network.party())])
      for (const secret of [eve.secretKey, undefined])
        await expect(greet(addressTarget(service.address, secret), connector)).rejects.toMatchObject({
          code: 'tor/descriptor',
        })
  })

  it('stand at other introduction points when circuits end, with other keys', async () => {
    const { network, greet, clock, misbehave } = await stage('points')
    const standing = network.relays.filter((relay) => relay.introductionCircuits > 0)
    expect(standing).toHaveLength(3)
    misbehave({ build: 'fail', establishIntro: 'stall' }, standing)
    expect(standing.every((relay) => relay.introductionCircuits === 1)).toBe(true)
    for (const relay of standing) relay.endCircuits()
    await clock.advance(120_000)
    const now = network.relays.filter((relay) => relay.introductionCircuits > 0)
    expect(now).toHaveLength(3)
    expect(now.some((relay) => standing.includes(relay))).toBe(false)
    expect(await greet()).toBe('hello')
  })
})

describe('relays that lie, stall, close or send garbage', () => {
  it.each<[string, Misbehaviour, string]>([
    ['no circuit can be built', { build: 'fail' }, 'tor/not-found'],
    ['directories stall', { fetch: 'stall' }, 'tor/not-found'],
    ['directories close', { fetch: 'close' }, 'tor/not-found'],
    ["directories give another key's descriptor", { fetch: 'another' }, 'tor/descriptor'],
    ['directories sign a descriptor with another key', { fetch: 'resigned' }, 'tor/descriptor'],
    ['directories send garbage', { fetch: 'garbage' }, 'tor/descriptor'],
    ['directories cut descriptors short', { fetch: 'truncated' }, 'tor/descriptor'],
    ['directories know nothing', { fetch: 'nothing' }, 'tor/not-found'],
    ['introduction points stall', { introduceAck: 'stall' }, 'tor/timeout'],
    ['introduction points close', { introduceAck: 'close' }, 'tor/circuit'],
    ['introduction points send garbage', { introduceAck: 'garbage' }, 'tor/introduction'],
    ['introduction points deny the service', { introduceAck: 'unknown' }, 'tor/not-found'],
    ['introduction points swallow requests', { introduceAck: 'swallow' }, 'tor/timeout'],
    ['rendezvous points stall', { establishRendezvous: 'stall' }, 'tor/timeout'],
    ['rendezvous points close', { establishRendezvous: 'close' }, 'tor/circuit'],
    ['rendezvous points turn the service away', { rendezvous1: 'close' }, 'tor/timeout'],
    ['rendezvous points take the service in, and say nothing', { rendezvous1: 'swallow' }, 'tor/timeout'],
    ['rendezvous points close when the service comes', { rendezvous2: 'close' }, 'tor/circuit'],
    ['rendezvous points keep the answer', { rendezvous2: 'stall' }, 'tor/timeout'],
    ['rendezvous points forge the answer', { rendezvous2: 'garbage' }, 'tor/hs-ntor'],
  ])('%s: an error with a code, in bounded time', async (_, misbehaviour, code) => {
    const { greet, misbehave } = await stage('faults')
    misbehave(misbehaviour)
    await expect(greet()).rejects.toMatchObject({ code })
    misbehave(Object.fromEntries(Object.keys(misbehaviour).map((key) => [key, undefined])))
    expect(await greet()).toBe('hello')
  })

  it('a RENDEZVOUS2 before the introduction is not an answer (bug 41297 of C-tor)', async () => {
    const { greet, misbehave } = await stage('early')
    misbehave({ rendezvous2: 'early' })
    expect(await greet()).toBe('hello')
  })

  it.each<[string, Misbehaviour, number]>([
    ['stall', { establishIntro: 'stall' }, 8],
    ['close', { establishIntro: 'close' }, 8],
    // The service cannot tell those from others: with fewer than it stands at, one is good, whatever it chooses.
    ['acknowledge with garbage, and forget', { establishIntro: 'garbage' }, 2],
    ['cannot be reached', { build: 'fail' }, 8],
  ])(
    'introduction points that %s do not keep the service from standing at others',
    async (_, misbehaviour, count) => {
      const { network, greet, clock, misbehave } = await stage('establishing')
      const bad = network.relays.filter((relay) => relay.introductionCircuits === 0).slice(0, count)
      misbehave(misbehaviour, bad)
      for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
      await clock.advance(400_000)
      expect(await greet()).toBe('hello')
    },
  )

  it.each<[string, Misbehaviour]>([
    ['keep uploads waiting', { upload: 'stall' }],
    ['refuse uploads', { upload: 'refuse' }],
    ['close before they answer', { upload: 'close' }],
    ['answer uploads with garbage', { upload: 'garbage' }],
  ])('directories that %s do not keep the service from the others', async (_, misbehaviour) => {
    const { network, greet, clock, misbehave } = await stage('uploading')
    misbehave(misbehaviour, network.relays.slice(0, 10))
    for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
    await clock.advance(600_000)
    expect(await greet()).toBe('hello')
  })

  it('some directories that lie do not keep the client from the others', async () => {
    const { greet, misbehave, network } = await stage('some')
    misbehave({ fetch: 'garbage' }, network.relays.slice(0, 8))
    misbehave({ fetch: 'truncated' }, network.relays.slice(8, 14))
    expect(await greet()).toBe('hello')
  })

  it('a descriptor with a revision gone back is refused', async () => {
    const { greet, misbehave, network, clock, client } = await stage('older')
    expect(await greet()).toBe('hello')
    // Newer descriptors are out; the client has seen one of them; now all directories give the first.
    for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
    await clock.advance(60_000)
    client.dropCircuits()
    expect(await greet()).toBe('hello')
    misbehave({ fetch: 'oldest' })
    for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
    await clock.advance(60_000)
    client.dropCircuits()
    await expect(greet()).rejects.toMatchObject({
      code: 'tor/descriptor',
      message: expect.stringMatching(/older/),
    })
  })

  it('directories that kept an old descriptor do not keep a new client from the others, whichever it asks first', async () => {
    const { network, clock, misbehave, service } = await stage('stale')
    // Most directories give the first descriptor, whose introduction points are gone, and no two clients ask alike.
    for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
    await clock.advance(60_000)
    const holders = network.relays.filter((relay) => relay.stored.size > 0)
    for (let i = 0; i < 8; i++) {
      const honest = holders[i % holders.length]
      misbehave({ fetch: 'oldest' })
      for (const relay of holders.filter((one) => one === honest || holders.indexOf(one) % 4 === i % 4))
        misbehave({ fetch: undefined } as unknown as Misbehaviour, [relay])
      const client = new OnionConnector(network.party())
      const stream = await eventually(clock, client.connect(addressTarget(service.address), 80))
      expect(new TextDecoder().decode(await stream.read())).toBe('hello')
      client.close()
    }
  })

  it('a directory that refuses an upload is asked again with a higher revision', async () => {
    const { network, misbehave, clock, service } = await stage('refusing')
    misbehave({ upload: 'refuse' })
    for (const relay of network.relays) if (relay.introductionCircuits > 0) relay.endCircuits()
    await clock.advance(60_000)
    misbehave({ upload: undefined } as unknown as Misbehaviour)
    await clock.advance(300_000)
    const client = new OnionConnector(network.party())
    const stream = await eventually(clock, client.connect(addressTarget(service.address), 80))
    expect(new TextDecoder().decode(await stream.read())).toBe('hello')
  })

  it('no key of a directory is ever published with a counter gone back', async () => {
    const { network, clock } = await stage('counters')
    await clock.advance(6 * HOUR_MS)
    for (const relay of network.relays)
      for (const [key, versions] of relay.stored) {
        expect(base64BareText.decode(key)).toHaveLength(32)
        for (let i = 1; i < versions.length; i++)
          expect(versions[i]?.revision).toBeGreaterThan(versions[i - 1]?.revision as number)
      }
  })
})
