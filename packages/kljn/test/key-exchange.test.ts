import { hexText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { testRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyExchangeOptions, keyExchange } from '../src/exchange/key-exchange.ts'
import { separateKeyExchange } from '../src/exchange/key-exchange-node.ts'
import { decodeMessage, encodeMessage, type PublicMessage } from '../src/exchange/messages.ts'
import { PublicChannel, preSharedKeyBytes } from '../src/exchange/public-channel.ts'
import { joinedPorts } from '../src/exchange/roles/port.ts'
import type { SessionSettings } from '../src/exchange/roles/settings.ts'
import { IDEAL_INSTRUMENT, type Loop, lineOf, RG58, symmetricLoop } from '../src/wire/model.ts'

function cableLoop(metres: number, defended: boolean): Loop {
  const line = { ...lineOf(RG58, metres), shieldDriverGain: defended ? 0.99 : 0 }
  const beta = defended ? (1 + line.resistanceOhms / 2000) / (1 + line.resistanceOhms / 18000) : 1
  const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line, beta, bandwidthHertz: 250 })
  const meter = { ...IDEAL_INSTRUMENT, noiseFraction: 1e-3 }
  return { ...loop, instruments: { ...loop.instruments, alice: meter, bob: meter } }
}

const settings: SessionSettings = {
  loop: cableLoop(100, true),
  samples: 32,
  keyBits: 128,
  decision: 'own-noise',
  xorGroup: 1,
  securityBits: 40,
  falseAlarm: 1e-9,
  mostExchanges: 20_000,
}
const run = (options: Partial<KeyExchangeOptions> & { settings: SessionSettings }, seed: string) =>
  keyExchange(options, testRng(seed))

describe('a key exchange from end to end', () => {
  it('ends in one key on both sides, and next to nothing at Eve', async () => {
    const result = await run({ settings }, 'session')
    expect(result.equal).toBe(true)
    expect(result.alice.length).toBe(16)
    expect(result.eve.informationBits).toBeLessThan(2 ** -60)
    // Eve's hits: about 290 bits, standard error 0.03; 5 of them are a false alarm in 6e-7 of all seeds
    expect(Math.abs(result.eve.right - result.eve.bound)).toBeLessThan(0.15)
    expect(result.comparison.chiSquare).toBeLessThan(result.comparison.threshold)
  })
  it('is the same exchange in four threads', async () => {
    const [here, there] = await Promise.all([
      run({ settings }, 'threads'),
      separateKeyExchange({ settings }, testRng('threads')),
    ])
    expect(there.equal).toBe(true)
    expect(there.alice.equals(here.alice)).toBe(true)
    expect(there.ledger).toEqual(here.ledger)
    expect(there.eve.ratios).toEqual(here.eve.ratios)
  })
  it('corrects what the parties misread', async () => {
    // N = 8 and levels only: several percent of the sifted bits differ
    const noisy = await run({ settings: { ...settings, samples: 8, decision: 'levels' } }, 'misread')
    expect(noisy.siftedErrors).toBeGreaterThan(5)
    expect(noisy.corrected).toBeGreaterThanOrEqual(noisy.siftedErrors)
    expect(noisy.equal).toBe(true)
    expect(noisy.ledger.parityBits).toBeGreaterThan(50)
  })
  it('the positive control: on a bare cable Eve does guess, as often as her bound says', async () => {
    const bare = { ...settings, loop: cableLoop(1000, false), samples: 64, keyBits: 16, securityBits: 8 }
    const result = await run({ settings: bare }, 'bare')
    expect(result.eve.bound).toBeGreaterThan(0.75)
    // at least 150 bits: standard error below 0.034, 4.5 of it: a false alarm in 7e-6 of all seeds
    expect(result.siftedBits).toBeGreaterThan(150)
    expect(Math.abs(result.eve.right - result.eve.bound)).toBeLessThan(0.155)
    expect(result.equal).toBe(true)
  })
  it('XOR between reconciliation and the last hash', async () => {
    const result = await run({ settings: { ...settings, xorGroup: 2 } }, 'xor')
    expect(result.equal).toBe(true)
    expect(result.ledger.keptBits).toBeGreaterThan(2 * settings.keyBits)
  })
  it('refuses to make a key where Eve may know all of it', async () => {
    const hopeless = { ...settings, loop: cableLoop(20_000, false), samples: 256, mostExchanges: 300 }
    await expect(run({ settings: hopeless }, 'hopeless')).rejects.toMatchObject({
      code: 'kljn/no-secret-left',
    })
  })
})

