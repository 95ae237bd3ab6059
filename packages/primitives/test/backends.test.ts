import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import * as aead from '../src/aead.ts'
import * as aeadNode from '../src/aead-node.ts'
import * as argon2 from '../src/argon2.ts'
import * as argon2Node from '../src/argon2-node.ts'
import { concatBytes, equalBytes, utf8 } from '../src/bytes.ts'
import * as ed25519 from '../src/ed25519.ts'
import * as ed25519Node from '../src/ed25519-node.ts'
import * as encoding from '../src/encoding.ts'
import * as encodingNode from '../src/encoding-node.ts'
import * as hash from '../src/hash.ts'
import * as hashNode from '../src/hash-node.ts'
import * as kdf from '../src/kdf.ts'
import * as kdfNode from '../src/kdf-node.ts'
import * as x25519 from '../src/x25519.ts'
import * as x25519Node from '../src/x25519-node.ts'

// A file and its `-node` twin stand behind one name: they must never differ.

const rng = testRng('backends')
const LENGTHS = [0, 1, 15, 64, 100_003, 300_000]

describe('the portable and the Node implementation agree', () => {
  it('hashes', () => {
    for (const length of LENGTHS) {
      const data = rng.bytes(length)
      const tail = utf8('tail')
      expect(hashNode.sha256(data, tail)).toEqual(hash.sha256(data, tail))
      expect(hashNode.sha512(data, tail)).toEqual(hash.sha512(data, tail))
      expect(hashNode.sha3_256(data, tail)).toEqual(hash.sha3_256(data, tail))
      expect(hashNode.unsafeSha1(data, tail)).toEqual(hash.unsafeSha1(data, tail))
      expect(hashNode.shake256(77, data)).toEqual(hash.shake256(77, data))
      const running = [hash.runningSha256(), hashNode.runningSha256()].map((h) => {
        const copy = h.update(data).copy()
        return concatBytes(copy.digest(), h.update(data).digest())
      })
      expect(running[0]).toEqual(running[1])
    }
  })
  it('text encodings: the same texts, and the same refusals', () => {
    const pairs = {
      hex: [encoding.hexText, encodingNode.hexText],
      base64: [encoding.base64Text, encodingNode.base64Text],
      'base64 without padding': [encoding.base64BareText, encodingNode.base64BareText],
      base64url: [encoding.base64urlText, encodingNode.base64urlText],
      base32: [encoding.base32Text, encodingNode.base32Text],
    } as const
    for (const [name, [portable, node]] of Object.entries(pairs)) {
      for (const length of [0, 1, 2, 3, 4, 5, 16, 32, 35, 36, 37, 47, 48, 49, 4099]) {
        const bytes = rng.bytes(length + 3).subarray(3)
        const text = portable.encode(bytes)
        expect(node.encode(bytes)).toBe(text)
        expect(node.decode(text)).toEqual(bytes)
        const changes = ['=', ' ', '\n', 'é', '+', '_', '-', '/', '!', 'Z', 'a', '\u0141']
        const changed = changes.flatMap((c) => [c + text, text + c, text.slice(0, -1) + c])
        const cut = [text.slice(1), text.slice(0, -1), text.toUpperCase(), text.toLowerCase()]
        for (const other of [...changed, ...cut]) {
          const read = (coder: encoding.TextEncoding) => {
            try {
              return encoding.hexText.encode(coder.decode(other))
            } catch (error) {
              return (error as { code?: string }).code
            }
          }
          expect([name, other, read(node)]).toEqual([name, other, read(portable)])
        }
      }
    }
  })
  it('HMAC and HKDF', () => {
    for (const length of [1, 32, 33, 8160]) {
      const [secret, salt, info] = [rng.bytes(length % 99), rng.bytes(16), rng.bytes(20)] as const
      expect(kdfNode.hkdfSha256(secret, salt, info, length)).toEqual(
        kdf.hkdfSha256(secret, salt, info, length),
      )
      expect(kdfNode.hkdfSha256(secret, undefined, info, length)).toEqual(
        kdf.hkdfSha256(secret, undefined, info, length),
      )
      expect(kdfNode.hmacSha256(secret, info)).toEqual(kdf.hmacSha256(secret, info))
    }
  })
  it('sealing: each opens what the other sealed, and refuses it changed', () => {
    for (const length of LENGTHS) {
      const [key, nonce, data, bound] = [
        rng.bytes(32),
        rng.bytes(12),
        rng.bytes(length),
        rng.bytes(9),
      ] as const
      const sealed = aead.seal(key, nonce, data, bound)
      expect(equalBytes(aeadNode.seal(key, nonce, data, bound), sealed)).toBe(true)
      expect(equalBytes(aeadNode.sealWithNonce(key, nonce, data, bound), concatBytes(nonce, sealed))).toBe(
        true,
      )
      expect(equalBytes(aead.sealWithNonce(key, nonce, data, bound), concatBytes(nonce, sealed))).toBe(true)
      for (const backend of [aead, aeadNode]) {
        const whole = new Uint8Array(length + 28).fill(7)
        expect(backend.sealWithNonce(key, nonce, data, bound, whole)).toBe(whole)
        expect(equalBytes(whole, concatBytes(nonce, sealed))).toBe(true)
        expect(() => backend.sealWithNonce(key, nonce, data, bound, whole.subarray(1))).toThrow(RangeError)
        expect(equalBytes(backend.open(key, nonce, sealed, bound), data)).toBe(true)
        const into = new Uint8Array(length)
        expect(equalBytes(backend.open(key, nonce, sealed, bound, into), data)).toBe(true)
        expect(equalBytes(into, data)).toBe(true)
        expect(() => backend.open(key, nonce, sealed, bound, new Uint8Array(length + 1))).toThrow(RangeError)
        expect(() => backend.open(key, nonce, sealed, rng.bytes(8), into)).toThrow(
          expect.objectContaining({ code: 'aead' }),
        )
        expect(into.every((byte) => byte === 0)).toBe(true)
        for (const at of [0, sealed.length - 1]) {
          const changed = Uint8Array.from(sealed)
          changed[at] = (changed[at] as number) ^ 1
          expect(() => backend.open(key, nonce, changed, bound)).toThrow(
            expect.objectContaining({ code: 'aead' }),
          )
        }
        expect(() => backend.open(key, nonce, sealed.subarray(1), bound)).toThrow(
          expect.objectContaining({ code: 'aead' }),
        )
        expect(() => backend.open(key, nonce, sealed, rng.bytes(9))).toThrow(
          expect.objectContaining({ code: 'aead' }),
        )
        expect(() => backend.open(key, nonce, new Uint8Array(3), bound)).toThrow(
          expect.objectContaining({ code: 'aead' }),
        )
      }
    }
  })
  it('Ed25519', () => {
    const [seed, message] = [rng.bytes(32), rng.bytes(50)] as const
    const publicKey = ed25519.ed25519PublicKey(seed)
    expect(ed25519Node.ed25519PublicKey(seed)).toEqual(publicKey)
    const signature = ed25519.ed25519Sign(seed, message)
    expect(ed25519Node.ed25519Sign(seed, message)).toEqual(signature)
    for (const backend of [ed25519, ed25519Node]) {
      expect(backend.ed25519Verify(publicKey, message, signature)).toBe(true)
      expect(backend.ed25519Verify(publicKey, rng.bytes(50), signature)).toBe(false)
      expect(backend.ed25519Verify(rng.bytes(32), message, signature)).toBe(false)
      expect(backend.ed25519Verify(publicKey, message, signature.subarray(1))).toBe(false)
    }
  })
  it('X25519, and both refuse the all-zero secret', () => {
    const [a, b] = [rng.bytes(32), rng.bytes(32)] as const
    const shared = x25519.x25519SharedSecret(a, x25519.x25519PublicKey(b))
    expect(x25519Node.x25519SharedSecret(b, x25519Node.x25519PublicKey(a))).toEqual(shared)
    for (const backend of [x25519, x25519Node])
      expect(() => backend.x25519SharedSecret(a, new Uint8Array(32))).toThrow(
        expect.objectContaining({ code: 'x25519' }),
      )
  })
  it('Argon2id', async () => {
    const cost = { memoryKib: 64, passes: 1, lanes: 2 }
    const [passphrase, salt] = [utf8('correct horse'), rng.bytes(16)] as const
    expect(await argon2Node.argon2id(passphrase, salt, cost, 32)).toEqual(
      await argon2.argon2id(passphrase, salt, cost, 32),
    )
  })
})

describe('known answers', () => {
  it('SHA-256 of "abc" (FIPS 180-4)', () => {
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(encoding.hexText.encode(hash.sha256(utf8('abc')))).toBe(expected)
  })
  it('HKDF (RFC 5869, A.1)', () => {
    const okm = kdf.hkdfSha256(
      new Uint8Array(22).fill(0x0b),
      encoding.hexText.decode('000102030405060708090a0b0c'),
      encoding.hexText.decode('f0f1f2f3f4f5f6f7f8f9'),
      42,
    )
    expect(encoding.hexText.encode(okm)).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    )
  })
})
