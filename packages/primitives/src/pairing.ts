import { WarrenError } from './errors.ts'

/*
 * BLS12-381 behind one interface: an asymmetric pairing e: G1 × G2 → GT of groups of prime order r. Elements are opaque
 * and immutable; those of one implementation must not be given to another.
 * Curve and encodings: draft-irtf-cfrg-pairing-friendly-curves §4.2.1 and Appendix C; hashing: RFC 9380.
 */

declare const scalarBrand: unique symbol
declare const g1Brand: unique symbol
declare const g2Brand: unique symbol
declare const linesBrand: unique symbol
declare const gtBrand: unique symbol

/** An integer modulo the group order r. */
export interface Scalar {
  readonly [scalarBrand]: never
}
export interface PointG1 {
  readonly [g1Brand]: never
}
export interface PointG2 {
  readonly [g2Brand]: never
}
/** What the Miller loop needs of a fixed point of G2, computed once: saves a tenth of every pairing with it. */
export interface LinesG2 {
  readonly [linesBrand]: never
}
export interface ElementGT {
  readonly [gtBrand]: never
}

export const SCALAR_BYTES = 32
/** A scalar is drawn or hashed from 48 bytes, so that the bias is below 2^-128 (RFC 9380 §5.1). */
export const WIDE_SCALAR_BYTES = 48
export const G1_BYTES = 48
export const G2_BYTES = 96
export const GT_BYTES = 576

/** r: the order of G1, G2 and GT. */
export const GROUP_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/** An encoding that is not canonical, not on the curve, not in the subgroup, or the identity. */
export class PairingError extends WarrenError<'pairing'> {
  constructor(message: string) {
    super('pairing', 'bad-input', message)
    this.name = 'PairingError'
  }
}

export interface ScalarField {
  /** Reduces 48 big-endian bytes modulo r. */
  fromWide(bytes: Uint8Array): Scalar
  /** 32 big-endian bytes of a number in [1, r). Throws PairingError. */
  decode(bytes: Uint8Array): Scalar
  /** A small or large non-negative integer, reduced modulo r. */
  fromInteger(value: bigint): Scalar
  /** 32 bytes, big-endian. */
  encode(value: Scalar): Uint8Array<ArrayBuffer>
  add(a: Scalar, b: Scalar): Scalar
  multiply(a: Scalar, b: Scalar): Scalar
  negate(a: Scalar): Scalar
  /** Throws RangeError for zero. */
  invert(a: Scalar): Scalar
  isZero(a: Scalar): boolean
}

export interface CurveGroup<Point> {
  readonly generator: Point
  /** Compressed; the identity has no encoding here: throws PairingError for it. */
  encode(point: Point): Uint8Array<ArrayBuffer>
  /** Canonical, on the curve, in the subgroup, not the identity; else throws PairingError. */
  decode(bytes: Uint8Array): Point
  add(a: Point, b: Point): Point
  negate(a: Point): Point
  multiply(point: Point, by: Scalar): Point
  /** By a table of the generator's multiples. */
  multiplyGenerator(by: Scalar): Point
  equal(a: Point, b: Point): boolean
  isIdentity(a: Point): boolean
}

/** GT, written multiplicatively. */
export interface TargetGroup {
  /** e(P, Q) of the two generators. */
  readonly generator: ElementGT
  /** The twelve coefficients, highest first in each quadratic extension, 48 bytes each. */
  encode(element: ElementGT): Uint8Array<ArrayBuffer>
  /** Canonical, in the subgroup of order r, not one; else throws PairingError. */
  decode(bytes: Uint8Array): ElementGT
  /**
   * Canonical and not zero, but perhaps outside the subgroup: twenty times faster than `decode`. Only for elements that
   * are never raised to a secret power, and whose value is checked in another way.
   */
  unsafeDecodeWithoutSubgroupCheck(bytes: Uint8Array): ElementGT
  multiply(a: ElementGT, b: ElementGT): ElementGT
  /** Only for elements of the subgroup. */
  power(base: ElementGT, exponent: Scalar): ElementGT
  /** `power` for one base that is raised many times: after some uses, by a table (74 KB). */
  fixedBase(base: ElementGT): (exponent: Scalar) => ElementGT
  equal(a: ElementGT, b: ElementGT): boolean
}

export interface PairingGroup {
  readonly implementation: 'mcl' | 'noble'
  readonly scalar: ScalarField
  readonly g1: CurveGroup<PointG1>
  readonly g2: CurveGroup<PointG2>
  readonly gt: TargetGroup
  /** RFC 9380, suite BLS12381G2_XMD:SHA-256_SSWU_RO_ with the given domain separation tag (1 … 255 bytes). */
  hashToG2(message: Uint8Array, domain: Uint8Array): PointG2
  lines(point: PointG2): LinesG2
  /** The generator's lines. */
  readonly generatorLines: LinesG2
  pair(p: PointG1, q: PointG2 | LinesG2): ElementGT
  /** ∏ e(pᵢ, qᵢ) with one final exponentiation; at least one pair. */
  pairProduct(pairs: readonly (readonly [PointG1, PointG2 | LinesG2])[]): ElementGT
}
