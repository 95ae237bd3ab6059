/**
 * Just enough of WebAssembly's binary format (core specification 2.0, chapter 5) to write one vector kernel as
 * expressions in TypeScript: the source is what is run, and no blob is kept beside it. An expression is the bytes that
 * leave its value on the stack.
 */
export type Code = readonly number[]

function leb(value: number): number[] {
  const out: number[] = []
  let rest = value
  for (;;) {
    const byte = rest & 0x7f
    rest >>>= 7
    if (rest === 0) return [...out, byte]
    out.push(byte | 0x80)
  }
}

function signedLeb(value: number): number[] {
  const out: number[] = []
  let rest = value
  for (;;) {
    const byte = rest & 0x7f
    rest >>= 7
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) return [...out, byte]
    out.push(byte | 0x80)
  }
}

const vector = (opcode: number): number[] => [0xfd, ...leb(opcode)]
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...vector(opcode)]
const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...vector(opcode)]
const shift =
  (opcode: number) =>
  (a: Code, bits: number): Code => [...a, ...i32(bits), ...vector(opcode)]

export const i32 = (value: number): Code => [0x41, ...signedLeb(value)]
export const get = (local: number): Code => [0x20, ...leb(local)]
export const set = (local: number, value: Code): Code => [...value, 0x21, ...leb(local)]
/** Sets the local and leaves the value. */
export const tee = (local: number, value: Code): Code => [...value, 0x22, ...leb(local)]
export const addI32 = (a: Code, b: Code): Code => [...a, ...b, 0x6a]

/** Runs `body` until the local, counted down by one each time, is zero; at least once. */
export function countDown(local: number, body: Code): Code {
  return [0x03, 0x40, ...body, ...tee(local, [...get(local), ...i32(1), 0x6b]), 0x0d, 0x00, 0x0b]
}

/** v128 at a fixed address in bytes. */
export const load = (address: number): Code => [...i32(address), ...vector(0x00), 0x04, 0x00]
export const store = (address: number, value: Code): Code => [
  ...i32(address),
  ...value,
  ...vector(0x0b),
  0x04,
  0x00,
]

const constant = (bytes: ArrayBuffer): Code => [...vector(0x0c), ...new Uint8Array(bytes)]
/** The same 32-bit float in four lanes. */
export const floats = (value: number): Code => constant(new Float32Array(4).fill(value).buffer)

export const bits = {
  and: binary(0x4e),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of `a` where the mask has ones, of `b` where it has zeros. */
  select: (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...vector(0x52)],
}

export const i32x4 = {
  add: binary(0xae),
  sub: binary(0xb1),
  shiftLeft: shift(0xab),
  shiftRight: shift(0xac),
  shiftRightUnsigned: shift(0xad),
}

export const f32x4 = {
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
  sqrt: unary(0xe3),
  greater: binary(0x44),
  fromI32: unary(0xfa),
}

export const f64x2 = {
  add: binary(0xf0),
  /** The two lower of four floats. */
  promoteLow: unary(0x5f),
}

const HIGH_LANES = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]

/** The two upper floats in the place of the lower. */
export const upperHalf = (a: Code): Code => [...a, ...a, ...vector(0x0d), ...HIGH_LANES]

/**
 * A polynomial of degree 4 in x, coefficients from the constant on, by Estrin's scheme: its operations wait for each
 * other half as long as Horner's. `square` holds x².
 */
export function quartic(x: Code, square: Code, c: readonly [Code, Code, Code, Code, Code]): Code {
  const line = (constant: Code, slope: Code) => f32x4.add(constant, f32x4.mul(slope, x))
  const upper = f32x4.add(line(c[2], c[3]), f32x4.mul(c[4], square))
  return f32x4.add(line(c[0], c[1]), f32x4.mul(square, upper))
}

const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]
const list = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const name = (text: string): number[] => [...leb(text.length), ...[...text].map((c) => c.charCodeAt(0))]

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const I32 = 0x7f
const V128 = 0x7b

/** A module that exports its memory (one page) as `memory`, and `run(i32)`: local 0 is the argument, then v128s, then i32s. */
export function moduleOf(vectors: number, integers: number, body: Code): Uint8Array<ArrayBuffer> {
  const code = [
    ...list([
      [...leb(vectors), V128],
      [...leb(integers), I32],
    ]),
    ...body,
    0x0b,
  ]
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, list([[0x60, ...list([[I32]]), ...list([])]])),
    ...section(3, list([[0]])),
    ...section(5, list([[0x01, 1, 1]])),
    ...section(
      7,
      list([
        [...name('memory'), 0x02, 0],
        [...name('run'), 0x00, 0],
      ]),
    ),
    ...section(10, list([[...leb(code.length), ...code]])),
  ])
}
