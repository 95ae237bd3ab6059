import { concatBytes, utf8 } from '@warren/primitives/bytes'
import {
  type Ed25519ExpandedKey,
  ed25519Clamp,
  ed25519MultiplyPoint,
  ed25519MultiplyScalars,
  ed25519PublicKeyOfScalar,
  ed25519SignExpanded,
} from '@warren/primitives/ed25519-expanded'
import { sha3_256, sha512 } from '@warren/primitives/hash'
import { ByteWriter } from '@warren/primitives/wire'
import { TorError } from '../errors.ts'
import type { TimePeriod } from './period.ts'

const DERIVE_KEY = concatBytes(utf8('Derive temporary signing key'), new Uint8Array(1))
const DERIVE_PREFIX = utf8('Derive temporary signing key hash input')
/** The base point, in the text form that C-tor hashes. */
const BASE_POINT = utf8(
  '(15112221349535400772501151409588531511454012693041857206046113283949847762202, ' +
    '46316835694926478169428394003475163141307993866256225615783033603165251855960)',
)
const KEY_BLIND = utf8('key-blind')
const NO_SECRET: Uint8Array = new Uint8Array(0)

/** The key of one period: signs descriptors, names them at the directories, and shows nothing of the identity. */
export interface BlindedKeyPair {
  publicKey: Uint8Array
  /** The private scalar and prefix. */
  key: Ed25519ExpandedKey
}

/**
 * h of rend-spec-v3 appendix A.2, before clamping. `secret` is the specification's optional s: C-tor and Arti always
 * leave it empty, and no directory can tell whether it is.
 */
export function blindingFactor(publicKey: Uint8Array, period: TimePeriod, secret = NO_SECRET): Uint8Array {
  const nonce = new ByteWriter(25).raw(KEY_BLIND).u64(period.number).u64(period.lengthMinutes).finish()
  return sha3_256(DERIVE_KEY, publicKey, secret, BASE_POINT, nonce)
}

/** A' = h·A. Throws TorError `tor/address` where A is no point of the prime-order group. */
export function blindPublicKey(publicKey: Uint8Array, factor: Uint8Array): Uint8Array {
  const blinded = ed25519MultiplyPoint(ed25519Clamp(factor), publicKey)
  if (blinded === undefined)
    throw new TorError(
      'tor/address',
      'The onion address holds no valid service key; check it for typing errors.',
    )
  return blinded
}

/** a' = h·a mod l and RH' (appendix A.2). */
export function blindKeyPair(key: Ed25519ExpandedKey, factor: Uint8Array): BlindedKeyPair {
  const scalar = ed25519MultiplyScalars(ed25519Clamp(factor), key.scalar)
  const prefix = sha512(DERIVE_PREFIX, key.prefix).slice(0, 32)
  return { publicKey: ed25519PublicKeyOfScalar(scalar), key: { scalar, prefix } }
}

export function signWithBlindedKey(pair: BlindedKeyPair, message: Uint8Array): Uint8Array {
  return ed25519SignExpanded(pair.key, message)
}

/** N_hs_subcred [SUBCRED]: binds keys to the service identity A and to one blinded key. */
export function subcredential(publicKey: Uint8Array, blindedKey: Uint8Array): Uint8Array {
  const credential = sha3_256(utf8('credential'), publicKey)
  return sha3_256(utf8('subcredential'), credential, blindedKey)
}
