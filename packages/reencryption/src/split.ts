import { assertBytes, concatBytes, equalBytes, xorBytes } from '@warren/primitives/bytes'
import { randomScalar } from '@warren/primitives/hash-to-field'
import {
  type ElementGT,
  G1_BYTES,
  type LinesG2,
  type PairingGroup,
  type PointG1,
  type Scalar,
} from '@warren/primitives/pairing'
import { Secret } from '@warren/primitives/secret'
import { type ConstantsCache, remembered } from './cache.ts'
import { guarded, refuse } from './errors.ts'
import { isKind, MAX_LEVEL } from './format.ts'
import { keysOf } from './keys.ts'
import {
  knowledgeHolds,
  knowledgeHoldsFor,
  pairKnowledgeHolds,
  proveKnowledge,
  provePairKnowledge,
} from './knowledge.ts'
import {
  decodeCapsule,
  decodePath,
  encodeBefore,
  encodeCapsule,
  type Origin,
  payloadBytes,
  SEED_BYTES,
  type SplitBlock,
  type SplitCapsule,
} from './split-capsule.ts'
import { edgeName, edgePad, type LearnedEdge } from './split-edge.ts'
import { decodeKey, decodeLocked, encodeKey, encodeLocked, type SplitKey } from './split-key.ts'
import { openPathPayload, splitPath } from './split-path.ts'
import type { Suite } from './suite.ts'
import { domain } from './transcript.ts'

/*
 * Suite `split`: key splitting (Dodis and Ivan 2003) in the multi-use setting. A's secret a is split into τ, which the
 * proxy holds, and D = τ⁻¹aQ, which the receiver holds. Re-encryption needs no pairing. Experimental: there is a sketch
 * of a proof, not a proof. README.md says where it ends.
 */

const ID = 'split'
const RANDOMNESS = domain(ID, 'randomness')
const KEY = domain(ID, 'key')
const SEED_MASK = domain(ID, 'seed-mask')
const ORIGIN = domain(ID, 'origin')
const EDGE = domain(ID, 'edge')
const TRANSCRIPT = domain(ID, 'transcript')
const BLOCK_MASK = domain(ID, 'block-mask')
const BLOCK = domain(ID, 'block')

