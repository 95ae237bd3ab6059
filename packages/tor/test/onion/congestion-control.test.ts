import { utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey, ed25519Sign } from '@warren/primitives/ed25519'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { generateX25519, openIntroduction, startHandshake } from '../../src/onion/hs-ntor.ts'
import { decodeIntroduce2, decodeIntroductionPlaintext, encodeIntroduce1 } from '../../src/onion/introduce.ts'
import {
  decodeInnerDescriptor,
  encodeInnerDescriptor,
  type IntroductionPoint,
} from '../../src/onion/introduction-point.ts'

const rng = testRng('congestion control', 1 << 20)
const NOW = 1_790_000_000

describe('congestion control between client and service', () => {
  it.each([true, false])('is asked for inside the introduction: %s', (congestionControl) => {
    const own = { authKey: rng.bytes(32), encryption: generateX25519(rng) }
    const subcredential = rng.bytes(32)
    const where = {
      rendezvousCookie: rng.bytes(20),
      onionKey: rng.bytes(32),
      linkSpecifiers: [{ type: 0, data: rng.bytes(6) }],
    }
    const handshake = startHandshake(
      { authKey: own.authKey, encKey: own.encryption.publicKey, subcredential },
      rng,
    )
    const message = encodeIntroduce1(own.authKey, handshake, { ...where, congestionControl })
    expect(message.length).toBe(246) // nothing of it shows
    const { header, encrypted } = decodeIntroduce2(message)
    const opened = openIntroduction(own, [subcredential], header, encrypted)
    expect(decodeIntroductionPlaintext(opened?.plaintext as Uint8Array)).toEqual(
      congestionControl ? { ...where, congestionControl } : where,
    )
  })

  describe('is offered in the inner descriptor', () => {
    const seed = rng.bytes(32)
    const signer = {
      publicKey: ed25519PublicKey(seed),
      sign: (message: Uint8Array) => ed25519Sign(seed, message),
      expirationHours: Math.ceil(NOW / 3600) + 10,
    }
    const point = (): IntroductionPoint => ({
      linkSpecifiers: [{ type: 0, data: rng.bytes(6) }],
      onionKey: rng.bytes(32),
      authKey: ed25519PublicKey(rng.bytes(32)),
      encKey: generateX25519(rng).publicKey,
    })
    const decode = (text: Uint8Array) => decodeInnerDescriptor(text, signer.publicKey, NOW)
    const withLine = (line: string) => {
      const text = new TextDecoder().decode(encodeInnerDescriptor([point()], signer))
      return utf8(text.replace('create2-formats 2\n', `create2-formats 2\n${line}\n`))
    }

    it('with the cells that a SENDME acknowledges, for all its points', () => {
      const points = [point(), point()].map((one) => ({ ...one, sendmeIncrement: 31 }))
      const text = encodeInnerDescriptor(points, signer)
      expect(new TextDecoder().decode(text)).toContain('\nflow-control 1-2 31\n')
      expect(decode(text)).toEqual(points)
    })

    it('or not', () => {
      expect(decode(encodeInnerDescriptor([point()], signer))[0]).not.toHaveProperty('sendmeIncrement')
      expect(decode(withLine('flow-control 1 31'))[0]).not.toHaveProperty('sendmeIncrement')
      expect(decode(withLine('flow-control 2-4 40'))[0]).toHaveProperty('sendmeIncrement', 40)
    })

    it.each([
      'flow-control',
      'flow-control 1-2',
      'flow-control 1-2 x',
      'flow-control a 31',
      'flow-control 1-2 -1',
    ])('malformed is refused: %s', (line) => {
      expect(() => decode(withLine(line))).toThrow(/inner descriptor/)
    })

    it('twice is refused', () => {
      expect(() => decode(withLine('flow-control 1-2 31\nflow-control 1-2 62'))).toThrow('2 times')
    })
  })
})
