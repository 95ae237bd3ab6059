import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { shake256 } from '@warren/primitives/hash'
import { scriptedRng, testRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateX25519, openIntroduction, startHandshake } from '../../src/onion/hs-ntor.ts'
import {
  decodeIntroduce2,
  decodeIntroduceAck,
  decodeIntroductionPlaintext,
  encodeGarbageIntroduce1,
  encodeIntroduce1,
} from '../../src/onion/introduce.ts'
import {
  decodeRendezvous2,
  encodeRendezvous1,
  RENDEZVOUS1_PADDING_BYTES,
} from '../../src/onion/rendezvous.ts'

const text = loadVectors<Record<string, string>>(import.meta.url, 'vectors/hs-ntor.json')
const v = (name: string) => hexText.decode(text[name] as string)
const rng = testRng('hs-ntor')

function service() {
  return { authKey: rng.bytes(32), encryption: generateX25519(rng), subcredential: rng.bytes(32) }
}
const where = {
  rendezvousCookie: rng.bytes(20),
  onionKey: rng.bytes(32),
  linkSpecifiers: [
    { type: 0, data: rng.bytes(6) },
    { type: 2, data: rng.bytes(20) },
    { type: 3, data: rng.bytes(32) },
  ],
}

describe('hs-ntor', () => {
  it('gives the published values of the specification on both sides', () => {
    const client = startHandshake(
      { authKey: v('authKey'), encKey: v('B'), subcredential: v('subcredential') },
      scriptedRng(v('x')),
    )
    const introduce1 = concatBytes(v('header'), client.encrypt(v('header'), v('plaintext')))
    expect(hexText.encode(introduce1)).toBe(text['introduce1'])

    const cell = decodeIntroduce2(introduce1)
    const own = { authKey: v('authKey'), encryption: { publicKey: v('B'), secretKey: v('b') } }
    const opened = openIntroduction(own, [v('subcredential')], cell.header, cell.encrypted)
    expect(hexText.encode(opened?.plaintext as Uint8Array)).toBe(text['plaintext'])
    const answer = opened?.answer(scriptedRng(v('y')))
    expect(hexText.encode(answer?.handshakeInfo as Uint8Array)).toBe(text['handshakeInfo'])

    const keys = client.complete(v('handshakeInfo'))
    expect(keys).toEqual(answer?.keys)
    const expected = shake256(128, v('ntorKeySeed'), utf8('tor-hs-ntor-curve25519-sha3-256-1:hs_key_expand'))
    expect(concatBytes(keys.forwardDigest, keys.backwardDigest, keys.forwardKey, keys.backwardKey)).toEqual(
      expected,
    )
  })

  it('finds the subcredential that fits, among many, and none where none fits', () => {
    const own = service()
    const client = startHandshake({ ...own, encKey: own.encryption.publicKey }, rng)
    const cell = decodeIntroduce2(encodeIntroduce1(own.authKey, client, where))
    const others = Array.from({ length: 20 }, () => rng.bytes(32))
    for (const at of [0, 7, 20]) {
      const opened = openIntroduction(
        own,
        others.toSpliced(at, 0, own.subcredential),
        cell.header,
        cell.encrypted,
      )
      expect(opened?.match).toBe(at)
      expect(decodeIntroductionPlaintext(opened?.plaintext as Uint8Array)).toEqual(where)
    }
    expect(openIntroduction(own, others, cell.header, cell.encrypted)).toBeUndefined()
  })

  it('refuses every changed byte, garbage, and keys of small order', () => {
    const own = service()
    const client = startHandshake({ ...own, encKey: own.encryption.publicKey }, rng)
    const message = encodeIntroduce1(own.authKey, client, where)
    expect(message.length).toBe(246)
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Uint8Array.from(message)
        bad[at] = (bad[at] as number) ^ flip
        let cell: ReturnType<typeof decodeIntroduce2>
        try {
          cell = decodeIntroduce2(bad)
        } catch {
          return
        }
        const opened = openIntroduction(own, [own.subcredential], cell.header, cell.encrypted)
        // X25519 ignores the top bit of a key: the MAC is over the bytes as sent, so that it still differs.
        expect(opened).toBeUndefined()
      }),
      { numRuns: 60 },
    )
    const garbage = decodeIntroduce2(encodeGarbageIntroduce1(own.authKey, rng))
    expect(openIntroduction(own, [own.subcredential], garbage.header, garbage.encrypted)).toBeUndefined()
    expect(openIntroduction(own, [own.subcredential], garbage.header, new Uint8Array(100))).toBeUndefined()
    expect(openIntroduction(own, [own.subcredential], garbage.header, new Uint8Array(63))).toBeUndefined()
  })

  it('burns a handshake with its first answer, right or wrong', () => {
    const own = service()
    const start = () => startHandshake({ ...own, encKey: own.encryption.publicKey }, rng)
    for (const bad of [rng.bytes(64), new Uint8Array(64), new Uint8Array(63)]) {
      const client = start()
      expect(() => client.complete(bad)).toThrow(expect.objectContaining({ code: 'tor/hs-ntor' }))
      expect(() => client.complete(bad)).toThrow(/twice/)
    }
  })
})

describe('rendezvous and introduction messages', () => {
  it('are padded like those of C-tor, and their padding is passed over', () => {
    const info = rng.bytes(64)
    const message = encodeRendezvous1(where.rendezvousCookie, info, rng.bytes(RENDEZVOUS1_PADDING_BYTES))
    expect(message.length).toBe(168)
    expect(decodeRendezvous2(message.subarray(20))).toEqual(info)
    expect(() => decodeRendezvous2(info.subarray(1))).toThrow(/RENDEZVOUS2/)
  })

  it('give the status of an acknowledgement, with and without extensions', () => {
    expect(decodeIntroduceAck(Uint8Array.of(0, 1))).toBe(1)
    expect(decodeIntroduceAck(Uint8Array.of(0, 2, 1, 9, 1, 7))).toBe(2)
    expect(() => decodeIntroduceAck(Uint8Array.of(0))).toThrow(/INTRODUCE_ACK/)
  })

  it('refuse arbitrary bytes without any other error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        for (const decode of [
          decodeIntroduce2,
          decodeIntroductionPlaintext,
          decodeRendezvous2,
          decodeIntroduceAck,
        ])
          try {
            decode(bytes)
          } catch (error) {
            expect(error).toMatchObject({ code: 'decode' })
          }
      }),
    )
  })
})
