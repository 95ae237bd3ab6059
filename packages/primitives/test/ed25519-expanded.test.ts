import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../src/bytes.ts'
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from '../src/ed25519.ts'
import {
  ed25519Clamp,
  ed25519Expand,
  ed25519FromX25519,
  ed25519MultiplyPoint,
  ed25519MultiplyScalars,
  ed25519PublicKeyOfScalar,
  ed25519SignExpanded,
  isEd25519PublicKey,
} from '../src/ed25519-expanded.ts'
import { hexText } from '../src/encoding.ts'
import { unsafeSeededRng } from '../src/seeded-rng.ts'
import { x25519PublicKey } from '../src/x25519.ts'

const rng = unsafeSeededRng('ed25519-expanded')
const seed = rng.bytes(32)

describe('expanded Ed25519 keys', () => {
  it('give the public key and the signatures of the seed (RFC 8032)', () => {
    const key = ed25519Expand(seed)
    expect(ed25519PublicKeyOfScalar(key.scalar)).toEqual(ed25519PublicKey(seed))
    expect(ed25519SignExpanded(key, utf8('message'))).toEqual(ed25519Sign(seed, utf8('message')))
  })

  it('multiply scalars and points alike: (h·a)·B = h·(a·B)', () => {
    const { scalar, prefix } = ed25519Expand(seed)
    const h = ed25519Clamp(rng.bytes(32))
    const product = ed25519MultiplyScalars(h, scalar)
    const point = ed25519MultiplyPoint(h, ed25519PublicKey(seed))
    expect(point).toEqual(ed25519PublicKeyOfScalar(product))
    const signature = ed25519SignExpanded({ scalar: product, prefix }, utf8('m'))
    expect(ed25519Verify(point as Uint8Array, utf8('m'), signature)).toBe(true)
  })

  it('refuse points outside the prime-order group', () => {
    const one = ed25519Clamp(rng.bytes(32))
    const identity = concatBytes(Uint8Array.of(1), new Uint8Array(31))
    const order2 = hexText.decode('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
    const notCanonical = hexText.decode('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
    // a·B + (0, −1): the same service key with a torsion component, y and x negated.
    const torsioned = Uint8Array.from(ed25519PublicKey(seed))
    const p = (1n << 255n) - 19n
    let y = 0n
    for (let i = 31; i >= 0; i--)
      y = (y << 8n) | BigInt(i === 31 ? (torsioned[i] as number) & 127 : (torsioned[i] as number))
    const sign = (torsioned[31] as number) >> 7
    let negated = p - y
    for (let i = 0; i < 32; i++) {
      torsioned[i] = Number(negated & 255n)
      negated >>= 8n
    }
    torsioned[31] = (torsioned[31] as number) | ((1 - sign) << 7)
    for (const bad of [identity, order2, notCanonical, torsioned, new Uint8Array(31)]) {
      expect(ed25519MultiplyPoint(one, bad)).toBeUndefined()
      expect(isEd25519PublicKey(bad)).toBe(false)
    }
    expect(isEd25519PublicKey(ed25519PublicKey(seed))).toBe(true)
  })

  it('refuses scalars out of range', () => {
    const zero = new Uint8Array(32)
    const order = hexText.decode('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')
    expect(() => ed25519PublicKeyOfScalar(zero)).toThrow(RangeError)
    expect(() => ed25519PublicKeyOfScalar(order)).toThrow(RangeError)
  })

  it('converts X25519 keys up to the sign (proposal 228)', () => {
    const converted = ed25519FromX25519(x25519PublicKey(seed))
    const own = Uint8Array.from(ed25519PublicKeyOfScalar(ed25519Clamp(seed)))
    own[31] = (own[31] as number) & 127
    expect(converted).toEqual(own)
  })
})
