import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import { randomScalar } from '@warren/primitives/hash-to-field'
import { type PairingGroup, type PointG1, SCALAR_BYTES, type Scalar } from '@warren/primitives/pairing'
import type { Rng } from '@warren/primitives/rng'
import type { Domain } from './transcript.ts'

/*
 * Schnorr's proof of knowledge with a challenge of 16 bytes, made non-interactive by Fiat and Shamir's transform: 48
 * bytes. The commitment U is recomputed by the verifier and not sent.
 */

const CHALLENGE_BYTES = 16
export const PROOF_BYTES = CHALLENGE_BYTES + SCALAR_BYTES

function challengeScalar(group: PairingGroup, challenge: Uint8Array): Scalar {
  const wide = new Uint8Array(48)
  wide.set(challenge, 48 - CHALLENGE_BYTES)
  return group.scalar.fromWide(wide)
}

function challengeOf(use: Domain, commitment: Uint8Array, statement: readonly Uint8Array[]): Uint8Array {
  return use.bytes(CHALLENGE_BYTES, commitment, ...statement)
}

/** Knows x with X = xP. The statement must contain X. */
export function proveKnowledge(
  group: PairingGroup,
  use: Domain,
  x: Scalar,
  statement: readonly Uint8Array[],
  rng: Rng,
): Uint8Array {
  const w = randomScalar(group, rng)
  const challenge = challengeOf(use, group.g1.encode(group.g1.multiplyGenerator(w)), statement)
  const z = group.scalar.add(w, group.scalar.multiply(challengeScalar(group, challenge), x))
  return concatBytes(challenge, group.scalar.encode(z))
}

/** z may be any number below r, zero too: only its value is checked, by the challenge. */
function parts(group: PairingGroup, proof: Uint8Array): { challenge: Uint8Array; z: Scalar } {
  return {
    challenge: proof.subarray(0, CHALLENGE_BYTES),
    z: group.scalar.decode(proof.subarray(CHALLENGE_BYTES)),
  }
}

/** U = zP − cX must give the challenge. May throw PairingError. */
export function knowledgeHolds(
  group: PairingGroup,
  use: Domain,
  point: PointG1,
  statement: readonly Uint8Array[],
  proof: Uint8Array,
): boolean {
  const { challenge, z } = parts(group, proof)
  const c = challengeScalar(group, challenge)
  const commitment = group.g1.add(group.g1.multiplyGenerator(z), group.g1.negate(group.g1.multiply(point, c)))
  return equalBytes(challengeOf(use, group.g1.encode(commitment), statement), challenge)
}

/** The same for a verifier who knows x: U = (z − cx)P, by the generator's table. */
export function knowledgeHoldsFor(
  group: PairingGroup,
  use: Domain,
  x: Scalar,
  statement: readonly Uint8Array[],
  proof: Uint8Array,
): boolean {
  const { challenge, z } = parts(group, proof)
  const cx = group.scalar.multiply(challengeScalar(group, challenge), x)
  const commitment = group.g1.multiplyGenerator(group.scalar.add(z, group.scalar.negate(cx)))
  return equalBytes(challengeOf(use, group.g1.encode(commitment), statement), challenge)
}

/**
 * Knows (x, y) with X = xP and Y = yP, in one response: z = w + h₁x + h₂y, where h₁ and h₂ come from one challenge. The
 * statement must contain X and Y.
 */
export function provePairKnowledge(
  group: PairingGroup,
  use: Domain,
  x: Scalar,
  y: Scalar,
  statement: readonly Uint8Array[],
  rng: Rng,
): Uint8Array {
  const w = randomScalar(group, rng)
  const challenge = challengeOf(use, group.g1.encode(group.g1.multiplyGenerator(w)), statement)
  const [h1, h2] = pairChallenges(group, use, challenge)
  const { add, multiply, encode } = group.scalar
  return concatBytes(challenge, encode(add(w, add(multiply(h1, x), multiply(h2, y)))))
}

/** U = zP − h₁X − h₂Y must give the challenge. May throw PairingError. */
export function pairKnowledgeHolds(
  group: PairingGroup,
  use: Domain,
  x: PointG1,
  y: PointG1,
  statement: readonly Uint8Array[],
  proof: Uint8Array,
): boolean {
  const { challenge, z } = parts(group, proof)
  const [h1, h2] = pairChallenges(group, use, challenge)
  const { add, negate, multiply, multiplyGenerator, encode } = group.g1
  const commitment = add(multiplyGenerator(z), negate(add(multiply(x, h1), multiply(y, h2))))
  return equalBytes(challengeOf(use, encode(commitment), statement), challenge)
}

function pairChallenges(group: PairingGroup, use: Domain, challenge: Uint8Array): [Scalar, Scalar] {
  return [
    challengeScalar(group, challenge),
    challengeScalar(group, use.bytes(CHALLENGE_BYTES, challenge, Uint8Array.of(2))),
  ]
}
