import { hexText } from '@warren/primitives/encoding'
import { describe, expect, it } from 'vitest'
import type { Misbehaviour } from '../../tor/test/onion/fake-network.ts'
import { createPrivateClient } from '../src/client.ts'
import { encodeCredential, generateClientKey } from '../src/client-key.ts'
import { decodeState } from '../src/state.ts'
import { eventually, stage } from './stage.ts'

const HOUR_MS = 3_600_000

// Days of a virtual clock: seconds of processor time, more on a busy machine.
describe('a private service', { timeout: 120_000 }, () => {
  it('tells its clients apart, and removes one silently', async () => {
    const { greet, invite, service, clock, network, tor } = await stage('apart')
    const [alice, bob] = [await invite('Alice'), await invite('Bob')]
    expect(await greet(alice.credential)).toBe('Alice')
    expect(await greet(bob.credential)).toBe('Bob')
    const held = createPrivateClient({ tor, credential: bob.credential })
    const connection = await eventually(clock, held.connect())
    expect(new TextDecoder().decode(await connection.read())).toBe('Bob')
    expect(service.clients().find((client) => client.id === bob.id)?.circuits).toBe(1)
    const before = network.relays.filter((relay) => relay.introductionCircuits > 0)

    await service.remove(bob.id)
    expect(before.every((relay) => relay.introductionCircuits === 0)).toBe(true)
    expect(service.clients().map((client) => client.label)).toEqual(['Alice'])
    await expect(service.remove(bob.id)).rejects.toMatchObject({ code: 'private-service/unknown-client' })
    await clock.advance(300_000)
    expect(await greet(alice.credential)).toBe('Alice')
    await expect(greet(bob.credential)).rejects.toMatchObject({ code: 'private-service/unreachable' })
  })

  it('gives the same error for removed, switched off and never was', async () => {
    const { greet, invite, service, clock, rng } = await stage('same')
    const [alice, bob] = [await invite('Alice'), await invite('Bob')]
    const errorOf = async (credential: Uint8Array) => {
      const error = (await greet(credential).catch((e: unknown) => e)) as Error & {
        code: string
        kind: string
      }
      return {
        code: error.code,
        kind: error.kind,
        message: error.message,
        cause: error.cause,
        name: error.name,
      }
    }
    await service.remove(bob.id)
    const removed = await errorOf(bob.credential)
    await clock.advance(300_000)
    const never = await errorOf(encodeCredential(generateClientKey('', 0, rng)))
    await service.close()
    const off = await errorOf(alice.credential)
    expect(removed.code).toBe('private-service/unreachable')
    expect([never, off]).toEqual([removed, removed])
  })

  it.each<[string, Misbehaviour]>([
    ['no circuit is built', { build: 'fail' }],
    ['directories know nothing', { fetch: 'nothing' }],
    ['directories stall', { fetch: 'stall' }],
    ['directories send garbage', { fetch: 'garbage' }],
    ['directories cut descriptors short', { fetch: 'truncated' }],
    ['directories sign a descriptor with another key', { fetch: 'resigned' }],
    ["directories give another client's descriptor", { fetch: 'another' }],
    ['introduction points stall', { introduceAck: 'stall' }],
    ['introduction points send garbage', { introduceAck: 'garbage' }],
    ['introduction points swallow the request', { introduceAck: 'swallow' }],
    ['rendezvous points stall', { establishRendezvous: 'stall' }],
    ['rendezvous points turn the service away', { rendezvous1: 'close' }],
    ['rendezvous points forge the answer', { rendezvous2: 'garbage' }],
  ])('is out of reach in one way, whatever relays do: %s', async (_, misbehaviour) => {
    const { greet, invite, network } = await stage('lies')
    const alice = await invite('Alice')
    await invite('Bob')
    for (const relay of network.relays) Object.assign(relay.misbehaves, misbehaviour)
    const error = await greet(alice.credential).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'private-service/unreachable' })
    expect(error).not.toHaveProperty('cause')
    for (const relay of network.relays)
      for (const key of Object.keys(misbehaviour)) delete relay.misbehaves[key as keyof Misbehaviour]
    expect(await greet(alice.credential)).toBe('Alice')
  })

  it('keeps its clients over a restart, and across a clock set back by a day', async () => {
    const { greet, invite, service, start, clock, network, state } = await stage('restart')
    const alice = await invite('Alice')
    expect(await greet(alice.credential)).toBe('Alice')
    await service.close()
    // The network is a day ahead of this machine from now on; the consensus rules.
    network.skewSeconds = 86_400
    const again = await start()
    await clock.advance(300_000)
    expect(again.clients().map((client) => client.label)).toEqual(['Alice'])
    expect(await greet(alice.credential)).toBe('Alice')
    await again.close()
    // And back: counters that were used are not used again.
    network.skewSeconds = 0
    const third = await start()
    await clock.advance(300_000)
    expect(await greet(alice.credential)).toBe('Alice')
    await third.close()
    const plain = await state.sealer.open(state.held.sealed as Uint8Array)
    expect(decodeState(plain).groups.map(({ clients }) => clients.length)).toEqual([1])
    expect(hexText.encode(state.held.sealed as Uint8Array)).not.toContain(
      hexText.encode(alice.credential.slice(33)),
    )
  })

  it('keeps the limit of a client over a restart', async () => {
    const { greet, invite, service, start, clock } = await stage('limit kept', { requestsPerHour: 1 })
    const [alice, bob] = [await invite('Alice'), await invite('Bob')]
    expect(await greet(alice.credential)).toBe('Alice')
    await service.close()
    const again = await start()
    await clock.advance(300_000)
    await expect(greet(alice.credential)).rejects.toMatchObject({ code: 'private-service/unreachable' })
    expect(again.status().silences['over-limit']).toBeGreaterThan(0)
    expect(await greet(bob.credential)).toBe('Bob')
    await clock.advance(HOUR_MS)
    expect(await greet(alice.credential)).toBe('Alice')
    await again.close()
  })

  it('is found after every change of period over a day and a half, each client at its own moment', async () => {
    const { greet, service, clock, network } = await stage('periods')
    const people = []
    for (let i = 0; i < 3; i++) people.push(await service.invite(`client ${i}`))
    for (let hour = 0; hour < 36; hour++) {
      await clock.advance(HOUR_MS)
      network.newConsensus()
      await clock.advance(120_000)
      if (hour % 6 === 5)
        for (const { credential } of people) expect(await greet(credential)).toMatch(/^client/)
    }
    const first = new Map<string, number>()
    for (const { key, atMs } of network.uploads) if (!first.has(key)) first.set(key, atMs)
    // The next period's descriptors of three clients: their first uploads lie hours, not seconds, apart.
    const later = [...first.values()]
      .filter((at) => at > Date.UTC(2026, 5, 2, 0, 5))
      .toSorted((a, b) => a - b)
    expect(later).toHaveLength(3)
    expect((later[2] as number) - (later[0] as number)).toBeGreaterThan(HOUR_MS / 2)
    await service.close()
  })

  it('is found by who is invited minutes before a change of period, as soon as that has happened', async () => {
    for (let i = 0; i < 4; i++) {
      const { greet, service, clock, network } = await stage(`late ${i}`)
      await clock.advance(HOUR_MS * 2.4)
      network.newConsensus()
      // 11:58 by the clock; the newest consensus is of 11 o'clock, and the period ends at twelve.
      await clock.advance(Date.UTC(2026, 5, 1, 11, 58) - clock.now())
      const { credential } = await service.invite('late')
      await clock.advance(240_000)
      network.newConsensus()
      await clock.advance(1000)
      expect(await greet(credential)).toBe('late')
      await service.close()
    }
  })

  it('spaces what goes to one directory', async () => {
    const { service, clock, network } = await stage('spacing')
    for (let i = 0; i < 4; i++) await service.invite(`client ${i}`)
    await clock.advance(HOUR_MS / 4)
    for (const relay of network.relays) expect(relay.stored.size).toBeLessThanOrEqual(8)
    const times = network.uploads.map((upload) => upload.atMs).toSorted((a, b) => a - b)
    // 64 uploads at least; without delay they would all lie within seconds.
    expect(times.length).toBeGreaterThanOrEqual(32)
    expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThan(30_000)
    await service.close()
  })

  it('grants one client ten rendezvous an hour, and says nothing to the eleventh request', async () => {
    const { greet, invite, service, network } = await stage('limit')
    const alice = await invite('Alice')
    const bob = await invite('Bob')
    for (let i = 0; i < 10; i++) expect(await greet(alice.credential)).toBe('Alice')
    const before = network.introductions.length
    await expect(greet(alice.credential)).rejects.toMatchObject({ code: 'private-service/unreachable' })
    expect(network.introductions.length).toBeGreaterThan(before)
    expect(service.status().silences['over-limit']).toBeGreaterThan(0)
    expect(await greet(bob.credential)).toBe('Bob')
  })

  it('warns of more clients than the network should carry', async () => {
    const { service } = await stage('crowd')
    for (let i = 0; i < 51; i++) await service.invite(`client ${i}`)
    expect(service.status().isCrowded).toBe(true)
    await service.close()
    await expect(service.invite('late')).rejects.toMatchObject({ code: 'private-service/closed' })
  })
})
