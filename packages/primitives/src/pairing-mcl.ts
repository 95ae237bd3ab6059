import type { Fr, G1, G2, GT } from 'mcl-wasm'
import * as mclModule from 'mcl-wasm'
import { assertBytes } from './bytes.ts'
import {
  type CurveGroup,
  type ElementGT,
  G1_BYTES,
  G2_BYTES,
  GROUP_ORDER,
  GT_BYTES,
  type LinesG2,
  PairingError,
  type PairingGroup,
  type PointG1,
  type PointG2,
  SCALAR_BYTES,
  type Scalar,
  WIDE_SCALAR_BYTES,
} from './pairing.ts'
import { mclComb } from './pairing-mcl-comb.ts'
import { mclTable } from './pairing-mcl-table.ts'

/*
 * BLS12-381 on mcl-wasm: quick, in Node and in a browser (its WebAssembly is embedded, it asks for no node: module).
 * Limits: it is not constant-time, and it zeroes nothing; its settings are global to the thread, so this module sets
 * them once and keeps the library to itself.
 */

// Node gives a CommonJS module as `default` (whose getters are live); a bundler may give its names directly.
const mcl: typeof mclModule = (mclModule as unknown as { default?: typeof mclModule }).default ?? mclModule

/** The part of the library's raw interface (addresses in WebAssembly memory) that has no typed wrapper. */
export interface MclMemory {
  readonly wasmMemory: WebAssembly.Memory
  _malloc(size: number): number
  _free(address: number): void
  stackSave(): number
  stackAlloc(size: number): number
  stackRestore(address: number): void
  copyToHeap32(from: Uint32Array, to: number): void
  copyFromHeap32(to: Uint32Array, from: number): void
  sallocBytes(bytes: Uint8Array): number
  _mclBnG1_add(z: number, x: number, y: number): void
  _mclBnG2_add(z: number, x: number, y: number): void
  _mclBnGT_mul(z: number, x: number, y: number): void
  _mclBnGT_sqr(z: number, x: number): void
  _mclBnG1_normalizeVec(z: number, x: number, count: number): void
  _mclBnG2_normalizeVec(z: number, x: number, count: number): void
  _mclBnG2_hashAndMapToWithDst(z: number, m: number, mSize: number, dst: number, dstSize: number): number
  _mclBnGT_isValid(x: number): number
}

/** The words of a value: the library keeps each in a JavaScript array and copies it in and out. */
export interface Words {
  a_: Uint32Array
}
export const words = (value: unknown): Uint32Array => (value as Words).a_

/** A table costs as much to build as some seventy multiplications: a short-lived process does without. */
const USES_BEFORE_TABLE = 32

const refuse = (what: string): never => {
  throw new PairingError(`${what}: not a canonical encoding of an element of the group`)
}

let loading: Promise<PairingGroup> | undefined

/** Loads the WebAssembly once for this thread. Rejects where there is none. */
export function loadMclPairing(): Promise<PairingGroup> {
  loading ??= load()
  return loading
}

async function load(): Promise<PairingGroup> {
  await mcl.init(mcl.BLS12_381)
  mcl.setETHserialization(true)
  mcl.setMapToMode(mcl.IRTF)
  mcl.verifyOrderG1(true)
  mcl.verifyOrderG2(true)
  return mclPairing(Reflect.get(mcl, 'mod') as MclMemory)
}

