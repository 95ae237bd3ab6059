import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, open, seal } from '@warren/primitives/aead'
import { assertBytes, concatBytes, equalBytes } from '@warren/primitives/bytes'
import { randomScalar } from '@warren/primitives/hash-to-field'
import type { ElementGT, PairingGroup, PointG1, PointG2, Scalar } from '@warren/primitives/pairing'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { type ConstantsCache, remembered } from './cache.ts'
import {
  type Block,
  type CaiLiuCapsule,
  DIGEST_BYTES,
  decodeCapsule,
  encodeCapsule,
  encodeUnproved,
} from './cai-liu-capsule.ts'
import { type CaiLiuKey, decodeKey, encodeKey } from './cai-liu-key.ts'
import { guarded, refuse } from './errors.ts'
import { MAX_LEVEL, reader, writer } from './format.ts'
import { keysOf } from './keys.ts'
import {
  knowledgeHolds,
  knowledgeHoldsFor,
  pairKnowledgeHolds,
  proveKnowledge,
  provePairKnowledge,
} from './knowledge.ts'
import type { Suite } from './suite.ts'
import { domain } from './transcript.ts'

/*
 * Suite `cai-liu`: the E-Multi-Use-PRE line (Wang and Cao 2009, Cai and Liu 2014, the scheme of recovery §5.2), moved to
 * a pairing of type 3. Two holes of its deployed implementation are closed: the Fujisaki–Okamoto check refuses a capsule
 * that a stranger changed and signed anew, and the re-encryption key's proof covers D.
 */

const ID = 'cai-liu'
const RANDOMNESS = domain(ID, 'randomness')
const KEY = domain(ID, 'key')
const DIGEST = domain(ID, 'digest')
const ORIGIN = domain(ID, 'origin')
const EDGE = domain(ID, 'edge')
const BLOCK = domain(ID, 'block')
const HASH_TO_G2 = domain(ID, 'hash-to-g2')

const LOCK_BYTES = 32
const NO_NONCE = new Uint8Array(AEAD_NONCE_BYTES)