export function split(group: PairingGroup): Suite {
  const { g1, g2, gt } = group
  const keys = keysOf(group, ID)

  const point = (bytes: Uint8Array, cache?: ConstantsCache): PointG1 =>
    remembered(cache, 'point', bytes, () => g1.decode(bytes))
  const originStatement = ({ c1, masked }: Origin, owner: Uint8Array, context: Uint8Array) => [
    c1,
    masked,
    owner,
    context,
  ]
  const edgeStatement = (key: SplitKey) => [key.from, key.to, key.r, key.maskedD, key.tau]
  const transcriptOf = (
    capsule: SplitCapsule,
    position: number,
    { from, r, maskedD }: Pick<SplitBlock, 'from' | 'r' | 'maskedD'>,
  ) => TRANSCRIPT.bytes(32, encodeBefore(capsule, position), from, r, maskedD)
  const blockPad = (
    shared: ElementGT,
    s: Uint8Array,
    receiver: Uint8Array,
    transcript: Uint8Array,
    length: number,
  ) => BLOCK_MASK.bytes(length, gt.encode(shared), s, receiver, transcript)
  const blockStatement = (block: SplitBlock, receiver: Uint8Array, transcript: Uint8Array) => [
    block.s,
    block.payload,
    receiver,
    transcript,
  ]
  /** aQ with its lines: the secret that pairs with whatever was made under Z_A. */
  const secretLines = (
    secret: { scalar: Scalar; publicBytes: Uint8Array },
    cache?: ConstantsCache,
  ): LinesG2 =>
    remembered(cache, 'X', secret.publicBytes, () => group.lines(g2.multiplyGenerator(secret.scalar)))
  function newestBlock(capsule: SplitCapsule, receiver: Uint8Array): { block: SplitBlock; s: PointG1 } {
    const position = capsule.blocks.length - 1
    const block = capsule.blocks[position]
    if (block === undefined) return refuse()
    const transcript = transcriptOf(capsule, position, block)
    const s = g1.decode(block.s)
    if (!knowledgeHolds(group, BLOCK, s, blockStatement(block, receiver, transcript), block.proof)) refuse()
    return { block, s }
  }

  /** T = Z_A^r, and what was learned of the chain's edges on the way. */
  function sharedElement(
    capsule: SplitCapsule,
    secret: { scalar: Scalar; publicBytes: Uint8Array },
    cache: ConstantsCache | undefined,
  ): { shared: ElementGT; learned: LearnedEdge[] } {
    const learned: LearnedEdge[] = []
    const { blocks } = capsule
    if (blocks.length === 0) {
      const c1 = g1.decode(capsule.origin.c1)
      return { shared: pairOwn(c1, secret, cache), learned }
    }
    let { s } = newestBlock(capsule, secret.publicBytes)
    /** τR' of the edge before, decoded only where its D is not known yet. */
    let movedR: Uint8Array | undefined
    /** Pairs a point with the secret of the block's receiver: the holder's own, or the D of the edge after. */
    let pairSecret = (at: PointG1): ElementGT => pairOwn(at, secret, cache)
    for (let position = blocks.length - 1; ; position--) {
      const block = blocks[position] as SplitBlock
      const receiver = blocks[position + 1]?.from ?? secret.publicBytes
      const name = edgeName(secret.publicBytes, block.from, receiver, block.r, block.maskedD)
      let lines = cache?.recall('D', name) as LinesG2 | undefined
      if (lines === undefined) {
        const pad = edgePad(
          gt.encode(pairSecret(g1.decode(movedR ?? block.r))),
          block.r,
          block.from,
          receiver,
        )
        lines = group.lines(g2.decode(xorBytes(block.maskedD, pad)))
        learned.push({ name, lines })
      }
      const transcript = transcriptOf(capsule, position, block)
      const pad = blockPad(pairSecret(s), block.s, receiver, transcript, payloadBytes(position))
      const payload = xorBytes(block.payload, pad)
      const next = g1.decode(payload.subarray(0, G1_BYTES))
      const d = lines
      if (position === 0) return { shared: group.pair(next, d), learned }
      s = next
      movedR = payload.subarray(G1_BYTES)
      pairSecret = (at) => group.pair(at, d)
    }
  }

  function pairOwn(
    at: PointG1,
    secret: { scalar: Scalar; publicBytes: Uint8Array },
    cache: ConstantsCache | undefined,
  ): ElementGT {
    return cache === undefined
      ? group.pair(g1.multiply(at, secret.scalar), group.generatorLines)
      : group.pair(at, secretLines(secret, cache))
  }

  /** Fujisaki and Okamoto's check: the seed gives the randomness, and C1 and its proof must come out of it. */
  function openOrigin(origin: Origin, shared: ElementGT, owner: Uint8Array, context: Uint8Array): Secret {
    const pad = SEED_MASK.bytes(SEED_BYTES, gt.encode(shared), origin.c1, owner, context)
    const seed = xorBytes(origin.masked, pad)
    const r = RANDOMNESS.scalar(group, seed, owner, context)
    if (!equalBytes(g1.encode(g1.multiplyGenerator(r)), origin.c1)) refuse()
    if (!knowledgeHoldsFor(group, ORIGIN, r, originStatement(origin, owner, context), origin.proof)) refuse()
    return new Secret(KEY.bytes(32, seed, origin.c1, owner, context))
  }

  function requireEdgeProof(key: SplitKey): void {
    const points = [g1.decode(key.r), g1.decode(key.from)] as const
    g1.decode(key.to)
    group.scalar.decode(key.tau)
    if (!pairKnowledgeHolds(group, EDGE, ...points, edgeStatement(key), key.proof)) refuse()
  }

  const reencrypt: Suite['reencrypt'] = (rk, bytes, rng, cache, rkBefore) =>
    guarded(() => {
      const key = decodeKey(rk)
      const capsule = decodeCapsule(bytes)
      const position = capsule.blocks.length
      if (position + 2 > MAX_LEVEL) refuse()
      const tau = group.scalar.decode(key.tau)
      const receiver = { point: point(key.to, cache), bytes: key.to }
      let clear: Uint8Array
      if (position === 0) clear = g1.encode(g1.multiply(g1.decode(capsule.origin.c1), tau))
      else {
        const { block, s } = newestBlock(capsule, key.from)
        // Were R' whatever a stranger chose, τR' would be a decryption for the asking: it must be a registered edge's.
        const before = rkBefore === undefined ? refuse() : decodeKey(rkBefore)
        const isEdge =
          equalBytes(before.from, block.from) &&
          equalBytes(before.to, key.from) &&
          equalBytes(before.r, block.r) &&
          equalBytes(before.maskedD, block.maskedD)
        if (!isEdge) refuse()
        const moved = remembered(cache, 'τR', concatBytes(key.tau, block.r), () =>
          g1.encode(g1.multiply(g1.decode(block.r), tau)),
        )
        clear = concatBytes(g1.encode(g1.multiply(s, tau)), moved)
      }
      const s = randomScalar(group, rng)
      const start = {
        from: key.from,
        r: key.r,
        maskedD: key.maskedD,
        s: g1.encode(g1.multiplyGenerator(s)),
      }
      const transcript = transcriptOf(capsule, position, start)
      const pad = blockPad(keys.maskFor(receiver, s, cache), start.s, key.to, transcript, clear.length)
      const unproved = { ...start, payload: xorBytes(clear, pad), proof: new Uint8Array(0) }
      const proof = proveKnowledge(group, BLOCK, s, blockStatement(unproved, key.to, transcript), rng)
      return encodeCapsule({ ...capsule, blocks: [...capsule.blocks, { ...unproved, proof }] })
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
        const seed = rng.bytes(SEED_BYTES)
        const r = RANDOMNESS.scalar(group, seed, owner.bytes, context)
        const c1 = g1.encode(g1.multiplyGenerator(r))
        const shared = gt.encode(keys.maskFor(owner, r, cache))
        const masked = xorBytes(seed, SEED_MASK.bytes(SEED_BYTES, shared, c1, owner.bytes, context))
        const unproved = { c1, masked, proof: new Uint8Array(0) }
        const statement = originStatement(unproved, owner.bytes, context)
        const origin = { c1, masked, proof: proveKnowledge(group, ORIGIN, r, statement, rng) }
        const key = new Secret(KEY.bytes(32, seed, c1, owner.bytes, context))
        seed.fill(0)
        return { key, capsule: encodeCapsule({ origin, blocks: [] }) }
      }),

    checkCapsule: (bytes, publicKey, context) =>
      guarded(() => {
        assertBytes(context, 'context')
        const owner = keys.readPublicKey(publicKey)
        const { origin, blocks } = decodeCapsule(bytes)
        if (blocks.length !== 0) refuse()
        const statement = originStatement(origin, owner.bytes, context)
        if (!knowledgeHolds(group, ORIGIN, g1.decode(origin.c1), statement, origin.proof)) refuse()
      }),

    reencryptionKey: (secretKeyA, publicKeyB, rng, cache) =>
      guarded(() => {
        const a = keys.readSecretKey(secretKeyA)
        const b = keys.readPublicKey(publicKeyB, cache)
        const r = randomScalar(group, rng)
        const tau = randomScalar(group, rng)
        const d = g2.multiplyGenerator(group.scalar.multiply(group.scalar.invert(tau), a.scalar))
        const rBytes = g1.encode(g1.multiplyGenerator(r))
        const pad = edgePad(gt.encode(keys.maskFor(b, r, cache)), rBytes, a.publicBytes, b.bytes)
        const unproved = {
          from: a.publicBytes,
          to: b.bytes,
          r: rBytes,
          maskedD: xorBytes(g2.encode(d), pad),
          tau: group.scalar.encode(tau),
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
        requireEdgeProof(key)
      }),

    reencrypt,
    reencryptAlong: (chain, capsule, rng, cache) =>
      chain.reduce((current, rk, at) => reencrypt(rk, current, rng, cache, chain[at - 1]), capsule),

    levelOf: (capsule) => guarded(() => decodeCapsule(capsule).blocks.length + 1),

    decapsulate: (secretKey, bytes, context, cache) =>
      guarded(() => {
        assertBytes(context, 'context')
        const secret = keys.readSecretKey(secretKey)
        if (isKind(bytes, 'pathCapsule')) {
          const capsule = decodePath(bytes)
          const { shared, owner } = openPathPayload(group, capsule, secret, cache)
          return openOrigin(capsule.origin, shared, owner, context)
        }
        const capsule = decodeCapsule(bytes)
        const { shared, learned } = sharedElement(capsule, secret, cache)
        const owner = capsule.blocks[0]?.from ?? secret.publicBytes
        const key = openOrigin(capsule.origin, shared, owner, context)
        for (const { name, lines } of learned) cache?.keep('D', name, lines)
        return key
      }),

    lockReencryptionKey: (rk) =>
      guarded(() => {
        const key = decodeKey(rk)
        return { locked: encodeLocked(key), secret: new Secret(key.tau) }
      }),

    unlockReencryptionKey: (locked, secret) =>
      guarded(() => {
        const key = { ...decodeLocked(locked), tau: Uint8Array.from(secret.reveal()) }
        requireEdgeProof(key)
        return encodeKey(key)
      }),

    path: splitPath(group, keys),
  }
}