describe('active attacks end the exchange', () => {
  it.each([
    ['an injected current', { intrusion: { kind: 'injection', amperes: 2e-9 } }, 'kljn/alarm'],
    ['a man in the middle', { intrusion: { kind: 'man-in-the-middle' } }, 'kljn/alarm'],
    ['a changed frame', { tamperWithFrame: 3 }, 'kljn/authentication'],
  ] as const)('%s', async (_, attack, code) => {
    await expect(run({ settings, ...attack }, 'attack')).rejects.toMatchObject({ code })
  })
  it('in threads too', async () => {
    await expect(
      separateKeyExchange({ settings, tamperWithFrame: 0 }, testRng('tamper')),
    ).rejects.toMatchObject({ code: 'kljn/authentication' })
  })
  it('a run in threads can be cancelled', async () => {
    const controller = new AbortController()
    const running = separateKeyExchange(
      { settings: { ...settings, samples: 1024, keyBits: 4096 } },
      testRng('cancel'),
      controller.signal,
    )
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})

describe('settings', () => {
  it.each([
    [{ samples: 0 }, 'samples is 0'],
    [{ samples: 33 }, 'samples / 2'],
    [{ keyBits: 0 }, 'keyBits is 0 bit'],
    [{ falseAlarm: 0 }, 'falseAlarm is 0'],
  ])('%j', async (change, message) => {
    await expect(run({ settings: { ...settings, ...change } }, 'bad')).rejects.toThrow(message)
  })
})

describe('the public channel', () => {
  const pair = (frames: number) => {
    const [a, b] = joinedPorts()
    const bytes = testRng('psk').bytes(preSharedKeyBytes(frames))
    return {
      a,
      alice: new PublicChannel(a, new Secret(bytes), 'alice'),
      bob: new PublicChannel(b, new Secret(bytes), 'bob'),
    }
  }
  it('carries payloads both ways and counts the key it uses', async () => {
    const { alice, bob } = pair(4)
    alice.send(Uint8Array.of(1, 2))
    alice.send(Uint8Array.of(3))
    bob.send(new Uint8Array(0))
    expect(await bob.receive()).toEqual(Uint8Array.of(1, 2))
    expect(await bob.receive()).toEqual(Uint8Array.of(3))
    expect(await alice.receive()).toEqual(new Uint8Array(0))
    expect(bob.keyBitsUsed).toBe(8 * (32 + 3 * 16))
  })
  it('accepts no frame twice, none in another order, none mirrored', async () => {
    const [tapOut, tapIn] = joinedPorts()
    const bytes = testRng('psk').bytes(preSharedKeyBytes(4))
    const alice = new PublicChannel(tapOut, new Secret(bytes), 'alice')
    alice.send(Uint8Array.of(7))
    alice.send(Uint8Array.of(8))
    const frames = [await tapIn.receive(), await tapIn.receive()]
    for (const [who, order] of [
      ['bob', [0, 0]],
      ['bob', [1]],
      ['alice', [0]],
    ] as const) {
      const [end, far] = joinedPorts()
      const channel = new PublicChannel(end, new Secret(bytes), who)
      for (const i of order) far.send(frames[i])
      for (const _ of order.slice(1)) await channel.receive()
      await expect(channel.receive()).rejects.toMatchObject({ code: 'kljn/authentication' })
    }
  })
  it('refuses every frame with one bit turned', async () => {
    const bytes = testRng('psk').bytes(preSharedKeyBytes(1))
    const [out, tap] = joinedPorts()
    new PublicChannel(out, new Secret(bytes), 'alice').send(Uint8Array.of(1, 2, 3))
    const frame = (await tap.receive()) as Uint8Array
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const [end, far] = joinedPorts()
      const changed = Uint8Array.from(frame)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      far.send(changed)
      const channel = new PublicChannel(end, new Secret(bytes), 'bob')
      await expect(channel.receive()).rejects.toMatchObject({ code: 'kljn/authentication' })
    }
  })
  it('stops when the pads are used up', () => {
    const { alice } = pair(1)
    alice.send(Uint8Array.of(1))
    expect(() => alice.send(Uint8Array.of(2))).toThrow('no pad is ever used twice')
  })
})

interface Vectors {
  messages: { kind: string; encoded: string }[]
  channel: { preSharedKey: string; payloads: string[]; alice: string[]; bob: string[] }
}

describe('the frozen vectors of docs/formats/kljn.md', () => {
  const vectors = loadVectors<Vectors>(import.meta.url, 'vectors/public-channel.json')

  it.each(vectors.messages)('message $kind', ({ kind, encoded }) => {
    const message = decodeMessage(hexText.decode(encoded))
    expect(message.kind).toBe(kind)
    expect(hexText.encode(encodeMessage(message))).toBe(encoded)
  })
  it.each(['alice', 'bob'] as const)('frames of %s', async (who) => {
    const { channel } = vectors
    const [out, tap] = joinedPorts()
    const sender = new PublicChannel(out, new Secret(hexText.decode(channel.preSharedKey)), who)
    for (const [i, payload] of channel.payloads.entries()) {
      sender.send(hexText.decode(payload))
      expect(hexText.encode((await tap.receive()) as Uint8Array)).toBe(channel[who][i])
    }
  })
})

describe('public messages', () => {
  const bits = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 50 }).map((b) => Uint8Array.from(b))
  const u32 = fc.nat({ max: 2 ** 32 - 1 })
  const message: fc.Arbitrary<PublicMessage> = fc.oneof(
    fc.record({ kind: fc.constant('mixed' as const), flags: bits }),
    fc.record({
      kind: fc.constant('readings' as const),
      values: fc.float32Array({ maxLength: 20, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('compared' as const), alarm: fc.boolean() }),
    fc.record({
      kind: fc.constant('cascade' as const),
      seed: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      passes: fc.nat({ max: 255 }),
    }),
    fc.record({
      kind: fc.constant('questions' as const),
      questions: fc.array(fc.record({ pass: fc.nat({ max: 255 }), from: u32, to: u32 })),
    }),
    fc.record({ kind: fc.constant('parities' as const), parities: bits }),
    fc.record({ kind: fc.constant('verify' as const), seed: bits, hash: bits }),
    fc.record({ kind: fc.constant('verified' as const), equal: fc.boolean() }),
    fc.record({ kind: fc.constant('amplify' as const), keyBits: u32, seed: bits }),
    fc.record({ kind: fc.constant('more' as const) }),
  )
  it('encode and decode', () => {
    fc.assert(
      fc.property(message, (m) => {
        expect(decodeMessage(encodeMessage(m))).toEqual(m)
      }),
    )
  })
  it('refuse what is cut short, longer, or unknown', () => {
    fc.assert(
      fc.property(message, (m) => {
        const bytes = encodeMessage(m)
        expect(() => decodeMessage(bytes.subarray(0, -1))).toThrow(/needs|bits need|do not fit/)
        expect(() => decodeMessage(Uint8Array.of(...bytes, 0))).toThrow('1 bytes left over')
      }),
    )
    expect(() => decodeMessage(Uint8Array.of(11))).toThrow('no public message 11')
    expect(() => decodeMessage(Uint8Array.of(3, 2))).toThrow('neither 0 nor 1')
  })
  it('never take garbage for anything but garbage, nor allocate for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        let decoded: PublicMessage
        try {
          decoded = decodeMessage(bytes)
        } catch (error) {
          expect(['DecodeError', 'KljnError']).toContain((error as Error).name)
          return
        }
        expect(encodeMessage(decoded)).toEqual(bytes)
      }),
    )
  })
})
