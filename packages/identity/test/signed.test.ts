import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { WarrenError } from '@warren/primitives/errors'
import { describe, expect, it } from 'vitest'
import { Signed, type SignedFormat, signBytes, signDetached, verifyDetached } from '../src/index.ts'
import { testDevice } from './people.ts'

const note: SignedFormat<string> = { domain: 'test/note/1', payloadLimit: 100, decode: fromUtf8 }
const { signer } = testDevice('author')

describe('signed bytes', () => {
  it('give up their payload to the right key only', async () => {
    const bytes = await signBytes(note.domain, utf8('hello'), signer)
    const signed = Signed.decode(note, bytes)
    expect(signed.verify(signer.publicKey)).toBe('hello')
    expect(signed.encode()).toEqual(bytes)
    expect(signed.unsafePeek()).toBe('hello')
    expect(() => signed.verify(testDevice('other').signer.publicKey)).toThrow(
      expect.objectContaining({ code: 'identity/signature', kind: 'auth-failed' }),
    )
  })

  it('do not print their payload', async () => {
    const signed = Signed.decode(note, await signBytes(note.domain, utf8('hello'), signer))
    expect(JSON.stringify(signed)).toBe('{}')
  })

  it('are worth nothing in another domain', async () => {
    const bytes = await signBytes(note.domain, utf8('hello'), signer)
    for (const domain of ['test/note/2', 'test/note/', 'test/note/1h'])
      expect(() => Signed.decode({ ...note, domain }, bytes).verify(signer.publicKey)).toThrow('verify')
  })

  it('cannot move bytes between domain and payload', async () => {
    const signature = await signDetached('ab', utf8('c'), signer)
    expect(() => verifyDetached('a', utf8('bc'), signature, signer.publicKey)).toThrow('verify')
    verifyDetached('ab', utf8('c'), signature, signer.publicKey)
  })

  it('refuse a change of any byte, every truncation and an extension', async () => {
    const bytes = await signBytes(note.domain, utf8('hello'), signer)
    for (let i = 0; i < bytes.length; i++) {
      const changed = Uint8Array.from(bytes)
      changed[i] = (changed[i] as number) ^ 1
      expect(() => Signed.decode(note, changed).verify(signer.publicKey)).toThrow(WarrenError)
      expect(() => Signed.decode(note, bytes.subarray(0, i))).toThrow(WarrenError)
    }
    expect(() => Signed.decode(note, new Uint8Array([...bytes, 0]))).toThrow('left over')
  })

  it('do not decode a payload over its limit', async () => {
    const bytes = await signBytes(note.domain, new Uint8Array(101), signer)
    expect(() => Signed.decode(note, bytes)).toThrow('limit 100')
  })

  it('refuse a signer that gives no signature', async () => {
    const broken = { publicKey: signer.publicKey, sign: () => new Uint8Array(63) }
    await expect(signBytes('a', utf8('b'), broken)).rejects.toThrow(RangeError)
  })
})
