import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, open, seal } from '@warren/primitives/aead'
import { concatBytes, equalBytes, xorBytes } from '@warren/primitives/bytes'
import { randomScalar } from '@warren/primitives/hash-to-field'
import {
  type ElementGT,
  G1_BYTES,
  G2_BYTES,
  type LinesG2,
  type PairingGroup,
  type PointG1,
  type PointG2,
  type Scalar,
} from '@warren/primitives/pairing'
import { type ConstantsCache, remembered } from './cache.ts'
import { guarded, refuse } from './errors.ts'
import { reader, readLevel, writer } from './format.ts'
import type { Keys } from './keys.ts'
import { decodeCapsule, decodePath, encodePath, type Origin, type PathCapsule } from './split-capsule.ts'
import { edgePad } from './split-edge.ts'
import { decodeKey, type SplitKey } from './split-key.ts'
import type { PathForm } from './suite.ts'
import { domain } from './transcript.ts'

/*
 * The path form of `split`. A service that holds every edge of a chain tells the last receiver once how to reach D of
 * the first edge (an opening); from then on a capsule for the owner becomes one for the receiver by two multiplications,
 * and opens by one pairing, however long the chain.
 */

const PATH_MASK = domain('split', 'path-mask')
const OPENING_KEY = domain('split', 'opening-key')
const NO_NONCE = new Uint8Array(AEAD_NONCE_BYTES)

interface KnownPath {
  owner: Uint8Array
  lines: LinesG2
}

const originBytes = ({ c1, masked, proof }: Origin) => concatBytes(c1, masked, proof)

function pathPad(shared: Uint8Array, receiver: Uint8Array, path: Omit<PathCapsule, 'payload'>): Uint8Array {
  return PATH_MASK.bytes(G1_BYTES, shared, path.s, receiver, path.r, originBytes(path.origin))
}

const pathName = (holder: Uint8Array, r: Uint8Array) => concatBytes(holder, r)

/** T = Z_A^r of a path capsule and its owner A, by the D that an opening gave. */
export function openPathPayload(
  group: PairingGroup,
  path: PathCapsule,
  secret: { scalar: Scalar; publicBytes: Uint8Array },
  cache: ConstantsCache | undefined,
): { shared: ElementGT; owner: Uint8Array } {
  const known = cache?.recall('path', pathName(secret.publicBytes, path.r)) as KnownPath | undefined
  if (known === undefined) return refuse()
  const { g1 } = group
  const common = g1.encode(g1.multiply(g1.decode(path.s), secret.scalar))
  const c1 = g1.decode(xorBytes(path.payload, pathPad(common, secret.publicBytes, path)))
  return { shared: group.pair(c1, known.lines), owner: known.owner }
}

