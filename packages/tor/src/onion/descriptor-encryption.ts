import { aesCtr } from '@warren/primitives/aes-ctr'
import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha3_256, shake256 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { ByteWriter } from '@warren/primitives/wire'

const SALT_BYTES = 16
const KEY_BYTES = 32
const IV_BYTES = 16
const MAC_BYTES = 32

/** STRING_CONSTANT of the two layers (rend-spec-v3 §2.5.1.1 and §2.5.2.1). */
export type DescriptorLayer = 'hsdir-superencrypted-data' | 'hsdir-encrypted-data'

/** What the keys of one layer depend on [HS-DESC-ENCRYPTION-KEYS]. */
export interface LayerSecret {
  layer: DescriptorLayer
  /** SECRET_DATA: the blinded key, and behind it the descriptor cookie where there is one. */
  secretData: Uint8Array
  subcredential: Uint8Array
  revision: number
}

function layerKeys(secret: LayerSecret, salt: Uint8Array) {
  const revision = new ByteWriter(8).u64(secret.revision).finish()
  const keys = shake256(
    KEY_BYTES + IV_BYTES + MAC_BYTES,
    secret.secretData,
    secret.subcredential,
    revision,
    salt,
    utf8(secret.layer),
  )
  return {
    key: keys.subarray(0, KEY_BYTES),
    iv: keys.subarray(KEY_BYTES, KEY_BYTES + IV_BYTES),
    macKey: keys.subarray(KEY_BYTES + IV_BYTES),
  }
}

function layerMac(macKey: Uint8Array, salt: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const lengthOf = (bytes: Uint8Array) => new ByteWriter(8).u64(bytes.length).finish()
  return sha3_256(lengthOf(macKey), macKey, lengthOf(salt), salt, ciphertext)
}

/** salt | ciphertext | MAC. */
export function encryptLayer(secret: LayerSecret, plaintext: Uint8Array, rng: Rng): Uint8Array {
  // The salt is hashed (§2.5.3), so that no directory sees raw output of the generator.
  const salt = sha3_256(rng.bytes(SALT_BYTES)).slice(0, SALT_BYTES)
  const { key, iv, macKey } = layerKeys(secret, salt)
  const ciphertext = aesCtr(key, iv, plaintext)
  return concatBytes(salt, ciphertext, layerMac(macKey, salt, ciphertext))
}

/** The plaintext, or `undefined` where the MAC does not fit: another key, cookie, revision, or a forgery. */
export function decryptLayer(secret: LayerSecret, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < SALT_BYTES + MAC_BYTES) return undefined
  const salt = sealed.subarray(0, SALT_BYTES)
  const ciphertext = sealed.subarray(SALT_BYTES, sealed.length - MAC_BYTES)
  const { key, iv, macKey } = layerKeys(secret, salt)
  if (!equalBytes(layerMac(macKey, salt, ciphertext), sealed.subarray(sealed.length - MAC_BYTES)))
    return undefined
  return aesCtr(key, iv, ciphertext)
}
