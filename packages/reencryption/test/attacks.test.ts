import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { randomScalar } from '@warren/primitives/hash-to-field'
import type { ElementGT, PairingGroup, PointG1, PointG2, Scalar } from '@warren/primitives/pairing'
import { loadPairing } from '@warren/primitives/pairing-load'
import { ConstantsCache, type KeyPair, loadSuite, ReencryptionError, type Suite } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeCapsule, encodeCapsule, encodeUnproved } from '../src/cai-liu-capsule.ts'
import { decodeKey, encodeKey } from '../src/cai-liu-key.ts'
import { knowledgeHolds, pairKnowledgeHolds, proveKnowledge, provePairKnowledge } from '../src/knowledge.ts'
import * as splitCapsule from '../src/split-capsule.ts'
import { decodeKey as decodeSplitKey, encodeKey as encodeSplitKey } from '../src/split-key.ts'
import { domain } from '../src/transcript.ts'

/*
 * The two holes of the deployed code of this line (specs/reencryption.md), each first against a variant that has it, and
 * then against ours; and the attacks that the other checks are there for.
 */

const rng = testRng('attacks')
const context = utf8('attacks')
let group: PairingGroup
let suite: Suite
let alice: KeyPair
let bob: KeyPair
beforeAll(async () => {
  group = await loadPairing()
  suite = await loadSuite('cai-liu')
  alice = suite.generateKeyPair(rng)
  bob = suite.generateKeyPair(rng)
})

const SIGNED = domain('cai-liu', 'test/signed')

/** As deployed: signed under a key of its own that anybody can replace, and nothing ties the randomness to m. */
interface FlawedCapsule {
  c1: PointG1
  c2: ElementGT
  signer: PointG1
  signature: Uint8Array
}

function flawedSign(c1: PointG1, c2: ElementGT): FlawedCapsule {
  const v = randomScalar(group, rng)
  const signer = group.g1.multiplyGenerator(v)
  const statement = [group.g1.encode(signer), group.g1.encode(c1), group.gt.encode(c2)]
  return { c1, c2, signer, signature: proveKnowledge(group, SIGNED, v, statement, rng) }
}

function flawedOpen(a: Scalar, { c1, c2, signer, signature }: FlawedCapsule): ElementGT {
  const statement = [group.g1.encode(signer), group.g1.encode(c1), group.gt.encode(c2)]
  if (!knowledgeHolds(group, SIGNED, signer, statement, signature)) throw new ReencryptionError()
  return group.gt.multiply(
    c2,
    group.pair(group.g1.multiply(c1, group.scalar.negate(a)), group.generatorLines),
  )
}

describe('a capsule mauled and signed anew by a stranger', () => {
  const shift = () => group.gt.power(group.gt.generator, group.scalar.fromInteger(5n))

  it('is accepted by the flawed variant: its plaintext is moved by a known factor', () => {
    const a = randomScalar(group, rng)
    const m = group.gt.power(group.gt.generator, randomScalar(group, rng))
    const r = randomScalar(group, rng)
    const mask = group.pair(group.g1.multiplyGenerator(group.scalar.multiply(a, r)), group.generatorLines)
    const honest = flawedSign(group.g1.multiplyGenerator(r), group.gt.multiply(m, mask))
    expect(group.gt.equal(flawedOpen(a, honest), m)).toBe(true)
    const mauled = flawedSign(honest.c1, group.gt.multiply(honest.c2, shift()))
    expect(group.gt.equal(flawedOpen(a, mauled), group.gt.multiply(m, shift()))).toBe(true)
  })

  it('is refused by ours, at the service and at the device', () => {
    const { capsule } = suite.encapsulate(alice.publicKey, context, rng)
    const read = decodeCapsule(capsule)
    const c2 = group.gt.encode(group.gt.multiply(group.gt.unsafeDecodeWithoutSubgroupCheck(read.c2), shift()))
    const digest = domain('cai-liu', 'digest').bytes(32, c2)
    // The stranger does not know r: the best she can sign with is a scalar of her own.
    const origin = proveKnowledge(
      group,
      domain('cai-liu', 'origin'),
      randomScalar(group, rng),
      [read.c1, digest, read.owner, context],
      rng,
    )
    for (const proof of [origin, read.origin]) {
      const mauled = encodeCapsule({ ...read, c2, digest, origin: proof })
      expect(() => suite.checkCapsule(mauled, alice.publicKey, context)).toThrow(ReencryptionError)
      expect(() => suite.decapsulate(alice.secretKey, mauled, context)).toThrow(ReencryptionError)
    }
  })

  it('is refused after re-encryption too, though the proxy signs its newest block rightly', () => {
    const { capsule } = suite.encapsulate(alice.publicKey, context, rng)
    const rk = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
    const read = decodeCapsule(suite.reencrypt(rk, capsule, rng))
    const block = read.blocks[0]
    if (block === undefined) throw new Error('level 2 has a block')
    // The malicious proxy mauls C2 and, knowing the s of a block of its own, proves over what it has made.
    const s = randomScalar(group, rng)
    const c2 = group.gt.encode(group.gt.multiply(group.gt.unsafeDecodeWithoutSubgroupCheck(read.c2), shift()))
    const next = { ...read, c2, blocks: [{ ...block, s: group.g1.encode(group.g1.multiplyGenerator(s)) }] }
    const statement = [encodeUnproved(next), bob.publicKey.subarray(2)]
    const newest = proveKnowledge(group, domain('cai-liu', 'block'), s, statement, rng)
    const mauled = encodeCapsule({ ...next, newest })
    expect(() => suite.decapsulate(bob.secretKey, mauled, context)).toThrow(ReencryptionError)
  })
})

