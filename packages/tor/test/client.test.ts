import { deflateSync } from 'node:zlib'
import { utf8 } from '@warren/primitives/bytes'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { type Answer, clientNetwork, HOUR, response } from './fake/client-network.ts'

describe('a client in memory', () => {
  it('learns the network and reaches a destination', async () => {
    const { start } = clientNetwork()
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
      const { start, relays } = clientNetwork(undefined, '', { speaksNtorV3 })
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
      const { start, relays } = clientNetwork(undefined, '', { speaksNtorV3: protocols, sendmeIncrement: 31 })
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
    const { start } = clientNetwork()
    const client = await start()
    const open = (isolation: string) => client.openStream('example.org', 80, { isolation })
    await Promise.all([open('a'), open('b')])
    expect(client.openCircuits).toBe(2)
    await Promise.all([open('a'), open('b')])
    expect(client.openCircuits).toBe(2)
    client.close()
  })

  it('starts from what it kept, without a single connection, while that is fresh', async () => {
    const { start, store } = clientNetwork()
    const first = await start()
    first.close()
    const refuse = () => Promise.reject(new Error('offline'))
    const again = await start({ store, connect: refuse })
    expect(again.directory.relays).toHaveLength(6)
    again.close()
  })

  it('renews the consensus before it ends', async () => {
    const { start, clock, state } = clientNetwork()
    const client = await start()
    const before = client.directory.consensus.validAfter
    state.validAfter += HOUR
    for (let i = 0; i < 20; i++) await clock.advance(HOUR / 8)
    expect(client.directory.consensus.validAfter).toBe(before + HOUR)
    client.close()
  })

  it('does not go back to an older consensus', async () => {
    const { start, state } = clientNetwork()
    const client = await start()
    state.validAfter -= HOUR
    await expect(client.refreshDirectory()).rejects.toThrow('older consensus')
    client.close()
  })

  it('keeps its guards', async () => {
    const { start, store } = clientNetwork()
    const first = await start()
    const guard = first.circuits.choosePath({}).guard.nickname
    await first.circuits.build()
    first.close()
    const again = await start({ store, rng: testRng('another run') })
    expect(again.circuits.choosePath({}).guard.nickname).toBe(guard)
    again.close()
  })

  it('gives circuits more time when nearly all are given up, and keeps the guard that answered', async () => {
    const { start, relays, clock } = clientNetwork()
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
    const { start, relays, clock } = clientNetwork()
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
    const { start } = clientNetwork()
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
      'takes the signatures from the consensus',
      (path, honest) => {
        const text = new TextDecoder('latin1').decode(honest)
        const body = text.slice(text.indexOf('network-status'), text.indexOf('directory-signature '))
        return path.includes('consensus') ? response(utf8(body)) : honest
      },
      'not signed',
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
    const { start } = clientNetwork(answer)
    await expect(start()).rejects.toThrow(message)
  })

  it.each([
    ['of two days ago', -48 * HOUR, 'too old'],
    ['of a day to come', 26 * HOUR, 'is the clock of this machine right?'],
  ])('is not misled by a consensus %s', async (_, shift, message) => {
    const { start, state } = clientNetwork()
    state.validAfter += shift
    await expect(start()).rejects.toThrow(message)
  })

  it('does not use what it kept when that has become too old, and does not need it', async () => {
    const { start, state, clock } = clientNetwork()
    ;(await start()).close()
    await clock.advance(72 * HOUR)
    const refuse = () => Promise.reject(new Error('offline'))
    await expect(start({ connect: refuse })).rejects.toMatchObject({ code: 'tor/network' })
    state.validAfter += 72 * HOUR
    const client = await start()
    expect(client.directory.consensus.validAfter).toBe(state.validAfter)
    client.close()
  })

  it('forgets no certificates because a directory has none', async () => {
    let isLying = false
    const { start } = clientNetwork((path, honest) => {
      if (!isLying) return honest
      if (path.includes('keys')) return response(utf8('nothing\n'))
      // A signature by a key that nobody knows: certificates are asked for.
      const text = new TextDecoder('latin1').decode(honest)
      return path.includes('consensus')
        ? response(utf8(text.slice(text.indexOf('network-status')).replace(/(sha256 \w{40}) \w/, '$1 0')))
        : honest
    })
    const client = await start()
    isLying = true
    for (let i = 0; i < 2; i++) await client.refreshDirectory().catch(() => {})
    client.close()
    const refuse = () => Promise.reject(new Error('offline'))
    const again = await start({ connect: refuse })
    expect(again.directory.relays).toHaveLength(6)
    again.close()
  })

  it('takes packed answers', async () => {
    const { start } = clientNetwork((_, honest) => {
      const body = honest.subarray(new TextDecoder('latin1').decode(honest).indexOf('\r\n\r\n') + 4)
      return response(deflateSync(body), 'Content-Encoding: deflate\r\n')
    })
    const client = await start()
    expect(client.directory.relays).toHaveLength(6)
    client.close()
  })
})