export function splitPath(group: PairingGroup, keys: Keys): PathForm {
  const { g1, g2, gt, scalar } = group

  /** The edges of a chain, each beginning where the one before ends. */
  function readChain(chain: readonly Uint8Array[]): [first: SplitKey, ...SplitKey[]] {
    const [first, ...rest] = chain.map((rk) => decodeKey(rk))
    if (first === undefined) throw new RangeError('path: the chain has no edge')
    let before = first
    for (const key of rest) {
      if (!equalBytes(before.to, key.from)) refuse()
      before = key
    }
    return [first, ...rest]
  }

  return {
    opening: (chain, rng) =>
      guarded(() => {
        const edges = readChain(chain)
        const last = edges.at(-1) as SplitKey
        const s = randomScalar(group, rng)
        const tau = (key: SplitKey) => scalar.decode(key.tau)
        const to = writer('split', 'pathOpening')
          .u8(edges.length)
          .raw(last.to)
          .raw(g1.encode(g1.multiplyGenerator(s)))
          .raw(g1.encode(g1.multiplyGenerator(tau(edges[0]))))
        for (const { from, r, maskedD } of edges) to.raw(from).raw(r).raw(maskedD)
        const head = to.finish()
        // τR' of each edge and the one before it: with the later edge's D it gives the pad of the earlier one's.
        const moved = edges
          .slice(1)
          .map((key, at) => g1.encode(g1.multiply(g1.decode((edges[at] as SplitKey).r), tau(key))))
        const common = g1.encode(g1.multiply(g1.decode(last.to), s))
        const key = OPENING_KEY.bytes(32, common, head)
        return concatBytes(head, seal(key, NO_NONCE, concatBytes(...moved), head))
      }),

    learn: (secretKey, opening, cache) =>
      guarded(() => {
        const secret = keys.readSecretKey(secretKey)
        const from = reader(opening, 'split', 'pathOpening')
        const count = readLevel(from)
        if (!equalBytes(from.raw(G1_BYTES), secret.publicBytes)) refuse()
        const s = from.raw(G1_BYTES)
        const tauP = g1.decode(from.raw(G1_BYTES))
        const edges = Array.from({ length: count }, () => ({
          from: from.raw(G1_BYTES),
          r: from.raw(G1_BYTES),
          maskedD: from.raw(G2_BYTES),
        }))
        const head = opening.subarray(0, from.offset)
        const sealed = from.raw((count - 1) * G1_BYTES + AEAD_TAG_BYTES)
        from.end()
        const common = g1.encode(g1.multiply(g1.decode(s), secret.scalar))
        const moved = open(OPENING_KEY.bytes(32, common, head), NO_NONCE, sealed, head)

        let receiver = secret.publicBytes
        let d: PointG2 | undefined
        for (let i = count - 1; i >= 0; i--) {
          const edge = edges[i] as (typeof edges)[number]
          const at: PointG1 =
            d === undefined ? g1.decode(edge.r) : g1.decode(moved.subarray(i * G1_BYTES, (i + 1) * G1_BYTES))
          const shared =
            d === undefined
              ? group.pair(g1.multiply(at, secret.scalar), group.generatorLines)
              : group.pair(at, d)
          d = g2.decode(xorBytes(edge.maskedD, edgePad(gt.encode(shared), edge.r, edge.from, receiver)))
          receiver = edge.from
        }
        const [first] = edges
        if (first === undefined || d === undefined) return refuse()
        // e(τP, D) = e(A, Q): the first edge is what it should be.
        const owner = g1.decode(first.from)
        const lines = group.lines(d)
        if (!gt.equal(group.pair(tauP, lines), group.pair(owner, group.generatorLines))) refuse()
        const known: KnownPath = { owner: first.from, lines }
        cache.keep('path', pathName(secret.publicBytes, first.r), known)
      }),

    knows: (publicKey, capsule, cache) =>
      guarded(() => {
        const { bytes } = keys.readPublicKey(publicKey)
        return cache.recall('path', pathName(bytes, decodePath(capsule).r)) !== undefined
      }),

    reencrypt: (chain, capsule, rng, cache) =>
      guarded(() => {
        const edges = readChain(chain)
        const [first] = edges
        const last = edges.at(-1) as SplitKey
        const { origin, blocks } = decodeCapsule(capsule)
        if (blocks.length !== 0) refuse()
        const moved = g1.encode(g1.multiply(g1.decode(origin.c1), scalar.decode(first.tau)))
        // One s serves a first edge and a receiver for as long as the cache holds it: the pad is bound to the capsule, so
        // two capsules never share one.
        const { s, common } = remembered(cache, 'path s', concatBytes(first.tau, last.to), () => {
          const fresh = randomScalar(group, rng)
          return {
            s: g1.encode(g1.multiplyGenerator(fresh)),
            common: g1.encode(g1.multiply(g1.decode(last.to), fresh)),
          }
        })
        const start = { origin, r: first.r, s }
        const pad = pathPad(common, last.to, start)
        return encodePath({ ...start, payload: xorBytes(moved, pad) })
      }),
  }
}
