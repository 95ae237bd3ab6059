import { randomScalar } from '@warren/primitives/hash-to-field'
import {
  type ElementGT,
  G1_BYTES,
  type PairingGroup,
  type PointG1,
  SCALAR_BYTES,
  type Scalar,
} from '@warren/primitives/pairing'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { type ConstantsCache, remembered } from './cache.ts'
import { guarded, refuse } from './errors.ts'
import { reader, writer } from './format.ts'
import { knowledgeHolds, PROOF_BYTES, proveKnowledge } from './knowledge.ts'
import type { KeyPair, Suite, SuiteId } from './suite.ts'
import { domain } from './transcript.ts'

/*
 * Key pairs, alike in both suites: a secret scalar a, and A = aP.
 */

/** A public key as point and as the bytes of the point alone, which are what hashes take. */
export interface PublicKey {
  point: PointG1
  bytes: Uint8Array
}

export interface Keys
  extends Pick<Suite, 'generateKeyPair' | 'publicKeyOf' | 'provePossession' | 'checkPossession'> {
  readPublicKey(publicKey: Uint8Array, cache?: ConstantsCache): PublicKey
  /** a, and A's bytes. */
  readSecretKey(secretKey: Secret): { scalar: Scalar; publicBytes: Uint8Array }
  /** Z_A^exponent for Z_A = e(A, Q): what masks something for A alone. */
  maskFor(publicKey: PublicKey, exponent: Scalar, cache?: ConstantsCache): ElementGT
}

export function keysOf(group: PairingGroup, suite: SuiteId): Keys {
  const possession = domain(suite, 'possession')
  const publicBytesOf = (scalar: Scalar) => group.g1.encode(group.g1.multiplyGenerator(scalar))

  /** The public key of a secret that was used before: public, and no longer held than the secret itself. */
  const known = new WeakMap<Secret, Uint8Array>()

  const readPublicKey = (publicKey: Uint8Array, cache?: ConstantsCache): PublicKey => {
    const from = reader(publicKey, suite, 'publicKey')
    const bytes = from.raw(G1_BYTES)
    from.end()
    return { point: remembered(cache, 'point', bytes, () => group.g1.decode(bytes)), bytes }
  }
  const readScalar = (secretKey: Secret): Scalar => {
    if (!(secretKey instanceof Secret)) throw new TypeError('secretKey: expected a Secret')
    const from = reader(secretKey.reveal(), suite, 'secretKey')
    const bytes = from.raw(SCALAR_BYTES)
    from.end()
    const scalar = group.scalar.decode(bytes)
    bytes.fill(0)
    return scalar
  }
  const writePublicKey = (scalar: Scalar) => writer(suite, 'publicKey').raw(publicBytesOf(scalar)).finish()

  return {
    readPublicKey,
    readSecretKey(secretKey) {
      const scalar = readScalar(secretKey)
      const publicBytes = known.get(secretKey) ?? publicBytesOf(scalar)
      known.set(secretKey, publicBytes)
      return { scalar, publicBytes }
    },
    maskFor({ point, bytes }, exponent, cache) {
      if (cache === undefined) return group.pair(group.g1.multiply(point, exponent), group.generatorLines)
      const power = remembered(cache, 'Z', bytes, () =>
        group.gt.fixedBase(group.pair(point, group.generatorLines)),
      )
      return power(exponent)
    },

    generateKeyPair(rng: Rng): KeyPair {
      const scalar = randomScalar(group, rng)
      const bytes = writer(suite, 'secretKey').raw(group.scalar.encode(scalar)).finish()
      const secretKey = new Secret(bytes)
      bytes.fill(0)
      return { publicKey: writePublicKey(scalar), secretKey }
    },
    publicKeyOf: (secretKey) => guarded(() => writePublicKey(readScalar(secretKey))),

    provePossession: (secretKey, context, rng) =>
      guarded(() => {
        const scalar = readScalar(secretKey)
        const proof = proveKnowledge(group, possession, scalar, [publicBytesOf(scalar), context], rng)
        return writer(suite, 'possession').raw(proof).finish()
      }),
    checkPossession(publicKey, proof, context) {
      const holds = guarded(() => {
        const { point, bytes } = readPublicKey(publicKey)
        const from = reader(proof, suite, 'possession')
        const body = from.raw(PROOF_BYTES)
        from.end()
        return knowledgeHolds(group, possession, point, [bytes, context], body)
      })
      if (!holds) refuse()
    },
  }
}
