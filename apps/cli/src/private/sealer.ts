import type { Keystore } from '@warren/keystore'
import type { KeystoreDirectory } from '@warren/keystore/file-node'
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, open, seal } from '@warren/primitives/aead'
import { concatBytes, utf8 } from '@warren/primitives/bytes'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import type { StateSealer } from '@warren/private-service'

const KEY_FILE = 'state-key.sealed'
const KEY_LABEL = 'warren/private-service/state-key/1'

/**
 * Sealers for what a private service keeps: a keystore is for small secrets, so it seals one key, and that key the
 * rest, each record under its own name.
 */
export async function openSealers(
  directory: KeystoreDirectory,
  keystore: Keystore,
  rng: Rng,
): Promise<(name: string) => StateSealer> {
  if (!(await directory.has(KEY_FILE)))
    await directory.create(KEY_FILE, await keystore.seal(KEY_LABEL, new Secret(rng.bytes(AEAD_KEY_BYTES))))
  const key = await keystore.unseal(KEY_LABEL, await directory.read(KEY_FILE))
  return (name) => ({
    async seal(plaintext) {
      const nonce = rng.bytes(AEAD_NONCE_BYTES)
      return concatBytes(nonce, seal(key.reveal(), nonce, plaintext, utf8(name)))
    },
    async open(sealed) {
      const nonce = sealed.subarray(0, AEAD_NONCE_BYTES)
      return open(key.reveal(), nonce, sealed.subarray(AEAD_NONCE_BYTES), utf8(name))
    },
  })
}
