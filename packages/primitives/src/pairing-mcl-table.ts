import { SCALAR_BYTES } from './pairing.ts'
import type { MclMemory } from './pairing-mcl.ts'

const WINDOW = 256 // one byte of the scalar at a time

/**
 * Multiplication of a fixed point: its multiples d·256^i·B for every byte value d and position i lie in WebAssembly
 * memory, and a product is 32 additions without a doubling. The addresses read depend on the scalar: not constant-time,
 * as nothing in mcl-wasm is.
 *
 * Returns a function that writes the words of `scalar`·B (32 bytes, big-endian) to `out`.
 */
export function mclTable(
  memory: MclMemory,
  base: Uint32Array,
  add: (z: number, x: number, y: number) => void,
  normalize: (z: number, x: number, count: number) => void,
): (scalar: Uint8Array, out: Uint32Array) => void {
  const size = base.byteLength
  let table: number | undefined
  const build = (): number => {
    const at = memory._malloc(SCALAR_BYTES * WINDOW * size)
    // Row i holds 0·B_i … 255·B_i with B_i = 256^i·B; entry 0 is the identity, which all-zero words are.
    new Uint8Array(memory.wasmMemory.buffer, at, SCALAR_BYTES * WINDOW * size).fill(0)
    for (let row = 0; row < SCALAR_BYTES; row++) {
      const first = at + row * WINDOW * size
      if (row === 0) memory.copyToHeap32(base, first + size)
      else add(first + size, first - size, first - WINDOW * size + size) // 255·B + B of the row before
      for (let digit = 2; digit < WINDOW; digit++)
        add(first + digit * size, first + (digit - 1) * size, first + size)
      normalize(first + size, first + size, WINDOW - 1)
    }
    return at
  }
  return (scalar, out) => {
    table ??= build()
    const stack = memory.stackSave()
    const sum = memory.stackAlloc(size)
    out.fill(0)
    memory.copyToHeap32(out, sum)
    for (let row = 0; row < SCALAR_BYTES; row++) {
      const digit = scalar[SCALAR_BYTES - 1 - row] as number
      if (digit !== 0) add(sum, sum, table + (row * WINDOW + digit) * size)
    }
    memory.copyFromHeap32(out, sum)
    memory.stackRestore(stack)
  }
}