function mclPairing(memory: MclMemory): PairingGroup {
  const scalar = scalarField()
  const fr = (value: Scalar) => value as unknown as Fr
  const gt = (value: ElementGT) => value as unknown as GT

  const curve = <Native extends G1 | G2, Point>(
    make: () => Native,
    size: number,
    name: string,
    generator: Native,
    table: (by: Uint8Array, out: Uint32Array) => void,
  ): CurveGroup<Point> => {
    const of = (point: Point) => point as unknown as Native
    const to = (native: Native) => native as unknown as Point
    let uses = 0
    return {
      generator: to(generator),
      encode(point) {
        if (of(point).isZero()) throw new PairingError(`${name}: the identity has no encoding`)
        return new Uint8Array(of(point).serialize())
      },
      decode(bytes) {
        assertBytes(bytes, name)
        if (bytes.length !== size) return refuse(name)
        const native = make()
        try {
          native.deserialize(bytes)
        } catch {
          return refuse(name)
        }
        if (native.isZero()) return refuse(name)
        return to(native)
      },
      add: (a, b) => to(mcl.add(of(a) as G1, of(b) as G1) as Native),
      negate: (a) => to(mcl.neg(of(a) as G1) as Native),
      multiply: (point, by) => to(mcl.mul(of(point) as G1, fr(by)) as Native),
      multiplyGenerator(by) {
        if (++uses <= USES_BEFORE_TABLE) return to(mcl.mul(generator as G1, fr(by)) as Native)
        const out = make()
        table(scalar.encode(by), words(out))
        return to(out)
      },
      equal: (a, b) => of(a).isEqual(of(b) as G1 & G2),
      isIdentity: (a) => of(a).isZero(),
    }
  }

  const p = new mcl.G1()
  p.setStr(GENERATOR_G1, 16)
  const q = new mcl.G2()
  q.setStr(GENERATOR_G2, 16)
  const g1 = curve<G1, PointG1>(
    () => new mcl.G1(),
    G1_BYTES,
    'G1 point',
    p,
    mclTable(memory, words(p), memory._mclBnG1_add, memory._mclBnG1_normalizeVec),
  )
  const g2 = curve<G2, PointG2>(
    () => new mcl.G2(),
    G2_BYTES,
    'G2 point',
    q,
    mclTable(memory, words(q), memory._mclBnG2_add, memory._mclBnG2_normalizeVec),
  )

  // The library allocates lines in WebAssembly memory and frees them when told; here the collector tells.
  const freed = new FinalizationRegistry<number>((address) => memory._free(address))
  const lines = (point: PointG2): LinesG2 => {
    const made = new mcl.PrecomputedG2(point as unknown as G2)
    freed.register(made, (made as unknown as { p: number }).p)
    return made as unknown as LinesG2
  }
  const generatorLines = lines(g2.generator)

  const loop = (at: PointG1, to: PointG2 | LinesG2): GT =>
    to instanceof mcl.PrecomputedG2
      ? mcl.precomputedMillerLoop(at as unknown as G1, to)
      : mcl.millerLoop(at as unknown as G1, to as unknown as G2)
  const element = (native: GT) => native as unknown as ElementGT
  const power = (base: ElementGT, exponent: Scalar) => element(mcl.pow(gt(base), fr(exponent)))

  const parse = (bytes: Uint8Array): GT => {
    assertBytes(bytes, 'GT element')
    if (bytes.length !== GT_BYTES) return refuse('GT element')
    const native = new mcl.GT()
    try {
      native.deserialize(bytes)
    } catch {
      return refuse('GT element')
    }
    if (native.isZero() || native.isOne()) return refuse('GT element')
    return native
  }

  return {
    implementation: 'mcl',
    scalar,
    g1,
    g2,
    gt: {
      generator: element(mcl.finalExp(loop(g1.generator, generatorLines))),
      encode: (value) => new Uint8Array(gt(value).serialize()),
      decode(bytes) {
        const native = parse(bytes)
        const stack = memory.stackSave()
        const at = memory.stackAlloc(GT_BYTES)
        memory.copyToHeap32(words(native), at)
        const valid = memory._mclBnGT_isValid(at) === 1
        memory.stackRestore(stack)
        return valid ? element(native) : refuse('GT element')
      },
      unsafeDecodeWithoutSubgroupCheck: (bytes) => element(parse(bytes)),
      multiply: (a, b) => element(mcl.mul(gt(a), gt(b))),
      power,
      fixedBase(base) {
        const comb = mclComb(memory, words(base))
        return (exponent) => {
          const out = new mcl.GT()
          return comb(scalar.encode(exponent), words(out)) ? element(out) : power(base, exponent)
        }
      },
      equal: (a, b) => gt(a).isEqual(gt(b)),
    },
    hashToG2(message, domain) {
      assertBytes(message, 'message')
      assertBytes(domain, 'domain')
      if (domain.length < 1 || domain.length > 255)
        throw new RangeError(`domain: ${domain.length} bytes, not 1 … 255`)
      const out = new mcl.G2()
      const stack = memory.stackSave()
      try {
        const at = memory.stackAlloc(words(out).byteLength)
        const m = memory.sallocBytes(message)
        const dst = memory.sallocBytes(domain)
        if (memory._mclBnG2_hashAndMapToWithDst(at, m, message.length, dst, domain.length) !== 0)
          throw new Error('mcl: hashing to G2 failed')
        memory.copyFromHeap32(words(out), at)
      } finally {
        memory.stackRestore(stack)
      }
      return out as unknown as PointG2
    },
    lines,
    generatorLines,
    pair: (at, to) => element(mcl.finalExp(loop(at, to))),
    pairProduct(pairs) {
      let product: GT | undefined
      for (const [at, to] of pairs) {
        const factor = loop(at, to)
        product = product === undefined ? factor : mcl.mul(product, factor)
      }
      if (product === undefined) throw new RangeError('pairProduct: no pair')
      return element(mcl.finalExp(product))
    },
  }
}

function scalarField(): PairingGroup['scalar'] {
  const fr = (value: Scalar) => value as unknown as Fr
  const to = (native: Fr) => native as unknown as Scalar
  return {
    fromWide(bytes) {
      assertBytes(bytes, 'wide scalar', WIDE_SCALAR_BYTES)
      const out = new mcl.Fr()
      out.setBigEndianMod(bytes)
      return to(out)
    },
    decode(bytes) {
      assertBytes(bytes, 'scalar')
      if (bytes.length !== SCALAR_BYTES) return refuse('scalar')
      const out = new mcl.Fr()
      try {
        out.deserialize(bytes)
      } catch {
        return refuse('scalar')
      }
      return out.isZero() ? refuse('scalar') : to(out)
    },
    fromInteger(value) {
      const out = new mcl.Fr()
      out.setStr((((value % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER).toString(16), 16)
      return to(out)
    },
    encode: (value) => new Uint8Array(fr(value).serialize()),
    add: (a, b) => to(mcl.add(fr(a), fr(b))),
    multiply: (a, b) => to(mcl.mul(fr(a), fr(b))),
    negate: (a) => to(mcl.neg(fr(a))),
    invert(a) {
      if (fr(a).isZero()) throw new RangeError('scalar: zero has no inverse')
      return to(mcl.inv(fr(a)))
    },
    isZero: (a) => fr(a).isZero(),
  }
}

// The standard generators, draft-irtf-cfrg-pairing-friendly-curves §4.2.1: "1 x y", hexadecimal, real part first.
const GENERATOR_G1 =
  '1 17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb 08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1'
const GENERATOR_G2 =
  '1 024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8 13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e 0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801 0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be'
