import { testRng } from '@warren/testkit/rng'
import {
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  generateIntroductionKeys,
  type IntroductionKeys,
  ReplayCache,
  startHandshake,
} from '@warren/tor/onion'
import { describe, expect, it } from 'vitest'
import { admit } from '../src/admission.ts'
import { type ClientKey, generateClientKey } from '../src/client-key.ts'
import { clientPeriodKeys } from '../src/period-keys.ts'
import { RequestLimit } from '../src/request-limit.ts'
import { Roster } from '../src/roster.ts'

const rng = testRng('admission')
const periods = [20_000, 20_001].map((number) => ({ number, lengthMinutes: 1440 }))
const HOUR = 3_600_000

function service(clients: number, perHour = 10) {
  const roster = new Roster()
  roster.setPeriods(periods)
  const keys = Array.from({ length: clients }, (_, i) => generateClientKey(`client ${i}`, 0, rng))
  for (const key of keys) roster.add(key)
  return {
    roster,
    keys,
    replays: new ReplayCache(),
    limit: new RequestLimit(perHour),
    point: generateIntroductionKeys(rng),
  }
}

function request(client: ClientKey, point: IntroductionKeys, period = 0, cookie = rng.bytes(20)) {
  const { introductionCredential } = clientPeriodKeys(client, periods[period] as (typeof periods)[0])
  const handshake = startHandshake(
    { authKey: point.authKey, encKey: point.encryption.publicKey, subcredential: introductionCredential },
    rng,
  )
  const cell = encodeIntroduce1(point.authKey, handshake, {
    rendezvousCookie: cookie,
    onionKey: rng.bytes(32),
    linkSpecifiers: [{ type: 2, data: rng.bytes(20) }],
  })
  return { cell, handshake }
}

describe('admission of introductions', () => {
  it('tells clients apart in either period, and both sides get the same keys', () => {
    const own = service(5)
    own.keys.forEach((client, i) => {
      const { cell, handshake } = request(client, own.point, i % 2)
      const verdict = admit(cell, own.point, own, 0)
      expect(verdict).toHaveProperty('admitted.client', client.id)
      if (!('admitted' in verdict)) return
      const { handshakeInfo, keys } = verdict.admitted.answer(rng)
      expect(handshake.complete(handshakeInfo)).toEqual(keys)
    })
  })

  it('is silent towards garbage, strangers, removed clients and other introduction points', () => {
    const own = service(3)
    const stranger = generateClientKey('stranger', 0, rng)
    const removed = own.keys[1] as ClientKey
    const late = request(removed, own.point)
    own.roster.remove(removed.id)
    const other = generateIntroductionKeys(rng)
    const silence = (cell: Uint8Array) => admit(cell, own.point, own, 0)
    expect(silence(rng.bytes(300))).toEqual({ silence: 'malformed' })
    expect(silence(encodeGarbageIntroduce1(own.point.authKey, rng))).toEqual({ silence: 'unknown-client' })
    expect(silence(request(stranger, own.point).cell)).toEqual({ silence: 'unknown-client' })
    expect(silence(late.cell)).toEqual({ silence: 'unknown-client' })
    expect(silence(request(own.keys[0] as ClientKey, other).cell)).toEqual({ silence: 'malformed' })
  })

  it('is silent towards a client who knows the introduction keys and A, but not s', () => {
    const own = service(1)
    const client = own.keys[0] as ClientKey
    const guess = { ...client, cookie: generateClientKey('', 0, rng).cookie }
    expect(admit(request(guess, own.point).cell, own.point, own, 0)).toEqual({ silence: 'unknown-client' })
  })

  it('answers a request once, whoever repeats it', () => {
    const own = service(2)
    const { cell } = request(own.keys[0] as ClientKey, own.point)
    expect(admit(cell, own.point, own, 0)).toHaveProperty('admitted')
    expect(admit(cell, own.point, own, 1)).toEqual({ silence: 'replayed' })
    // The same rendezvous cookie in a fresh request is a replay too.
    const cookie = rng.bytes(20)
    expect(
      admit(request(own.keys[0] as ClientKey, own.point, 0, cookie).cell, own.point, own, 2),
    ).toHaveProperty('admitted')
    expect(admit(request(own.keys[1] as ClientKey, own.point, 0, cookie).cell, own.point, own, 3)).toEqual({
      silence: 'replayed',
    })
  })

  it('grants each client ten an hour, and no client pays for another', () => {
    const own = service(2)
    const [alice, bob] = own.keys as [ClientKey, ClientKey]
    const ask = (client: ClientKey, now: number) =>
      admit(request(client, own.point).cell, own.point, own, now)
    for (let i = 0; i < 10; i++) expect(ask(alice, i)).toHaveProperty('admitted')
    expect(ask(alice, 11)).toEqual({ silence: 'over-limit' })
    expect(ask(bob, 12)).toHaveProperty('admitted')
    expect(ask(alice, HOUR + 5)).toHaveProperty('admitted')
    // A clock set back by a day locks nobody out for longer than an hour.
    expect(ask(alice, -24 * HOUR)).toHaveProperty('admitted')
    expect(ask(alice, HOUR)).toHaveProperty('admitted')
  })

  it('bounds its memory', () => {
    const replays = new ReplayCache(10)
    for (let i = 0; i < 100; i++) replays.admit(rng.bytes(20), i)
    expect(replays.size).toBe(10)
    expect(replays.isNearlyFull).toBe(true)
  })
})