export function caiLiu(group: PairingGroup): Suite {
  const { g1, g2, gt } = group
  const keys = keysOf(group, ID)

  const powerOfGenerator = gt.fixedBase(gt.generator)
  const randomGt = (rng: Rng): ElementGT => powerOfGenerator(randomScalar(group, rng))
  const h2 = (element: ElementGT): PointG2 => group.hashToG2(gt.encode(element), HASH_TO_G2.tag)
  const point = (bytes: Uint8Array, cache?: ConstantsCache): PointG1 =>
    remembered(cache, 'point', bytes, () => g1.decode(bytes))
  /** Elements that are only multiplied, never raised to a secret: their value is checked by the proofs and at the end. */
  const element = (bytes: Uint8Array): ElementGT => gt.unsafeDecodeWithoutSubgroupCheck(bytes)
  const digestOf = (c2: Uint8Array) => DIGEST.bytes(DIGEST_BYTES, c2)

  /** r = H(m, A, context). */
  const randomnessOf = (m: Uint8Array, owner: Uint8Array, context: Uint8Array): Scalar => {
    const r = RANDOMNESS.scalar(group, m, owner, context)
    return group.scalar.isZero(r) ? refuse() : r
  }
  const originStatement = (c: CaiLiuCapsule, context: Uint8Array) => [c.c1, c.digest, c.owner, context]
  const edgeStatement = (key: CaiLiuKey) => [key.from, key.to, key.r, key.e, key.d]
  /** The receiver is not written into the capsule; the proof binds it. */
  const blockStatement = (c: Omit<CaiLiuCapsule, 'newest'>, receiver: Uint8Array) => [
    encodeUnproved(c),
    receiver,
  ]

  function requireNewestProof(capsule: CaiLiuCapsule, block: Block, receiver: Uint8Array): PointG1 {
    const s = g1.decode(block.s)
    if (capsule.newest === undefined) return refuse()
    if (!knowledgeHolds(group, BLOCK, s, blockStatement(capsule, receiver), capsule.newest)) refuse()
    return s
  }

  /** m of a capsule: the published decryption, with negated points instead of divisions. */
  function messageOf(
    capsule: CaiLiuCapsule,
    secret: { scalar: Scalar; publicBytes: Uint8Array },
    cache: ConstantsCache | undefined,
  ): { m: ElementGT; learned: [Uint8Array, PointG2][] } {
    const c1 = g1.decode(capsule.c1)
    const c2 = element(capsule.c2)
    const minus = group.scalar.negate(secret.scalar)
    const newest = capsule.blocks.at(-1)
    if (newest === undefined) {
      if (!equalBytes(capsule.owner, secret.publicBytes)) refuse()
      if (!equalBytes(capsule.digest, digestOf(capsule.c2))) refuse()
      const unmask = group.pair(g1.multiply(c1, minus), group.generatorLines)
      return { m: gt.multiply(c2, unmask), learned: [] }
    }
    let s = requireNewestProof(capsule, newest, secret.publicBytes)
    // What one holder's edge gives: H₂(K) of each block is constant for a chain, and kept once all has been checked.
    const learned: [Uint8Array, PointG2][] = []
    let hashOfK: PointG2 | undefined
    let hashOfBoth: PointG2 | undefined
    for (let i = capsule.blocks.length - 1; i >= 0; i--) {
      const block = capsule.blocks[i] as Block
      if (i < capsule.blocks.length - 1) s = g1.decode(block.s)
      const after = { hashOfK, hashOfBoth }
      const name = concatBytes(secret.publicBytes, block.r, block.e)
      const known = cache?.recall('H2(K)', name) as PointG2 | undefined
      const unmask = (at: PointG1, masked: Uint8Array, hash: PointG2 | undefined): ElementGT =>
        gt.multiply(
          element(masked),
          hash === undefined
            ? group.pair(g1.multiply(at, minus), group.generatorLines)
            : group.pair(g1.negate(at), hash),
        )
      hashOfK = known ?? h2(unmask(g1.decode(block.r), block.e, after.hashOfK))
      if (known === undefined) learned.push([name, hashOfK])
      hashOfBoth = g2.add(hashOfK, h2(unmask(s, block.f, after.hashOfBoth)))
    }
    return { m: gt.multiply(c2, group.pair(g1.negate(c1), hashOfBoth as PointG2)), learned }
  }

  const reencrypt: Suite['reencrypt'] = (rk, bytes, rng, cache) =>
    guarded(() => {
      const key = decodeKey(rk)
      const capsule = decodeCapsule(bytes)
      if (capsule.blocks.length + 2 > MAX_LEVEL) refuse()
      const d = remembered(cache, 'D', key.d, () => g2.decode(key.d))
      const receiver = { point: point(key.to, cache), bytes: key.to }
      const s = randomScalar(group, rng)
      const k = randomGt(rng)
      const mask = keys.maskFor(receiver, s, cache)
      const block: Block = {
        r: key.r,
        e: key.e,
        s: g1.encode(g1.multiplyGenerator(s)),
        f: gt.encode(gt.multiply(k, mask)),
      }
      const shift = g2.add(d, h2(k))
      const last = capsule.blocks.at(-1)
      let next: Omit<CaiLiuCapsule, 'newest'>
      if (last === undefined) {
        if (!equalBytes(capsule.owner, key.from)) refuse()
        const c2 = gt.multiply(element(capsule.c2), group.pair(g1.decode(capsule.c1), shift))
        next = { ...capsule, c2: gt.encode(c2), blocks: [block] }
      } else {
        const lastS = requireNewestProof(capsule, last, key.from)
        const e = remembered(cache, 'E·e(R,D)', concatBytes(last.r, last.e, key.d), () =>
          gt.encode(gt.multiply(element(last.e), group.pair(g1.decode(last.r), d))),
        )
        const f = gt.encode(gt.multiply(element(last.f), group.pair(lastS, shift)))
        next = { ...capsule, blocks: [...capsule.blocks.slice(0, -1), { ...last, e, f }, block] }
      }
      const newest = proveKnowledge(group, BLOCK, s, blockStatement(next, key.to), rng)
      return encodeCapsule({ ...next, newest })
    })

  return {
    id: ID,
    generateKeyPair: keys.generateKeyPair,
    publicKeyOf: keys.publicKeyOf,
    provePossession: keys.provePossession,
    checkPossession: keys.checkPossession,

    encapsulate: (publicKey, context, rng, cache) =>
      guarded(() => {
        assertBytes(context, 'context')
        const owner = keys.readPublicKey(publicKey, cache)
        const m = randomGt(rng)
        const mBytes = gt.encode(m)
        const r = randomnessOf(mBytes, owner.bytes, context)
        const c1 = g1.encode(g1.multiplyGenerator(r))
        const mask = keys.maskFor(owner, r, cache)
        const c2 = gt.encode(gt.multiply(m, mask))
        const unproved = {
          owner: owner.bytes,
          c1,
          digest: digestOf(c2),
          c2,
          blocks: [],
          newest: undefined,
          origin: new Uint8Array(0),
        }
        const origin = proveKnowledge(group, ORIGIN, r, originStatement(unproved, context), rng)
        return {
          key: new Secret(KEY.bytes(32, mBytes, c1, owner.bytes, context)),
          capsule: encodeCapsule({ ...unproved, origin }),
        }
      }),

    checkCapsule: (bytes, publicKey, context) =>
      guarded(() => {
        assertBytes(context, 'context')
        const owner = keys.readPublicKey(publicKey)
        const capsule = decodeCapsule(bytes)
        if (capsule.blocks.length !== 0) refuse()
        if (!equalBytes(capsule.owner, owner.bytes)) refuse()
        if (!equalBytes(capsule.digest, digestOf(capsule.c2))) refuse()
        const c1 = g1.decode(capsule.c1)
        if (!knowledgeHolds(group, ORIGIN, c1, originStatement(capsule, context), capsule.origin)) refuse()
        gt.decode(capsule.c2)
      }),

    reencryptionKey: (secretKeyA, publicKeyB, rng, cache) =>
      guarded(() => {
        const a = keys.readSecretKey(secretKeyA)
        const b = keys.readPublicKey(publicKeyB, cache)
        const r = randomScalar(group, rng)
        const k = randomGt(rng)
        const mask = keys.maskFor(b, r, cache)
        const unproved = {
          from: a.publicBytes,
          to: b.bytes,
          r: g1.encode(g1.multiplyGenerator(r)),
          e: gt.encode(gt.multiply(k, mask)),
          d: g2.encode(g2.add(h2(k), g2.multiplyGenerator(group.scalar.negate(a.scalar)))),
          proof: new Uint8Array(0),
        }
        const proof = provePairKnowledge(group, EDGE, r, a.scalar, edgeStatement(unproved), rng)
        return encodeKey({ ...unproved, proof })
      }),

    checkReencryptionKey: (rk, publicKeyA, publicKeyB) =>
      guarded(() => {
        const a = keys.readPublicKey(publicKeyA)
        const b = keys.readPublicKey(publicKeyB)
        const key = decodeKey(rk)
        if (!equalBytes(key.from, a.bytes) || !equalBytes(key.to, b.bytes)) refuse()
        const r = g1.decode(key.r)
        if (!pairKnowledgeHolds(group, EDGE, r, a.point, edgeStatement(key), key.proof)) refuse()
        g2.decode(key.d)
        gt.decode(key.e)
      }),

    reencrypt,
    reencryptAlong: (chain, capsule, rng, cache) =>
      chain.reduce((current, rk) => reencrypt(rk, current, rng, cache), capsule),

    levelOf: (capsule) => guarded(() => decodeCapsule(capsule).blocks.length + 1),

    decapsulate: (secretKey, bytes, context, cache) =>
      guarded(() => {
        assertBytes(context, 'context')
        const secret = keys.readSecretKey(secretKey)
        const capsule = decodeCapsule(bytes)
        const { m, learned } = messageOf(capsule, secret, cache)
        const mBytes = gt.encode(m)
        const r = randomnessOf(mBytes, capsule.owner, context)
        if (!equalBytes(g1.encode(g1.multiplyGenerator(r)), capsule.c1)) refuse()
        if (!knowledgeHoldsFor(group, ORIGIN, r, originStatement(capsule, context), capsule.origin)) refuse()
        for (const [name, value] of learned) cache?.keep('H2(K)', name, value)
        return new Secret(KEY.bytes(32, mBytes, capsule.c1, capsule.owner, context))
      }),

    lockReencryptionKey: (rk, rng) =>
      guarded(() => {
        decodeKey(rk)
        const secret = rng.bytes(LOCK_BYTES)
        const to = writer(ID, 'lockedReencryptionKey')
        // The secret is fresh and seals once: its nonce may be constant.
        const locked = to.raw(seal(secret, NO_NONCE, rk, new Uint8Array(0))).finish()
        return { locked, secret: new Secret(secret) }
      }),

    unlockReencryptionKey: (locked, secret) =>
      guarded(() => {
        const from = reader(locked, ID, 'lockedReencryptionKey')
        if (secret.length !== LOCK_BYTES || from.remaining < AEAD_TAG_BYTES) refuse()
        const rk = open(secret.reveal(), NO_NONCE, from.raw(from.remaining), new Uint8Array(0))
        decodeKey(rk)
        return rk
      }),
  }
}
