import { generateKeyPairSync, privateEncrypt, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DerReader } from '../src/der.ts'
import { decodeRsaPublicKey, rsaRecover, rsaVerify } from '../src/rsa.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const pkcs1 = new Uint8Array(publicKey.export({ type: 'pkcs1', format: 'der' }))
const key = decodeRsaPublicKey(pkcs1)

describe('RSA', () => {
  it('recovers what OpenSSL signed without a DigestInfo', () => {
    const data = fc.uint8Array({ maxLength: 117 })
    fc.assert(
      fc.property(data, (bytes) => {
        const signature = new Uint8Array(privateEncrypt(privateKey, bytes))
        expect(rsaRecover(key, signature)).toEqual(bytes)
      }),
      { numRuns: 20 },
    )
  })

  it('verifies what OpenSSL signed, and nothing else', () => {
    const message = new TextEncoder().encode('message')
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const signature = new Uint8Array(sign(algorithm, message, privateKey))
      expect(rsaVerify(key, algorithm, message, signature)).toBe(true)
      expect(rsaVerify(key, algorithm, message.subarray(1), signature)).toBe(false)
      expect(rsaVerify(key, algorithm === 'sha1' ? 'sha256' : 'sha1', message, signature)).toBe(false)
      for (const at of [0, 60, 127]) {
        const wrong = signature.with(at, (signature[at] as number) ^ 1)
        expect(rsaVerify(key, algorithm, message, wrong)).toBe(false)
      }
    }
  })

  it('refuses signatures of another length or above the modulus', () => {
    expect(rsaRecover(key, new Uint8Array(127))).toBeUndefined()
    expect(rsaRecover(key, new Uint8Array(128).fill(0xff))).toBeUndefined()
    expect(rsaRecover(key, new Uint8Array(128))).toBeUndefined()
  })

  it('refuses keys that are malformed, short or continued', () => {
    for (let length = 0; length < pkcs1.length; length++)
      expect(() => decodeRsaPublicKey(pkcs1.subarray(0, length))).toThrow('RSA key')
    expect(() => decodeRsaPublicKey(Uint8Array.of(...pkcs1, 0))).toThrow('left over')
    expect(() => decodeRsaPublicKey(Uint8Array.of(0x30, 6, 2, 1, 15, 2, 1, 3))).toThrow('modulus')
  })
})

describe('DER', () => {
  it('refuses lengths that are not minimal, indefinite or beyond the end', () => {
    const read =
      (...bytes: number[]) =>
      () =>
        new DerReader(Uint8Array.from(bytes), 'test').next()
    expect(read(2, 1, 5)().content).toEqual(Uint8Array.of(5))
    expect(read(2, 0x81, 1, 5)).toThrow('minimal')
    expect(read(2, 0x82, 0, 0x80)).toThrow('minimal')
    expect(read(0x30, 0x80)).toThrow('form')
    expect(read(2, 2, 5)).toThrow('longer')
  })

  it('refuses integers that are negative or not minimal', () => {
    const read =
      (...bytes: number[]) =>
      () =>
        new DerReader(Uint8Array.from(bytes), 'test').unsigned()
    expect(read(2, 2, 0, 0x80)()).toBe(128n)
    expect(read(2, 1, 0x80)).toThrow('negative')
    expect(read(2, 2, 0, 1)).toThrow('minimal')
    expect(read(2, 0)).toThrow('integer')
  })
})
