import { SCALAR_BYTES } from './pairing.ts'
import type { MclMemory } from './pairing-mcl.ts'

/** Seven bits of a scalar at a time: a table of 128 elements, 18 KB in G1 and 74 KB in GT. */
const TEETH = 7
const SPAN = Math.ceil((8 * SCALAR_BYTES) / TEETH)
const ENTRIES = 1 << TEETH

/** A table costs as much to build as it saves in five uses: a base that is used less often does without. */
const USES_BEFORE_TABLE = 5

/** A group of the library, written additively; addresses in WebAssembly memory. */
export interface MclGroup {
  /** The words of one element. */
  words: number
  add(z: number, x: number, y: number): void
  double(z: number, x: number): void
  /** Makes `count` elements cheaper to add, in place. */
  normalize?(z: number, x: number, count: number): void
}

/**
 * Multiplication of one base by many scalars: a comb of Lim and Lee (CRYPTO '94) with one row. Entry d of the table is
 * the sum of 2^(37j)·B over the bits j of d; a product is 37 doublings and as many additions at most. The table lies in
 * JavaScript's memory, where the collector finds it. What is read depends on the scalar: not constant-time, as nothing
 * in mcl-wasm is.
 *
 * Returns a function that writes the words of `scalar`·B (32 bytes, big-endian) to `out` and gives true; or false where
 * the library's own multiplication is to be used: for the first uses, and for zero, which has no digit.
 */
export function mclComb(
  memory: MclMemory,
  group: MclGroup,
  base: Uint32Array,
): (scalar: Uint8Array, out: Uint32Array) => boolean {
  const size = 4 * group.words
  const build = (): Uint32Array => {
    const at = memory._malloc(ENTRIES * size)
    try {
      memory.copyToHeap32(base, at + size)
      for (let tooth = 1; tooth < TEETH; tooth++) {
        const entry = at + (1 << tooth) * size
        group.double(entry, at + (1 << (tooth - 1)) * size)
        for (let i = 1; i < SPAN; i++) group.double(entry, entry)
      }
      for (let digit = 3; digit < ENTRIES; digit++) {
        const lowest = digit & -digit
        if (lowest !== digit) group.add(at + digit * size, at + (digit - lowest) * size, at + lowest * size)
      }
      group.normalize?.(at + size, at + size, ENTRIES - 1)
      const table = new Uint32Array(ENTRIES * group.words)
      memory.copyFromHeap32(table.subarray(group.words), at + size)
      return table
    } finally {
      memory._free(at)
    }
  }

  let uses = 0
  let table: Uint32Array | undefined
  return (scalar, out) => {
    if (table === undefined && ++uses <= USES_BEFORE_TABLE) return false
    table ??= build()
    const stack = memory.stackSave()
    const sum = memory.stackAlloc(size)
    const entry = memory.stackAlloc(size)
    let started = false
    for (let position = SPAN - 1; position >= 0; position--) {
      if (started) group.double(sum, sum)
      const digit = digitAt(scalar, position)
      if (digit === 0) continue
      const multiple = table.subarray(digit * group.words, (digit + 1) * group.words)
      memory.copyToHeap32(multiple, started ? entry : sum)
      if (started) group.add(sum, sum, entry)
      started = true
    }
    if (started) memory.copyFromHeap32(out, sum)
    memory.stackRestore(stack)
    return started
  }
}

/** The bits of a big-endian scalar at `position`, `position` + SPAN, … : one for each tooth. */
function digitAt(scalar: Uint8Array, position: number): number {
  let digit = 0
  for (let tooth = 0; tooth < TEETH; tooth++) {
    const bit = position + tooth * SPAN
    const byte = scalar[SCALAR_BYTES - 1 - (bit >> 3)] ?? 0
    digit |= ((byte >> (bit & 7)) & 1) << tooth
  }
  return digit
}
