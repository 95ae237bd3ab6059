import { KljnError } from '../errors.ts'

/** A string of bits, one 0 or 1 a byte: long enough to be clear, short enough to be fast. */
export type Bits = Uint8Array<ArrayBuffer>

/** Eight bits a byte, the first bit highest; the last byte is filled with zeros. */
export function packBits(bits: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(bits.length / 8))
  for (let i = 0; i < bits.length; i++)
    out[i >> 3] = (out[i >> 3] as number) | ((bits[i] as number) << (7 - (i & 7)))
  return out
}

/** The inverse of `packBits`. Throws KljnError `kljn/protocol` unless `bytes` is exactly what `packBits` makes. */
export function unpackBits(bytes: Uint8Array, length: number): Bits {
  if (bytes.length !== Math.ceil(length / 8))
    throw new KljnError(
      'kljn/protocol',
      `${length} bits need ${Math.ceil(length / 8)} bytes, got ${bytes.length}`,
    )
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1
  const spare = bytes.length * 8 - length
  if (spare > 0 && ((bytes.at(-1) as number) & ((1 << spare) - 1)) !== 0)
    throw new KljnError('kljn/protocol', 'bits: the filling after the last bit is not zero')
  return out
}

export function countDifferences(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length)
    throw new KljnError('kljn/protocol', `bit strings of ${a.length} and ${b.length} bits cannot be compared`)
  let count = 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++
  return count
}
