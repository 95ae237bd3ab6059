import { expect } from 'vitest'

/** A decoder of outside bytes must refuse every truncation and every extension of what it accepts. */
export function expectExactLength(encoded: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  expect(() => decode(encoded)).not.toThrow()
  for (let length = 0; length < encoded.length; length++)
    expect(() => decode(encoded.subarray(0, length)), `cut to ${length} bytes`).toThrow(Error)
  for (const extra of [0x00, 0x01, 0xff])
    expect(() => decode(Uint8Array.of(...encoded, extra)), `one byte ${extra} more`).toThrow(Error)
}

/** Every change of a byte must be noticed: `accepts` says whether the changed bytes still pass for genuine. */
export function expectEveryByteBound(
  encoded: Uint8Array,
  accepts: (bytes: Uint8Array) => boolean,
  step = 1,
): void {
  expect(accepts(encoded)).toBe(true)
  for (let i = 0; i < encoded.length; i += step) {
    const changed = Uint8Array.from(encoded)
    changed[i] = (changed[i] as number) ^ (1 << (i % 8))
    expect(accepts(changed), `byte ${i} changed`).toBe(false)
  }
}
