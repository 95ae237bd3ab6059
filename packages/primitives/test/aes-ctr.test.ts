import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aesCtr, aesCtrStream } from '../src/aes-ctr.ts'
import { aesCtr as aesCtrNode, aesCtrStream as aesCtrStreamNode } from '../src/aes-ctr-node.ts'
import { concatBytes } from '../src/bytes.ts'
import { hexText } from '../src/encoding.ts'

// SP 800-38A, F.5.1 and F.5.5: the first two blocks.
const iv = hexText.decode('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
const plain = hexText.decode('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51')
const vectors = [
  {
    key: hexText.decode('2b7e151628aed2a6abf7158809cf4f3c'),
    cipher: hexText.decode('874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff'),
  },
  {
    key: hexText.decode('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
    cipher: hexText.decode('601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5'),
  },
]

describe('AES in counter mode', () => {
  it.each([
    ['portable', aesCtr, aesCtrStream],
    ['node', aesCtrNode, aesCtrStreamNode],
  ] as const)('%s gives the vectors of SP 800-38A, whole and in pieces', (_, whole, stream) => {
    for (const { key, cipher } of vectors) {
      expect(hexText.encode(whole(key, iv, plain))).toBe(hexText.encode(cipher))
      const pieces = stream(key, iv)
      expect(
        hexText.encode(
          concatBytes(
            pieces.apply(plain.subarray(0, 5)),
            pieces.apply(plain.subarray(5, 16)),
            pieces.apply(plain.subarray(16)),
          ),
        ),
      ).toBe(hexText.encode(cipher))
    }
  })

  it('is the same in both forms, however it is cut, also where the counter wraps', () => {
    const wrapping = new Uint8Array(16).fill(255)
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 8 }), (pieces) => {
        const key = (vectors[1] as { key: Uint8Array }).key
        const portable = aesCtrStream(key, wrapping)
        const node = aesCtrStreamNode(key, wrapping)
        for (const piece of pieces)
          expect(Uint8Array.from(portable.apply(piece))).toEqual(Uint8Array.from(node.apply(piece)))
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['portable', aesCtrStream],
    ['node', aesCtrStreamNode],
  ] as const)('%s does the same in place, in part of a buffer, in turn with the other way', (_, stream) => {
    const { key, cipher } = vectors[0] as (typeof vectors)[0]
    const pieces = stream(key, iv)
    const held = concatBytes(Uint8Array.of(1), plain, Uint8Array.of(2))
    pieces.applyInPlace(held.subarray(1, 8))
    held.set(pieces.apply(held.subarray(8, 20)), 8)
    pieces.applyInPlace(held.subarray(20, 33))
    expect(hexText.encode(held)).toBe(`01${hexText.encode(cipher)}02`)
  })

  it('refuses keys and counters of another size', () => {
    expect(() => aesCtr(new Uint8Array(15), iv, plain)).toThrow(RangeError)
    expect(() => aesCtrNode(new Uint8Array(32), iv.subarray(1), plain)).toThrow(RangeError)
  })
})
