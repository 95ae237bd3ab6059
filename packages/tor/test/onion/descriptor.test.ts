import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { ed25519Expand } from '@warren/primitives/ed25519-expanded'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blindingFactor, blindKeyPair, subcredential } from '../../src/onion/blinding.ts'
import {
  AUTH_CLIENT_MULTIPLE,
  authoriseClient,
  fakeAuthClient,
  findDescriptorCookie,
} from '../../src/onion/client-authorisation.ts'
import {
  type DescriptorContent,
  decodeDescriptor,
  encodeDescriptor,
  openInnerLayer,
  openMiddleLayer,
} from '../../src/onion/descriptor.ts'
import { decodeEstablishIntro, encodeEstablishIntro } from '../../src/onion/establish-intro.ts'
import { generateX25519 } from '../../src/onion/hs-ntor.ts'

const rng = testRng('descriptor', 64 * 1024 * 1024)
const nowSeconds = 1_790_000_000
const period = { number: 20_000, lengthMinutes: 1440 }
const seed = rng.bytes(32)
const identity = ed25519PublicKey(seed)
const blinded = blindKeyPair(ed25519Expand(seed), blindingFactor(identity, period))
const credential = subcredential(identity, blinded.publicKey)

function point() {
  return {
    linkSpecifiers: [
      { type: 0, data: rng.bytes(6) },
      { type: 2, data: rng.bytes(20) },
    ],
    onionKey: rng.bytes(32),
    authKey: ed25519PublicKey(rng.bytes(32)),
    encKey: generateX25519(rng).publicKey,
  }
}

function content(changes: Partial<DescriptorContent> = {}): DescriptorContent {
  return {
    blinded,
    subcredential: credential,
    revision: 42,
    introductionPoints: [point(), point(), point()],
    authClients: {
      ephemeralKey: generateX25519(rng).publicKey,
      lines: Array.from({ length: AUTH_CLIENT_MULTIPLE }, () => fakeAuthClient(rng)),
    },
    nowSeconds,
    ...changes,
  }
}

function open(text: string, secrets: { subcredential: Uint8Array; cookie?: Uint8Array }) {
  const outer = decodeDescriptor(text).verify({ blindedKey: blinded.publicKey, nowSeconds })
  const middle = openMiddleLayer(outer, secrets.subcredential)
  return middle === undefined ? undefined : openInnerLayer(outer, middle, { ...secrets, nowSeconds })
}

describe('descriptors', () => {
  it('come back whole through all three layers', () => {
    const made = content()
    const text = encodeDescriptor(made, rng)
    const outer = decodeDescriptor(text).verify({ nowSeconds })
    expect(outer).toMatchObject({ revision: 42, lifetimeMinutes: 180, blindedKey: blinded.publicKey })
    const middle = openMiddleLayer(outer, credential)
    expect(middle?.authClients).toEqual(made.authClients.lines)
    expect(open(text, { subcredential: credential })).toEqual(made.introductionPoints)
  })

  it('have one size, whether a cookie, clients or fewer introduction points are behind it', () => {
    const cookie = rng.bytes(16)
    const sizes = [content(), content({ cookie }), content({ introductionPoints: [point()] })].map(
      (made) => encodeDescriptor(made, rng).length,
    )
    expect(new Set(sizes).size).toBe(1)
  })

  it('open for their own subcredential, revision and cookie only', () => {
    const cookie = rng.bytes(16)
    const text = encodeDescriptor(content({ cookie }), rng)
    expect(open(text, { subcredential: rng.bytes(32) })).toBeUndefined()
    expect(open(text, { subcredential: credential })).toBeUndefined()
    expect(open(text, { subcredential: credential, cookie: rng.bytes(16) })).toBeUndefined()
    expect(open(text, { subcredential: credential, cookie })).toHaveLength(3)
  })

  it('hand the cookie to authorised clients only', () => {
    const cookie = rng.bytes(16)
    const [alice, eve, ephemeral] = [generateX25519(rng), generateX25519(rng), generateX25519(rng)]
    const lines = Array.from({ length: 16 }, () => fakeAuthClient(rng))
    lines[5] = authoriseClient(credential, ephemeral.secretKey, alice.publicKey, cookie, rng)
    const find = (secret: Uint8Array) => findDescriptorCookie(credential, ephemeral.publicKey, secret, lines)
    expect(find(alice.secretKey)).toEqual(cookie)
    expect(find(eve.secretKey)).toBeUndefined()
  })

  it('are refused when truncated, extended, re-signed, expired or under another key', () => {
    const text = encodeDescriptor(content(), rng)
    const verify = (changed: string, seconds = nowSeconds, blindedKey = blinded.publicKey) =>
      decodeDescriptor(changed).verify({ blindedKey, nowSeconds: seconds })
    expect(() => verify(text)).not.toThrow()
    expect(() => verify(text.slice(0, 4000))).toThrow(/descriptor/)
    expect(() => verify(`${text}revision-counter 43\n`)).toThrow(/revision-counter stands 2 times/)
    expect(() => verify(`${text}more\n`)).toThrow(/signature is not last/)
    expect(() => verify(text.replace('revision-counter 42', 'revision-counter 43'))).toThrow(
      /wrong signature/,
    )
    expect(() => verify(text.replace('lifetime 180', 'lifetime 721'))).toThrow(/lifetime/)
    expect(() => verify(text, nowSeconds + 55 * 3600)).toThrow(/expired/)
    expect(() => verify(text, nowSeconds, identity)).toThrow(/another signer/)
    // Mallory's signing key, certified by nobody, under the victim's blinded key.
    const other = encodeDescriptor(
      content({ blinded: blindKeyPair(ed25519Expand(rng.bytes(32)), rng.bytes(32)) }),
      rng,
    )
    expect(() => verify(other)).toThrow(/another signer/)
    expect(() => decodeDescriptor('x'.repeat(50_001))).toThrow(/larger/)
  })

  it('with any byte changed give a refusal, never another error', () => {
    const text = encodeDescriptor(content(), rng)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
        const changed =
          text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ flip) + text.slice(at + 1)
        try {
          decodeDescriptor(changed).verify({ blindedKey: blinded.publicKey, nowSeconds })
          return changed === text
        } catch (error) {
          expect(error).toMatchObject({ code: 'decode' })
          return true
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('ESTABLISH_INTRO', () => {
  it('is accepted on its own circuit only, and unchanged only', () => {
    const authSeed = rng.bytes(32)
    const circuitKey = rng.bytes(20)
    const made = { authKey: ed25519PublicKey(authSeed), extensions: [{ type: 0x7f, data: rng.bytes(3) }] }
    const message = encodeEstablishIntro(authSeed, made, circuitKey)
    expect(decodeEstablishIntro(message, circuitKey)).toEqual(made)
    expect(() => decodeEstablishIntro(message, rng.bytes(20))).toThrow(/another circuit/)
    const forged = Uint8Array.from(message)
    forged[message.length - 1] = (forged.at(-1) as number) ^ 1
    expect(() => decodeEstablishIntro(forged, circuitKey)).toThrow(/signature/)
    expect(() => decodeEstablishIntro(message.slice(0, -1), circuitKey)).toThrow(/ESTABLISH_INTRO/)
  })
})
