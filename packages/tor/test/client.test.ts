import { deflateSync } from 'node:zlib'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { TorClient } from '../src/client.ts'
import { memoryStore } from '../src/directory/store.ts'
import { fakeAuthority, fakeConsensus, fakeMicrodesc } from './fake/consensus.ts'
import { fakeNetwork } from './fake/network.ts'
import { FakeRelay, type FakeRelayOptions } from './fake/relay.ts'

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

function response(body: Uint8Array, head = ''): Uint8Array {
  return concatBytes(utf8(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n${head}\r\n`), body)
}

type Answer = (path: string, honest: Uint8Array) => Uint8Array

/** A network in memory whose relays all serve the directory; `answer` may change what they say, `more` what they are. */
function network(answer: Answer = (_, honest) => honest, more: Partial<FakeRelayOptions> = {}) {
  const clock = virtualClock(START)
  const state = { validAfter: START - HOUR / 2 }
  const relays: FakeRelay[] = [0, 1, 2, 3, 4, 5].map(
    (i) =>
      new FakeRelay({
        nickname: `relay${i}`,
        address: `10.${i}.0.1`,
        rng: testRng(`relay ${i}`),
        serve: (request, target) =>
          target === undefined ? directory(request) : utf8(`hello from ${target}`),
        ...more,
      }),
  )
  const authorities = [0, 1, 2].map((i) => fakeAuthority(`authority${i}`, relays[i] as FakeRelay))
  const directory = (request: Uint8Array) => {
    const path = new TextDecoder().decode(request).split(' ')[1] ?? ''
    const honest = path.includes('consensus')
      ? fakeConsensus({ relays, signers: authorities, validAfter: state.validAfter })
      : path.includes('keys')
        ? utf8(authorities.map(({ certificate }) => certificate).join(''))
        : utf8(relays.map((relay) => fakeMicrodesc(relay)).join(''))
    return answer(path, response(honest))
  }
  const { connect } = fakeNetwork(relays)
  const store = memoryStore()
  const start = async (options = {}) => {
    const started = TorClient.start({
      directory: { authorities: authorities.map(({ configuration }) => configuration) },
      store,
      connect,
      clock,
      rng: testRng('client'),
      ...options,
    })
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    started.then(settle, settle)
    // Unpacking runs in a thread of its own: time moves until it is done.
    for (let i = 0; i < 20_000 && !isSettled; i++) await clock.advance(100)
    return started
  }
  return { clock, relays, state, store, start, connect }
}

describe('a client in memory', () => {
  it('learns the network and reaches a destination', async () => {
    const { start } = network()
    const client = await start()
    expect(client.directory.relays).toHaveLength(6)
    const stream = await client.openStream('Example.org', 80)
    await stream.write(utf8('GET'))
    expect(new TextDecoder().decode(await stream.read())).toContain('hello from example.org:80')
    client.close()
    await expect(client.openStream('example.org', 80)).rejects.toThrow('No circuit')
  })

  it('speaks to every relay the handshake that the consensus has of it', async () => {
    for (const speaksNtorV3 of [false, true]) {
      const { start, relays } = network(undefined, { speaksNtorV3 })
      const client = await start()
      const first = relays.flatMap(({ handshakes }) => handshakes).length
      const circuit = await client.circuits.build()
      circuit.close()
      const spoken = relays.flatMap(({ handshakes }) => handshakes)
      expect(spoken.length - first).toBe(3)
      expect(new Set(spoken)).toEqual(new Set([speaksNtorV3 ? 3 : 2]))
      client.close()
    }
  })

  it('asks exits for congestion control, and no other relay', async () => {
    for (const [protocols, isAsked] of [
      [true, true],
      [false, false],
    ] as const) {
      const { start, relays } = network(undefined, { speaksNtorV3: protocols, sendmeIncrement: 31 })
      const client = await start()
      const grants = () => relays.map(({ granted }) => granted).reduce((sum, n) => sum + n, 0)
      const inside = await client.circuits.build()
      expect(grants()).toBe(0)
      const stream = await client.openStream('example.org', 80)
      await stream.write(utf8('GET'))
      expect(new TextDecoder().decode(await stream.read())).toContain('hello from example.org:80')
      expect(grants()).toBe(isAsked ? 1 : 0)
      inside.close()
      client.close()
    }
  })

  it('keeps streams of different keys on different circuits, and others together', async () => {
    const { start } = network()
    const client = await start()
    const open = (isolation: string) => client.openStream('example.org', 80, { isolation })
    await Promise.all([open('a'), open('b')])
    expect(client.openCircuits).toBe(2)
    await Promise.all([open('a'), open('b')])
    expect(client.openCircuits).toBe(2)
    client.close()
  })

  it('starts from what it kept, without a single connection, while that is fresh', async () => {
    const { start, store } = network()
    const first = await start()
    first.close()
    const refuse = () => Promise.reject(new Error('offline'))
    const again = await start({ store, connect: refuse })
    expect(again.directory.relays).toHaveLength(6)
    again.close()
  })

  it('renews the consensus before it ends', async () => {
    const { start, clock, state } = network()
    const client = await start()
    const before = client.directory.consensus.validAfter
    state.validAfter += HOUR
    for (let i = 0; i < 20; i++) await clock.advance(HOUR / 8)
    expect(client.directory.consensus.validAfter).toBe(before + HOUR)
    client.close()
  })

  it('does not go back to an older consensus', async () => {
    const { start, state } = network()
    const client = await start()
    state.validAfter -= HOUR
    await expect(client.refreshDirectory()).rejects.toThrow('older consensus')
    client.close()
  })

  it('keeps its guards', async () => {
    const { start, store } = network()
    const first = await start()
    const guard = first.circuits.choosePath({}).guard.nickname
    await first.circuits.build()
    first.close()
    const again = await start({ store, rng: testRng('another run') })
    expect(again.circuits.choosePath({}).guard.nickname).toBe(guard)
    again.close()
  })

  it('gives circuits more time when nearly all are given up, and keeps the guard that answered', async () => {
    const { start, relays, clock } = network()
    const client = await start()
    const { timeout } = client.circuits
    const guard = client.circuits.choosePath({}).guard.nickname
    for (const relay of relays) relay.options.lies = { extended: () => undefined }
    for (let i = 0; i < 4; i++) {
      expect(timeout.milliseconds).toBe(60_000)
      let outcome: unknown
      void client.circuits.build().catch((error: unknown) => {
        outcome = error
      })
      while (outcome === undefined) await clock.advance(1000)
      expect(outcome).toMatchObject({ code: 'tor/circuit', message: 'No circuit could be built.' })
    }
    expect(timeout.milliseconds).toBe(120_000)
    expect(client.circuits.choosePath({}).guard.nickname).toBe(guard)
    for (const relay of relays) relay.options.lies = {}
    expect((await client.circuits.build()).hops).toBe(3)
    client.close()
  })

  it('does not count circuits against anybody that it cancelled itself', async () => {
    const { start, relays, clock } = network()
    const client = await start()
    for (const relay of relays) relay.options.lies = { extended: () => undefined }
    for (let i = 0; i < 40; i++) {
      const cancel = new AbortController()
      const outcome = client.circuits.build({ signal: cancel.signal }).catch((error: unknown) => error)
      await clock.advance(1000)
      cancel.abort(new Error('enough'))
      expect(await outcome).toMatchObject({ message: 'enough' })
    }
    expect(client.circuits.timeout.milliseconds).toBe(60_000)
    expect(client.suspectGuards).toEqual([])
    client.close()
  })

  it('says what to do when nobody answers', async () => {
    const { start } = network()
    const refuse = () => Promise.reject(new Error('connection refused'))
    await expect(start({ connect: refuse })).rejects.toThrow('Check that this machine is online')
  })

  it.each<[string, Answer, string]>([
    ['answers 404', () => utf8('HTTP/1.0 404 Not found\r\n\r\n'), 'answered 404'],
    ['sends no HTTP', () => testRng('noise').bytes(3000), 'something else than HTTP'],
    ['cuts the answer short', (_, honest) => honest.subarray(0, honest.length - 10), 'cut short'],
    [
      'sends an unknown encoding',
      (_, honest) => response(honest, 'Content-Encoding: magic\r\n'),
      'unknown encoding',
    ],
    [
      'sends a broken stream',
      (_, honest) => response(honest, 'Content-Encoding: deflate\r\n'),
      'cannot be unpacked',
    ],
    [
      'sends a bomb',
      (path, honest) =>
        path.includes('keys')
          ? response(deflateSync(new Uint8Array(2 ** 21)), 'Content-Encoding: deflate\r\n')
          : honest,
      'unpacks to too much',
    ],
    [
      'changes the consensus',
      (path, honest) =>
        path.includes('consensus')
          ? utf8(new TextDecoder().decode(honest).replaceAll('Guard', 'Gourd'))
          : honest,
      '0 valid signatures',
    ],
    [
      'has no certificates',
      (path, honest) => (path.includes('keys') ? response(utf8('nothing\n')) : honest),
      '0 valid',
    ],
    [
      'has other microdescriptors',
      (path, honest) => (path.includes('micro/d') ? response(utf8('onion-key\n')) : honest),
      'Too few',
    ],
  ])('is not misled by a directory that %s', async (_, answer, message) => {
    const { start } = network(answer)
    await expect(start()).rejects.toThrow(message)
  })

  it('takes packed answers', async () => {
    const { start } = network((_, honest) => {
      const body = honest.subarray(new TextDecoder('latin1').decode(honest).indexOf('\r\n\r\n') + 4)
      return response(deflateSync(body), 'Content-Encoding: deflate\r\n')
    })
    const client = await start()
    expect(client.directory.relays).toHaveLength(6)
    client.close()
  })
})
