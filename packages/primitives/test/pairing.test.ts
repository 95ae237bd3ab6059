import { equalBytes, utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { expandMessage, hashToScalar, randomScalar } from '@warren/primitives/hash-to-field'
import {
  type CurveGroup,
  G1_BYTES,
  G2_BYTES,
  GROUP_ORDER,
  PairingError,
  type PairingGroup,
  type Scalar,
} from '@warren/primitives/pairing'
import { loadPairing } from '@warren/primitives/pairing-load'
import { loadMclPairing } from '@warren/primitives/pairing-mcl'
import { noblePairing } from '@warren/primitives/pairing-noble'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { beforeAll, describe, expect, it } from 'vitest'

let mcl: PairingGroup
const noble = noblePairing()
beforeAll(async () => {
  mcl = await loadMclPairing()
})

const rng = unsafeSeededRng('pairing')
/** The same scalar in both implementations. */
const scalars = (): [Scalar, Scalar] => {
  const wide = rng.bytes(48)
  return [mcl.scalar.fromWide(wide), noble.scalar.fromWide(wide)]
}
const hex = (bytes: Uint8Array) => hexText.encode(bytes)

describe('mcl gives what noble gives', () => {
  it('is the default where WebAssembly is', async () => {
    expect((await loadPairing()).implementation).toBe('mcl')
  })

  it('scalars', () => {
    for (let i = 0; i < 20; i++) {
      const [a, a2] = scalars()
      const [b, b2] = scalars()
      const both = (f: (group: PairingGroup, a: Scalar, b: Scalar) => Scalar) =>
        [hex(mcl.scalar.encode(f(mcl, a, b))), hex(noble.scalar.encode(f(noble, a2, b2)))] as const
      for (const [x, y] of [
        both((g, s, t) => g.scalar.add(s, t)),
        both((g, s, t) => g.scalar.multiply(s, t)),
        both((g, s) => g.scalar.negate(s)),
        both((g, s) => g.scalar.invert(s)),
        both((g, s) => g.scalar.decode(g.scalar.encode(s))),
      ])
        expect(x).toBe(y)
    }
    for (const value of [0n, 1n, 255n, 2n ** 128n, GROUP_ORDER - 1n, GROUP_ORDER])
      expect(hex(mcl.scalar.encode(mcl.scalar.fromInteger(value)))).toBe(
        hex(noble.scalar.encode(noble.scalar.fromInteger(value))),
      )
    for (const group of [mcl, noble]) {
      expect(group.scalar.isZero(group.scalar.fromInteger(GROUP_ORDER))).toBe(true)
      expect(() => group.scalar.invert(group.scalar.fromInteger(0n))).toThrow(RangeError)
    }
  })

  function curveAgrees<P>(pick: (group: PairingGroup) => CurveGroup<P>) {
    const a = pick(mcl)
    const b = pick(noble)
    expect(hex(a.encode(a.generator))).toBe(hex(b.encode(b.generator)))
    for (let i = 0; i < 2; i++) {
      const [s, s2] = scalars()
      const [t, t2] = scalars()
      const p = a.multiplyGenerator(s)
      const p2 = b.multiplyGenerator(s2)
      expect(hex(a.encode(p))).toBe(hex(b.encode(p2)))
      expect(hex(a.encode(a.multiply(p, t)))).toBe(hex(b.encode(b.multiply(p2, t2))))
      expect(hex(a.encode(a.add(p, a.generator)))).toBe(hex(b.encode(b.add(p2, b.generator))))
      expect(hex(a.encode(a.negate(p)))).toBe(hex(b.encode(b.negate(p2))))
      expect(a.equal(a.decode(a.encode(p)), p)).toBe(true)
      expect(a.isIdentity(a.add(p, a.negate(p)))).toBe(true)
      expect(b.isIdentity(b.add(p2, b.negate(p2)))).toBe(true)
    }
  }
  it('G1', () => curveAgrees((group) => group.g1))
  it('G2', () => curveAgrees((group) => group.g2))

  it('the generator tables give what multiplication gives, at the edges too', () => {
    const edges = [0n, 1n, 2n, 255n, 256n, 257n, 2n ** 248n, 2n ** 255n, GROUP_ORDER - 1n]
    for (let i = 0; i < 40; i++) edges.push(BigInt(`0x${hex(rng.bytes(32))}`))
    for (const curve of [mcl.g1, mcl.g2] as CurveGroup<unknown>[])
      for (const value of edges) {
        const s = mcl.scalar.fromInteger(value)
        expect(curve.equal(curve.multiplyGenerator(s), curve.multiply(curve.generator, s))).toBe(true)
      }
  })

  it('a base that is raised many times gives what a power gives, with its table and before', () => {
    const edges = [0n, 1n, 2n, 2n ** 37n, 2n ** 37n - 1n, 2n ** 254n, GROUP_ORDER - 1n, GROUP_ORDER + 5n]
    for (let i = 0; i < 20; i++) edges.push(BigInt(`0x${hex(rng.bytes(32))}`))
    const [s] = scalars()
    const base = mcl.gt.power(mcl.gt.generator, s)
    const power = mcl.gt.fixedBase(base)
    // Twice, because the first uses have no table yet.
    for (const value of [...edges, ...edges]) {
      const exponent = mcl.scalar.fromInteger(value)
      expect(mcl.gt.equal(power(exponent), mcl.gt.power(base, exponent))).toBe(true)
    }
    const [t, t2] = scalars()
    const expected = hex(noble.gt.encode(noble.gt.fixedBase(noble.gt.generator)(t2)))
    const fromGenerator = mcl.gt.fixedBase(mcl.gt.generator)
    for (let i = 0; i < 8; i++) expect(hex(mcl.gt.encode(fromGenerator(t)))).toBe(expected)
  })

  it('pairings, with and without lines, and products', () => {
    const [s, s2] = scalars()
    const [t, t2] = scalars()
    const p = mcl.g1.multiplyGenerator(s)
    const q = mcl.g2.multiplyGenerator(t)
    const p2 = noble.g1.multiplyGenerator(s2)
    const q2 = noble.g2.multiplyGenerator(t2)
    const expected = hex(noble.gt.encode(noble.pair(p2, q2)))
    expect(hex(mcl.gt.encode(mcl.pair(p, q)))).toBe(expected)
    expect(hex(mcl.gt.encode(mcl.pair(p, mcl.lines(q))))).toBe(expected)
    expect(hex(mcl.gt.encode(mcl.gt.power(mcl.gt.generator, mcl.scalar.multiply(s, t))))).toBe(expected)
    const product = hex(
      noble.gt.encode(
        noble.pairProduct([
          [p2, q2],
          [noble.g1.generator, q2],
        ]),
      ),
    )
    expect(
      hex(
        mcl.gt.encode(
          mcl.pairProduct([
            [p, mcl.lines(q)],
            [mcl.g1.generator, q],
          ]),
        ),
      ),
    ).toBe(product)
    expect(hex(mcl.gt.encode(mcl.gt.multiply(mcl.pair(p, q), mcl.pair(mcl.g1.generator, q))))).toBe(product)
    const identity = mcl.g1.add(p, mcl.g1.negate(p))
    const identity2 = noble.g1.add(p2, noble.g1.negate(p2))
    expect(hex(mcl.gt.encode(mcl.pair(identity, q)))).toBe(hex(noble.gt.encode(noble.pair(identity2, q2))))
    for (const group of [mcl, noble]) expect(() => group.pairProduct([])).toThrow(RangeError)
  })

  it('GT', () => {
    const [s, s2] = scalars()
    const g = mcl.gt.power(mcl.gt.generator, s)
    const g2 = noble.gt.power(noble.gt.generator, s2)
    expect(hex(mcl.gt.encode(g))).toBe(hex(noble.gt.encode(g2)))
    for (const [group, value] of [
      [mcl, g],
      [noble, g2],
    ] as const) {
      expect(group.gt.equal(group.gt.decode(group.gt.encode(value)), value)).toBe(true)
      const bytes = group.gt.encode(value)
      bytes[100] = (bytes[100] as number) ^ 1
      expect(() => group.gt.decode(bytes)).toThrow(PairingError)
      expect(() => group.gt.unsafeDecodeWithoutSubgroupCheck(bytes)).not.toThrow()
    }
  })

  it('hashing to G2, and the vector of RFC 9380 J.10.1', () => {
    const domain = utf8('QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_')
    // x of the message "abc", imaginary part first, with the sign bit of the compressed form.
    const x =
      '139cddbccdc5e91b9623efd38c49f81a6f83f175e80b06fc374de9eb4b41dfe4ca3a230ed250fbe3a2acf73a41177fd8' +
      '02c2d18e033b960562aae3cab37a27ce00d80ccd5ba4b7fe0e7a210245129dbec7780ccc7954725f4168aff2787776e6'
    for (const group of [mcl, noble]) {
      const encoded = group.g2.encode(group.hashToG2(utf8('abc'), domain))
      encoded[0] = (encoded[0] as number) & 0x1f
      expect(hex(encoded)).toBe(x)
    }
    for (const text of ['', 'a longer message, of no particular meaning']) {
      const tag = utf8('warren test')
      expect(hex(mcl.g2.encode(mcl.hashToG2(utf8(text), tag)))).toBe(
        hex(noble.g2.encode(noble.hashToG2(utf8(text), tag))),
      )
    }
  })
})

describe('hashing to scalars', () => {
  it('expands as RFC 9380 K.1 says', () => {
    const domain = utf8('QUUX-V01-CS02-with-expander-SHA256-128')
    expect(hex(expandMessage(utf8(''), domain, 0x20))).toBe(
      '68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235',
    )
    expect(hex(expandMessage(utf8('abc'), domain, 0x20))).toBe(
      'd8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615',
    )
    expect(() => expandMessage(utf8(''), new Uint8Array(0), 32)).toThrow(RangeError)
    expect(() => expandMessage(utf8(''), new Uint8Array(256), 32)).toThrow(RangeError)
    expect(() => expandMessage(utf8(''), domain, 8161)).toThrow(RangeError)
  })

  it('agrees, and separates domains', () => {
    const of = (group: PairingGroup, tag: string) =>
      hex(group.scalar.encode(hashToScalar(group, utf8('message'), utf8(tag))))
    expect(of(mcl, 'one')).toBe(of(noble, 'one'))
    expect(of(mcl, 'one')).not.toBe(of(mcl, 'two'))
  })

  it('draws non-zero scalars', () => {
    const answers = [new Uint8Array(48), new Uint8Array(48).fill(1)]
    const drawn = randomScalar(mcl, { bytes: () => Uint8Array.from(answers.shift() ?? []) })
    expect(mcl.scalar.isZero(drawn)).toBe(false)
    expect(answers).toHaveLength(0)
  })
})

describe('decoding is strict', () => {
  const groups = () => [mcl, noble]

  it('points outside the subgroup are refused: the checks are on', () => {
    // x = 4 … is on E(Fp) for about half of all x, and in the subgroup for one in 2^125.
    let onCurve = 0
    for (let x = 1; x < 12; x++) {
      const bytes = new Uint8Array(G1_BYTES)
      bytes[0] = 0x80
      bytes[G1_BYTES - 1] = x
      for (const group of groups()) expect(() => group.g1.decode(bytes)).toThrow(PairingError)
      const wide = new Uint8Array(G2_BYTES)
      wide[0] = 0x80
      wide[G2_BYTES - 1] = x
      for (const group of groups()) expect(() => group.g2.decode(wide)).toThrow(PairingError)
      onCurve += isOnCurve(x) ? 1 : 0
    }
    expect(onCurve).toBeGreaterThan(2)
  })

  it('the identity, other flags, other lengths, coordinates of p and more', () => {
    for (const group of groups())
      for (const curve of [group.g1, group.g2] as CurveGroup<unknown>[]) {
        const good = curve.encode(curve.generator)
        const identity = new Uint8Array(good.length)
        identity[0] = 0xc0
        const flag = (bits: number) => {
          const bytes = Uint8Array.from(good)
          bytes[0] = ((bytes[0] as number) & 0x1f) | bits
          return bytes
        }
        const beyond = new Uint8Array(good.length).fill(0xff)
        beyond[0] = 0x9f
        for (const bytes of [
          identity,
          new Uint8Array(good.length),
          flag(0),
          flag(0x20),
          flag(0x40),
          flag(0xc0),
          flag(0xe0),
          beyond,
          good.subarray(1),
          Uint8Array.from([...good, 0]),
          new Uint8Array(0),
        ])
          expect(() => curve.decode(bytes)).toThrow(PairingError)
        const negated = curve.add(curve.generator, curve.negate(curve.generator))
        expect(() => curve.encode(negated)).toThrow(PairingError)
        expect(equalBytes(curve.encode(curve.decode(good)), good)).toBe(true)
        expect(() => curve.decode('00' as never)).toThrow(TypeError)
      }
  })

  it('scalars of zero, r and more', () => {
    const order = hexText.decode(GROUP_ORDER.toString(16))
    for (const group of groups())
      for (const bytes of [
        new Uint8Array(32),
        order,
        new Uint8Array(32).fill(0xff),
        new Uint8Array(31).fill(1),
        new Uint8Array(33).fill(1),
      ])
        expect(() => group.scalar.decode(bytes)).toThrow(PairingError)
  })

  it('GT elements: one, zero, other orders, coefficients of p and more', () => {
    for (const group of groups()) {
      const good = group.gt.encode(group.gt.generator)
      const one = new Uint8Array(good.length)
      one[95] = 1 // the real part of the first coefficient
      const beyond = Uint8Array.from(good)
      beyond.fill(0xff, 0, 48)
      for (const bytes of [one, new Uint8Array(good.length), beyond, good.subarray(1), new Uint8Array(577)]) {
        expect(() => group.gt.decode(bytes)).toThrow(PairingError)
        expect(() => group.gt.unsafeDecodeWithoutSubgroupCheck(bytes)).toThrow(PairingError)
      }
      const five = Uint8Array.from(one)
      five[95] = 5
      expect(() => group.gt.decode(five)).toThrow(PairingError)
    }
  })
})

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/** Euler's criterion for x³ + 4. */
function isOnCurve(x: number): boolean {
  let result = 1n
  let base = (BigInt(x) ** 3n + 4n) % P
  for (let e = (P - 1n) / 2n; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * base) % P
    base = (base * base) % P
  }
  return result === 1n
}
