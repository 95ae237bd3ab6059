import { testRng } from '@warren/testkit/rng'
import {
  AUTH_CLIENT_MULTIPLE,
  blindingFactor,
  blindPublicKey,
  decodeDescriptor,
  descriptorPoint,
  encodeDescriptor,
  establishedPoint,
  fakeAuthClient,
  generateIntroductionKeys,
  generateX25519,
  openInnerLayer,
  openMiddleLayer,
  subcredential,
} from '@warren/tor/onion'
import { describe, expect, it } from 'vitest'
import { clientDescriptor, openClientDescriptor } from '../src/client-descriptor.ts'
import { decodeCredential, encodeCredential, generateClientKey } from '../src/client-key.ts'
import { clientPeriodKeys, servicePeriodKeys } from '../src/period-keys.ts'

const rng = testRng('client descriptor')
const nowSeconds = 1_790_000_000
const period = { number: 20_000, lengthMinutes: 1440 }
const next = { ...period, number: 20_001 }
const points = [1, 2, 3].map(() =>
  descriptorPoint(
    establishedPoint(
      generateIntroductionKeys(rng),
      { linkSpecifiers: [{ type: 2, data: rng.bytes(20) }], onionKey: rng.bytes(32) },
      0,
      rng,
    ),
  ),
)
const client = generateClientKey('Alice', 0, rng)
const credential = decodeCredential(encodeCredential(client))
const made = () => clientDescriptor(servicePeriodKeys(client, period), points, 7, nowSeconds, rng)

describe("a client's descriptor", () => {
  it('is found and read with the credential alone', () => {
    const keys = clientPeriodKeys(credential, period)
    expect(keys.blindedKey).toEqual(servicePeriodKeys(client, period).blindedKey)
    expect(openClientDescriptor(made(), keys, nowSeconds)).toEqual({
      revision: 7,
      introductionPoints: points,
    })
  })

  it('is not read by another client, nor by a directory that knows A (ERRATA: blinding alone is not enough)', () => {
    const text = made()
    const other = clientPeriodKeys(generateClientKey('Bob', 0, rng), period)
    expect(() => openClientDescriptor(text, other, nowSeconds)).toThrow(/another signer/)
    // The directory sees A′ and has learned A: it opens the middle layer, and stops at the cookie.
    const outer = decodeDescriptor(text).verify({ nowSeconds })
    const known = subcredential(client.publicKey, outer.blindedKey)
    const middle = openMiddleLayer(outer, known)
    expect(middle).toBeDefined()
    expect(
      openInnerLayer(outer, middle as NonNullable<typeof middle>, { subcredential: known, nowSeconds }),
    ).toBeUndefined()
  })

  it('has an identifier that nobody without s computes for the next period, and that shows no relation', () => {
    const now = servicePeriodKeys(client, period).blindedKey
    const then = servicePeriodKeys(client, next).blindedKey
    expect(then).not.toEqual(now)
    const withoutSecret = blindPublicKey(client.publicKey, blindingFactor(client.publicKey, next))
    expect(withoutSecret).not.toEqual(then)
  })

  it('looks to a directory like any other of three introduction points', () => {
    const keys = servicePeriodKeys(client, period)
    const plain = encodeDescriptor(
      {
        blinded: keys.blinded,
        subcredential: keys.subcredential,
        revision: 7,
        introductionPoints: points,
        authClients: {
          ephemeralKey: generateX25519(rng).publicKey,
          lines: Array.from({ length: AUTH_CLIENT_MULTIPLE }, () => fakeAuthClient(rng)),
        },
        nowSeconds,
      },
      rng,
    )
    const shape = (text: string) =>
      text
        .replaceAll(/^[A-Za-z0-9+/=]{1,64}$/gm, (line) => `<${line.length}>`)
        .replace(/signature .*/, 'signature')
    expect(shape(made())).toBe(shape(plain))
  })
})

describe('credentials', () => {
  it('are refused when truncated, extended, of another version or with a wrong key', () => {
    const bytes = encodeCredential(client)
    expect(bytes).toHaveLength(65)
    const bad = Uint8Array.from(bytes)
    bad[0] = 2
    const torsioned = Uint8Array.from(bytes)
    torsioned.fill(0, 1, 33)
    for (const wrong of [bytes.slice(1), bytes.slice(0, 64), Uint8Array.from([...bytes, 0]), bad, torsioned])
      expect(() => decodeCredential(wrong)).toThrow(
        expect.objectContaining({ code: 'private-service/credential' }),
      )
  })

  it('do not print', () => {
    expect(JSON.stringify(client)).not.toContain(Buffer.from(client.cookie.reveal()).toString('hex'))
    expect(String(client.cookie)).toBe('[secret]')
  })
})
