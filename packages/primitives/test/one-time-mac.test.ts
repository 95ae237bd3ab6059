import { describe, expect, it } from 'vitest'
import { utf8 } from '../src/bytes.ts'
import { hexText } from '../src/encoding.ts'
import { oneTimeMac, oneTimeMacIsValid } from '../src/one-time-mac.ts'

describe('the one-time MAC', () => {
  // RFC 8439 §2.5.2
  const key = hexText.decode('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b')
  const message = utf8('Cryptographic Forum Research Group')
  const tag = hexText.decode('a8061dc1305136c6c22b8baf0c0127a9')

  it('makes the tag of RFC 8439', () => {
    expect(oneTimeMac(key, message)).toEqual(tag)
  })
  it('accepts it, and nothing that differs in one bit', () => {
    expect(oneTimeMacIsValid(key, message, tag)).toBe(true)
    for (let bit = 0; bit < tag.length * 8; bit++) {
      const other = Uint8Array.from(tag)
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(oneTimeMacIsValid(key, message, other)).toBe(false)
    }
    expect(oneTimeMacIsValid(key, utf8('cryptographic Forum Research Group'), tag)).toBe(false)
    expect(oneTimeMacIsValid(key, message, tag.subarray(1))).toBe(false)
  })
  it('names what is wrong with a key', () => {
    expect(() => oneTimeMac(new Uint8Array(16), message)).toThrow('key: expected 32 bytes, got 16')
  })
})
