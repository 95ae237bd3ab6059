import { bls12_381 as bls } from '@noble/curves/bls12-381.js'
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

/*
 * BLS12-381 on @noble/curves, which is audited and needs no WebAssembly: the oracle that every operation of mcl is
 * compared with, and the fallback. Four times slower at a pairing, ten times at a multiplication. It makes an effort to
 * be constant-time where secrets multiply points, as far as bigints allow.
 */

const { Fp12, Fr } = bls.fields
type Fp12Value = typeof Fp12.ONE
type NobleG1 = typeof bls.G1.Point.BASE
type NobleG2 = typeof bls.G2.Point.BASE

const FP_BYTES = 48

const refuse = (what: string): never => {
  throw new PairingError(`${what}: not a canonical encoding of an element of the group`)
}

function toInteger(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** Each pair of coefficients is written highest first here and lowest first by noble. */
function swapCoefficients(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(GT_BYTES)
  for (let at = 0; at < GT_BYTES; at += 2 * FP_BYTES) {
    out.set(bytes.subarray(at + FP_BYTES, at + 2 * FP_BYTES), at)
    out.set(bytes.subarray(at, at + FP_BYTES), at + FP_BYTES)
  }
  return out
}

const scalarField: PairingGroup['scalar'] = {
  fromWide(bytes) {
    assertBytes(bytes, 'wide scalar', WIDE_SCALAR_BYTES)
    return scalar(toInteger(bytes) % GROUP_ORDER)
  },
  decode(bytes) {
    assertBytes(bytes, 'scalar')
    if (bytes.length !== SCALAR_BYTES) return refuse('scalar')
    const value = toInteger(bytes)
    return value > 0n && value < GROUP_ORDER ? scalar(value) : refuse('scalar')
  },
  fromInteger: (value) => scalar(((value % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER),
  encode(value) {
    const out = new Uint8Array(SCALAR_BYTES)
    let rest = integer(value)
    for (let i = SCALAR_BYTES - 1; i >= 0; i--) {
      out[i] = Number(rest & 0xffn)
      rest >>= 8n
    }
    return out
  },
  add: (a, b) => scalar(Fr.add(integer(a), integer(b))),
  multiply: (a, b) => scalar(Fr.mul(integer(a), integer(b))),
  negate: (a) => scalar(Fr.neg(integer(a))),
  invert(a) {
    if (integer(a) === 0n) throw new RangeError('scalar: zero has no inverse')
    return scalar(Fr.inv(integer(a)))
  },
  isZero: (a) => integer(a) === 0n,
}

function integer(value: Scalar): bigint {
  return value as unknown as bigint
}
function scalar(value: bigint): Scalar {
  return value as unknown as Scalar
}

interface NoblePoint<Self> {
  add(other: Self): Self
  negate(): Self
  multiply(by: bigint): Self
  equals(other: Self): boolean
  is0(): boolean
  toBytes(compressed: boolean): Uint8Array
  assertValidity(): void
}

function curve<Native extends NoblePoint<Native>, Point>(
  group: { BASE: Native; ZERO: Native; fromBytes(bytes: Uint8Array): Native },
  size: number,
  name: string,
): CurveGroup<Point> {
  const of = (point: Point) => point as unknown as Native
  const to = (native: Native) => native as unknown as Point
  const multiply = (point: Native, by: bigint) => (by === 0n ? group.ZERO : point.multiply(by))
  return {
    generator: to(group.BASE),
    encode(point) {
      if (of(point).is0()) throw new PairingError(`${name}: the identity has no encoding`)
      return Uint8Array.from(of(point).toBytes(true))
    },
    decode(bytes) {
      assertBytes(bytes, name)
      if (bytes.length !== size) return refuse(name)
      let native: Native
      try {
        native = group.fromBytes(bytes)
        native.assertValidity()
      } catch {
        return refuse(name)
      }
      return native.is0() ? refuse(name) : to(native)
    },
    add: (a, b) => to(of(a).add(of(b))),
    negate: (a) => to(of(a).negate()),
    multiply: (point, by) => to(multiply(of(point), integer(by))),
    multiplyGenerator: (by) => to(multiply(group.BASE, integer(by))),
    equal: (a, b) => of(a).equals(of(b)),
    isIdentity: (a) => of(a).is0(),
  }
}

function parseGt(bytes: Uint8Array): Fp12Value {
  assertBytes(bytes, 'GT element')
  if (bytes.length !== GT_BYTES) return refuse('GT element')
  let value: Fp12Value
  try {
    value = Fp12.fromBytes(swapCoefficients(bytes))
  } catch {
    return refuse('GT element')
  }
  return Fp12.is0(value) || Fp12.eql(value, Fp12.ONE) ? refuse('GT element') : value
}

let group: PairingGroup | undefined

export function noblePairing(): PairingGroup {
  group ??= make()
  return group
}

function make(): PairingGroup {
  const gt = (value: ElementGT) => value as unknown as Fp12Value
  const element = (native: Fp12Value) => native as unknown as ElementGT
  const native = (p: PointG1, q: PointG2 | LinesG2) => ({
    g1: p as unknown as NobleG1,
    g2: q as unknown as NobleG2,
  })
  const product = (pairs: readonly (readonly [PointG1, PointG2 | LinesG2])[]): ElementGT => {
    if (pairs.length === 0) throw new RangeError('pairProduct: no pair')
    // The library refuses the identity, whose pairing is one.
    const factors = pairs.map(([p, q]) => native(p, q)).filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
    return element(factors.length === 0 ? Fp12.ONE : bls.pairingBatch(factors))
  }
  const g1 = curve<NobleG1, PointG1>(bls.G1.Point, G1_BYTES, 'G1 point')
  const g2 = curve<NobleG2, PointG2>(bls.G2.Point, G2_BYTES, 'G2 point')
  const asLines = (point: PointG2) => point as unknown as LinesG2
  return {
    implementation: 'noble',
    scalar: scalarField,
    g1,
    g2,
    gt: {
      generator: product([[g1.generator, g2.generator]]),
      encode: (value) => swapCoefficients(Fp12.toBytes(gt(value))),
      decode(bytes) {
        const value = parseGt(bytes)
        return Fp12.eql(Fp12.pow(value, GROUP_ORDER), Fp12.ONE) ? element(value) : refuse('GT element')
      },
      unsafeDecodeWithoutSubgroupCheck: (bytes) => element(parseGt(bytes)),
      multiply: (a, b) => element(Fp12.mul(gt(a), gt(b))),
      power: (base, exponent) => element(Fp12.pow(gt(base), integer(exponent))),
      fixedBase: (base) => (exponent) => element(Fp12.pow(gt(base), integer(exponent))),
      equal: (a, b) => Fp12.eql(gt(a), gt(b)),
    },
    hashToG2: (message, domain) => {
      assertBytes(message, 'message')
      assertBytes(domain, 'domain')
      if (domain.length < 1 || domain.length > 255)
        throw new RangeError(`domain: ${domain.length} bytes, not 1 … 255`)
      return bls.G2.hashToCurve(message, { DST: domain }) as unknown as PointG2
    },
    lines: asLines,
    generatorLines: asLines(g2.generator),
    pair: (p, q) => product([[p, q]]),
    pairProduct: product,
  }
}
