import { hexText } from '@warren/primitives/encoding'
import { x25519PublicKey } from '@warren/primitives/x25519'
import { expectEveryByteBound } from '@warren/testkit/decoder'
import { scriptedRng, testRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerNtorV3, startNtorV3 } from '../../src/circuit/ntor-v3.ts'
import { TorError } from '../../src/errors.ts'

type Name = 'b' | 'B' | 'ID' | 'x' | 'CM' | 'VER' | 'y' | 'SM'
type Result = 'client_handshake' | 'server_handshake' | 'KEYSTREAM'

function relay(seed: string) {
  const rng = testRng(seed)
  const ntorSecret = rng.bytes(32)
  return { ed25519Id: rng.bytes(32), ntorSecret, ntorKey: x25519PublicKey(ntorSecret) }
}
const there = relay('relay')
const message = new TextEncoder().encode('from the client')
const answer = (there: Parameters<typeof answerNtorV3>[0], request: Uint8Array) =>
  answerNtorV3(there, request, (received) => Uint8Array.of(...received, 1), {
    rng: testRng('answer'),
    keyBytes: 92,
  })
const replyTo = (request: Uint8Array) => answer(there, request)?.reply ?? new Uint8Array()

describe('ntor of version 3', () => {
  it('gives the values of proposal 332', () => {
    const text = loadVectors<Record<Name | Result, string>>(import.meta.url, 'vectors/ntor-v3.json')
    const v = (name: Name | Result) => hexText.decode(text[name])
    const own = { ed25519Id: v('ID'), ntorKey: v('B'), ntorSecret: v('b') }
    const client = startNtorV3(own, v('CM'), scriptedRng(v('x')), v('VER'))
    expect(client.request).toEqual(v('client_handshake'))
    const answered = answerNtorV3(
      own,
      client.request,
      (received) => {
        expect(received).toEqual(v('CM'))
        return v('SM')
      },
      { rng: scriptedRng(v('y')), keyBytes: 256, verification: v('VER') },
    )
    expect(answered?.reply).toEqual(v('server_handshake'))
    expect(answered?.keystream).toEqual(v('KEYSTREAM'))
    expect(client.complete(v('server_handshake'), 256)).toEqual({
      message: v('SM'),
      keystream: v('KEYSTREAM'),
    })
  })

  it('carries messages of any length, and gives both sides the same keys', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 281 }), fc.uint8Array({ maxLength: 400 }), (said, answered) => {
        const client = startNtorV3(there, said, testRng('client'))
        let heard: Uint8Array | undefined
        const reply = answerNtorV3(
          there,
          client.request,
          (received) => {
            heard = received
            return answered
          },
          { rng: testRng('answer'), keyBytes: 92 },
        )
        const result = client.complete(reply?.reply ?? new Uint8Array(), 92)
        expect(heard).toEqual(said)
        expect(result.message).toEqual(answered)
        expect(result.keystream).toEqual(reply?.keystream)
      }),
      { numRuns: 25 },
    )
  })

  it('binds every byte of the request and of the answer', () => {
    const { request } = startNtorV3(there, message, testRng('client'))
    expectEveryByteBound(request, (changed) => answer(there, changed) !== undefined)
    expectEveryByteBound(replyTo(request), (changed) => {
      const client = startNtorV3(there, message, testRng('client'))
      try {
        client.complete(changed, 92)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'tor/handshake' })
        expect(() => client.complete(replyTo(request), 92)).toThrow('twice')
        return false
      }
    })
  })

  it('refuses what is cut short or longer', () => {
    const { request } = startNtorV3(there, message, testRng('client'))
    const reply = replyTo(request)
    for (let length = 0; length < request.length; length++)
      expect(answer(there, request.subarray(0, length)), `${length} bytes`).toBeUndefined()
    for (const changed of [
      ...Array.from(reply, (_, length) => reply.subarray(0, length)),
      Uint8Array.of(...reply, 0),
    ])
      expect(() => startNtorV3(there, message, testRng('client')).complete(changed, 92)).toThrow(TorError)
  })

  it('refuses another relay, another use, keys of small order, and what the relay refuses', () => {
    const { request } = startNtorV3(there, message, testRng('client'))
    expect(answer({ ...there, ed25519Id: relay('other').ed25519Id }, request)).toBeUndefined()
    expect(answer(relay('other'), request)).toBeUndefined()
    const options = { rng: testRng('answer'), keyBytes: 92 }
    const other = { ...options, verification: new TextEncoder().encode('introduction') }
    expect(answerNtorV3(there, request, () => message, other)).toBeUndefined()
    expect(answerNtorV3(there, request, () => undefined, options)).toBeUndefined()
    expect(
      answer(
        there,
        request.map((byte, i) => (i >= 64 && i < 96 ? 0 : byte)),
      ),
    ).toBeUndefined()
    const client = startNtorV3(there, message, testRng('client'))
    expect(() => client.complete(new Uint8Array(64), 92)).toThrow('small order')
    expect(() => startNtorV3({ ...there, ntorKey: new Uint8Array(32) }, message, testRng('client'))).toThrow(
      'small order',
    )
  })

  it('keeps the message from who does not have the onion key', () => {
    const zeros = new Uint8Array(64)
    const { request } = startNtorV3(there, zeros, testRng('client'))
    const sealed = request.subarray(96, 96 + zeros.length)
    expect(new Set(sealed).size).toBeGreaterThan(16)
  })
})
