import { utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey, ed25519Verify } from '@warren/primitives/ed25519'
import { ed25519Expand } from '@warren/primitives/ed25519-expanded'
import { hexText } from '@warren/primitives/encoding'
import { testRng } from '@warren/testkit/rng'
import { loadVectors } from '@warren/testkit/vectors-node'
import { describe, expect, it } from 'vitest'
import { onionAddress, parseOnionAddress } from '../../src/onion/address.ts'
import {
  blindingFactor,
  blindKeyPair,
  blindPublicKey,
  signWithBlindedKey,
  subcredential,
} from '../../src/onion/blinding.ts'
import { encryptedAge, LARGEST_REVISION_SECONDS, nextRevision } from '../../src/onion/revision-counter.ts'

const vectors = loadVectors<{ cases: Record<string, string>[] }>(import.meta.url, 'vectors/blinding.json')
const ope = loadVectors<{ key: string; cases: [number, number][] }>(
  import.meta.url,
  'vectors/revision-counter.json',
)
const rng = testRng('blinding')
const period = { number: 16_904, lengthMinutes: 1440 }

describe('key blinding', () => {
  it('gives the published values of C-tor', () => {
    for (const { seed, publicKey, factor, blindedSecret, blindedPublic } of vectors.cases) {
      const pair = blindKeyPair(
        ed25519Expand(hexText.decode(seed as string)),
        hexText.decode(factor as string),
      )
      expect(hexText.encode(pair.key.scalar) + hexText.encode(pair.key.prefix)).toBe(blindedSecret)
      expect(hexText.encode(pair.publicKey)).toBe(blindedPublic)
      const blinded = blindPublicKey(hexText.decode(publicKey as string), hexText.decode(factor as string))
      expect(hexText.encode(blinded)).toBe(blindedPublic)
    }
  })

  it('lets both sides derive the same key, which signs; another period or secret gives another', () => {
    const seed = rng.bytes(32)
    const publicKey = ed25519PublicKey(seed)
    const secret = rng.bytes(32)
    const factor = blindingFactor(publicKey, period, secret)
    const pair = blindKeyPair(ed25519Expand(seed), factor)
    expect(blindPublicKey(publicKey, factor)).toEqual(pair.publicKey)
    expect(ed25519Verify(pair.publicKey, utf8('m'), signWithBlindedKey(pair, utf8('m')))).toBe(true)
    const others = [
      blindingFactor(publicKey, period),
      blindingFactor(publicKey, { ...period, number: period.number + 1 }, secret),
      blindingFactor(publicKey, { ...period, lengthMinutes: 8 }, secret),
      blindingFactor(publicKey, period, rng.bytes(32)),
    ].map((other) => hexText.encode(blindPublicKey(publicKey, other)))
    expect(new Set([...others, hexText.encode(pair.publicKey)]).size).toBe(5)
  })

  it('binds a subcredential to identity and blinded key', () => {
    const [a, b] = [rng.bytes(32), rng.bytes(32)]
    expect(subcredential(a, b)).not.toEqual(subcredential(b, a))
    expect(subcredential(a, b)).not.toEqual(subcredential(a, a))
  })
})

describe('onion addresses', () => {
  // The address of the Tor Project's own site, a public fact.
  const address = '2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion'

  it('are parsed, with subdomains dropped, and written the same again', () => {
    expect(onionAddress(parseOnionAddress(address))).toBe(address)
    expect(onionAddress(parseOnionAddress(`www.${address.toUpperCase()}`))).toBe(address)
  })

  it('are refused with a wrong end, length, alphabet, checksum, version or key', () => {
    const torsioned = onionAddress(hexText.decode(`01${'00'.repeat(31)}`))
    for (const bad of [
      address.slice(0, -6),
      `a${address}`,
      address.replace('2', '1'),
      address.replace('2gz', '2gy'),
      `${address.slice(0, 55)}a.onion`,
      torsioned,
    ])
      expect(() => parseOnionAddress(bad)).toThrow(expect.objectContaining({ code: 'tor/address' }))
  })
})

describe('revision counters', () => {
  it('give the published values of C-tor', () => {
    for (const [age, counter] of ope.cases) expect(encryptedAge(hexText.decode(ope.key), age)).toBe(counter)
  })

  it('rise with time, stand still past 36 hours, and rise all the same after a counter used before', () => {
    const pair = blindKeyPair(ed25519Expand(rng.bytes(32)), rng.bytes(32))
    const first = nextRevision(pair, 0, undefined)
    expect(nextRevision(pair, 1, undefined)).toBeGreaterThan(first)
    const late = nextRevision(pair, LARGEST_REVISION_SECONDS * 2, undefined)
    expect(nextRevision(pair, LARGEST_REVISION_SECONDS * 3, undefined)).toBe(late)
    expect(nextRevision(pair, 0, late)).toBe(late + 1)
    expect(nextRevision(pair, -5, undefined)).toBe(first)
  })

  it('of two blinded keys at one moment have nothing in common', () => {
    const at = (seed: string) =>
      nextRevision(blindKeyPair(ed25519Expand(testRng(seed).bytes(32)), rng.bytes(32)), 5000, undefined)
    expect(at('one')).not.toBe(at('two'))
  })
})
