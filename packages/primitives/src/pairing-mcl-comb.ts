import { GT_BYTES, SCALAR_BYTES } from './pairing.ts'
import type { MclMemory } from './pairing-mcl.ts'

/** Seven bits of the exponent at a time: a table of 128 elements, 74 KB. */
const TEETH = 7
const SPAN = Math.ceil((8 * SCALAR_BYTES) / TEETH)
const ENTRIES = 1 << TEETH
const WORDS = GT_BYTES / 4

/** A table costs as much to build as it saves in five uses: a base that is used less often does without. */
const USES_BEFORE_TABLE = 5

/**
 * Powers of one base of GT: a comb of Lim and Lee (CRYPTO '94) with one row. Entry d of the table is the product of
 * base^(2^(37j)) over the bits j of d; a power is 37 squarings and as many multiplications at most. The table lies in
 * JavaScript's memory, where the collector finds it. What is read depends on the exponent: not constant-time, as nothing
 * in mcl-wasm is.
 *
 * Returns a function that writes the words of base^exponent (32 bytes, big-endian) to `out` and gives true; or false
 * where the library's own power is to be used: for the first uses, and for zero, which has no digit.
 */
export function mclComb(
  memory: MclMemory,
  base: Uint32Array,
): (exponent: Uint8Array, out: Uint32Array) => boolean {
  const build = (): Uint32Array => {
    const at = memory._malloc(ENTRIES * GT_BYTES)
    try {
      memory.copyToHeap32(base, at + GT_BYTES)
      for (let tooth = 1; tooth < TEETH; tooth++) {
        const entry = at + (1 << tooth) * GT_BYTES
        memory._mclBnGT_sqr(entry, at + (1 << (tooth - 1)) * GT_BYTES)
        for (let i = 1; i < SPAN; i++) memory._mclBnGT_sqr(entry, entry)
      }
      for (let digit = 3; digit < ENTRIES; digit++) {
        const lowest = digit & -digit
        const rest = digit - lowest
        if (rest !== 0)
          memory._mclBnGT_mul(at + digit * GT_BYTES, at + rest * GT_BYTES, at + lowest * GT_BYTES)
      }
      const table = new Uint32Array(ENTRIES * WORDS)
      memory.copyFromHeap32(table.subarray(WORDS), at + GT_BYTES)
      return table
    } finally {
      memory._free(at)
    }
  }

  let uses = 0
  let table: Uint32Array | undefined
  return (exponent, out) => {
    if (table === undefined && ++uses <= USES_BEFORE_TABLE) return false
    table ??= build()
    const stack = memory.stackSave()
    const product = memory.stackAlloc(GT_BYTES)
    const factor = memory.stackAlloc(GT_BYTES)
    let started = false
    for (let position = SPAN - 1; position >= 0; position--) {
      if (started) memory._mclBnGT_sqr(product, product)
      const digit = digitAt(exponent, position)
      if (digit === 0) continue
      memory.copyToHeap32(table.subarray(digit * WORDS, (digit + 1) * WORDS), started ? factor : product)
      if (started) memory._mclBnGT_mul(product, product, factor)
      started = true
    }
    if (started) memory.copyFromHeap32(out, product)
    memory.stackRestore(stack)
    return started
  }
}

/** The bits of a big-endian exponent at `position`, `position` + SPAN, … : one for each tooth. */
function digitAt(exponent: Uint8Array, position: number): number {
  let digit = 0
  for (let tooth = 0; tooth < TEETH; tooth++) {
    const bit = position + tooth * SPAN
    const byte = exponent[SCALAR_BYTES - 1 - (bit >> 3)] ?? 0
    digit |= ((byte >> (bit & 7)) & 1) << tooth
  }
  return digit
}