describe('a re-encryption key whose D was swapped', () => {
  const swapped = (rk: Uint8Array) => {
    const key = decodeKey(rk)
    const d = group.g2.encode(group.g2.add(group.g2.decode(key.d), group.g2.generator))
    return { key, changed: { ...key, d } }
  }

  it('is accepted where the proof does not cover D', () => {
    const r = randomScalar(group, rng)
    const a = randomScalar(group, rng)
    const [pointR, pointA] = [r, a].map((x) => group.g1.multiplyGenerator(x)) as [PointG1, PointG1]
    const d = group.g2.generator
    const other: PointG2 = group.g2.add(d, group.g2.generator)
    // The one line in which the flawed variant differs: D is not in the statement.
    const statement = [group.g1.encode(pointR), group.g1.encode(pointA)]
    const ours = (point: PointG2) => [...statement, group.g2.encode(point)]
    const flawedProof = provePairKnowledge(group, SIGNED, r, a, statement, rng)
    const proof = provePairKnowledge(group, SIGNED, r, a, ours(d), rng)
    expect(pairKnowledgeHolds(group, SIGNED, pointR, pointA, statement, flawedProof)).toBe(true)
    expect(pairKnowledgeHolds(group, SIGNED, pointR, pointA, ours(d), proof)).toBe(true)
    expect(pairKnowledgeHolds(group, SIGNED, pointR, pointA, ours(other), proof)).toBe(false)
  })

  it('is refused by ours', () => {
    const rk = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
    const { changed } = swapped(rk)
    expect(() => suite.checkReencryptionKey(encodeKey(changed), alice.publicKey, bob.publicKey)).toThrow(
      ReencryptionError,
    )
  })

  it('and were it used, who opens would refuse', () => {
    const rk = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
    const { capsule } = suite.encapsulate(alice.publicKey, context, rng)
    const moved = suite.reencrypt(encodeKey(swapped(rk).changed), capsule, rng)
    expect(() => suite.decapsulate(bob.secretKey, moved, context)).toThrow(ReencryptionError)
  })
})

describe('a service that would spoil the cache of a receiver', () => {
  it('leaves nothing in it with a capsule that is refused', () => {
    const carol = suite.generateKeyPair(rng)
    const ab = suite.reencryptionKey(alice.secretKey, bob.publicKey, rng)
    const bc = suite.reencryptionKey(bob.secretKey, carol.publicKey, rng)
    const { key, capsule } = suite.encapsulate(alice.publicKey, context, rng)
    const honest = suite.reencryptAlong([ab, bc], capsule, rng)

    // Another edge B→C in the last block: K of the edge before comes out wrong, under the name of the right one.
    const read = decodeCapsule(honest)
    const [first, last] = read.blocks
    if (first === undefined || last === undefined) throw new Error('level 3 has two blocks')
    const other = decodeKey(suite.reencryptionKey(bob.secretKey, carol.publicKey, rng))
    const s = randomScalar(group, rng)
    const forged = { ...last, r: other.r, e: other.e, s: group.g1.encode(group.g1.multiplyGenerator(s)) }
    const next = { ...read, blocks: [first, forged] }
    const statement = [encodeUnproved(next), carol.publicKey.subarray(2)]
    const newest = proveKnowledge(group, domain('cai-liu', 'block'), s, statement, rng)

    const cache = new ConstantsCache()
    const open = (bytes: Uint8Array) => suite.decapsulate(carol.secretKey, bytes, context, cache)
    expect(() => open(encodeCapsule({ ...next, newest }))).toThrow(ReencryptionError)
    expect(open(honest).equals(key)).toBe(true)
  })
})

