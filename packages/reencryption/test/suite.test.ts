import { utf8 } from '@warren/primitives/bytes'
import { Secret } from '@warren/primitives/secret'
import { loadSuite, ReencryptionError, type Suite, type SuiteId } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { beforeAll, describe, expect, it } from 'vitest'

describe.each<SuiteId>(['cai-liu', 'split'])('%s', (id) => {
  const rng = testRng(id)
  const context = utf8('space 1, epoch 2')
  let suite: Suite
  beforeAll(async () => {
    suite = await loadSuite(id)
  })

  it('opens what was encapsulated, at every level to 8', () => {
    const people = Array.from({ length: 8 }, () => suite.generateKeyPair(rng))
    const { key, capsule } = suite.encapsulate(people[0]!.publicKey, context, rng)
    suite.checkCapsule(capsule, people[0]!.publicKey, context)
    let current = capsule
    let before: Uint8Array | undefined
    for (let level = 1; level <= 8; level++) {
      expect(suite.levelOf(current)).toBe(level)
      expect(suite.decapsulate(people[level - 1]!.secretKey, current, context).equals(key)).toBe(true)
      if (level === 8) break
      const rk = suite.reencryptionKey(people[level - 1]!.secretKey, people[level]!.publicKey, rng)
      suite.checkReencryptionKey(rk, people[level - 1]!.publicKey, people[level]!.publicKey)
      current = suite.reencrypt(rk, current, rng, undefined, before)
      before = rk
      expect(() => suite.decapsulate(people[0]!.secretKey, current, context)).toThrow(ReencryptionError)
      expect(() => suite.decapsulate(people[level]!.secretKey, current, utf8('other'))).toThrow(
        ReencryptionError,
      )
    }
  })

  it('proves possession of a secret key, for one context', () => {
    const { publicKey, secretKey } = suite.generateKeyPair(rng)
    const other = suite.generateKeyPair(rng)
    expect(suite.publicKeyOf(secretKey)).toEqual(publicKey)
    const proof = suite.provePossession(secretKey, context, rng)
    suite.checkPossession(publicKey, proof, context)
    expect(() => suite.checkPossession(publicKey, proof, utf8('other'))).toThrow(ReencryptionError)
    expect(() => suite.checkPossession(other.publicKey, proof, context)).toThrow(ReencryptionError)
  })

  it('locks a re-encryption key under 32 bytes', () => {
    const a = suite.generateKeyPair(rng)
    const b = suite.generateKeyPair(rng)
    const rk = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
    const { locked, secret } = suite.lockReencryptionKey(rk, rng)
    expect(secret.length).toBe(32)
    expect(suite.unlockReencryptionKey(locked, secret)).toEqual(rk)
    expect(() => suite.unlockReencryptionKey(locked, new Secret(rng.bytes(32)))).toThrow(ReencryptionError)
  })
})