describe('the re-encryption oracle', () => {
  it.each(['cai-liu', 'split'] as const)('takes no shifted C1 into %s', async (id) => {
    const here = await loadSuite(id)
    const owner = here.generateKeyPair(rng)
    const { capsule } = here.encapsulate(owner.publicKey, context, rng)
    const at = id === 'split' ? 3 : 3 + 48
    const c1 = group.g1.decode(capsule.subarray(at, at + 48))
    const shifted = Uint8Array.from(capsule)
    shifted.set(group.g1.encode(group.g1.add(c1, group.g1.generator)), at)
    expect(() => here.checkCapsule(shifted, owner.publicKey, context)).toThrow(ReencryptionError)
  })

  /*
   * `split`, level ≥ 2: the proxy gives the receiver C the point τR'. Were R' anything that a stranger writes, it could be
   * the C1 of a capsule for B, and C, who holds D, would open it whether or not the service meant her to.
   */
  it('of split moves no R that is not of a registered edge', async () => {
    const here = await loadSuite('split')
    const [a, b, c] = [0, 1, 2].map(() => here.generateKeyPair(rng)) as [KeyPair, KeyPair, KeyPair]
    const ab = here.reencryptionKey(a.secretKey, b.publicKey, rng)
    const bc = here.reencryptionKey(b.secretKey, c.publicKey, rng)
    const target = splitCapsule.decodeCapsule(here.encapsulate(b.publicKey, context, rng).capsule)
    const tau = group.scalar.decode(decodeSplitKey(bc).tau)

    // What a proxy without the check would hand out, and what it is worth: Z_B^r of the target.
    const b2 = group.scalar.decode(b.secretKey.reveal().subarray(2))
    const d = group.g2.multiplyGenerator(group.scalar.multiply(group.scalar.invert(tau), b2))
    const c1 = group.g1.decode(target.origin.c1)
    const stolen = group.pair(group.g1.multiply(c1, tau), d)
    expect(group.gt.equal(stolen, group.pair(group.g1.multiply(c1, b2), group.generatorLines))).toBe(true)

    const moved = splitCapsule.decodeCapsule(
      here.reencrypt(ab, here.encapsulate(a.publicKey, context, rng).capsule, rng),
    )
    const [block] = moved.blocks
    if (block === undefined) throw new Error('level 2 has a block')
    const s = randomScalar(group, rng)
    const forged = { ...block, r: target.origin.c1, s: group.g1.encode(group.g1.multiplyGenerator(s)) }
    const before = splitCapsule.encodeBefore(moved, 0)
    const transcript = domain('split', 'transcript').bytes(32, before, forged.from, forged.r, forged.maskedD)
    const statement = [forged.s, forged.payload, b.publicKey.subarray(2), transcript]
    const proof = proveKnowledge(group, domain('split', 'block'), s, statement, rng)
    const bytes = splitCapsule.encodeCapsule({ ...moved, blocks: [{ ...forged, proof }] })
    for (const rkBefore of [ab, undefined])
      expect(() => here.reencrypt(bc, bytes, rng, undefined, rkBefore)).toThrow(ReencryptionError)
    // The proof itself is right: only the registered edge says no.
    const edge = { ...decodeSplitKey(ab), r: forged.r }
    expect(() => here.reencrypt(bc, bytes, rng, undefined, encodeSplitKey(edge))).not.toThrow()
  })
})

describe('collusion of proxy and receiver', () => {
  it('in split gives aQ, which opens everything of the owner, and not a', async () => {
    const here = await loadSuite('split')
    const [a, b] = [0, 1].map(() => here.generateKeyPair(rng)) as [KeyPair, KeyPair]
    const key = decodeSplitKey(here.reencryptionKey(a.secretKey, b.publicKey, rng))
    const bScalar = group.scalar.decode(b.secretKey.reveal().subarray(2))
    const shared = group.pair(group.g1.multiply(group.g1.decode(key.r), bScalar), group.generatorLines)
    const pad = domain('split', 'edge-mask').bytes(96, group.gt.encode(shared), key.r, key.from, key.to)
    const d = group.g2.decode(key.maskedD.map((byte, i) => byte ^ (pad[i] as number)))
    const aQ = group.g2.multiply(d, group.scalar.decode(key.tau))
    const aScalar = group.scalar.decode(a.secretKey.reveal().subarray(2))
    expect(group.g2.equal(aQ, group.g2.multiplyGenerator(aScalar))).toBe(true)
  })

  it('in cai-liu gives H₂(K) − D = aQ as well', () => {
    const key = decodeKey(suite.reencryptionKey(alice.secretKey, bob.publicKey, rng))
    const b = group.scalar.decode(bob.secretKey.reveal().subarray(2))
    const unmask = group.pair(
      group.g1.multiply(group.g1.decode(key.r), group.scalar.negate(b)),
      group.generatorLines,
    )
    const k = group.gt.multiply(group.gt.decode(key.e), unmask)
    const hash = group.hashToG2(group.gt.encode(k), domain('cai-liu', 'hash-to-g2').tag)
    const aQ = group.g2.add(hash, group.g2.negate(group.g2.decode(key.d)))
    const a = group.scalar.decode(alice.secretKey.reveal().subarray(2))
    expect(group.g2.equal(aQ, group.g2.multiplyGenerator(a))).toBe(true)
    expect(equalBytes(concatBytes(key.from), alice.publicKey.subarray(2))).toBe(true)
  })
})
