import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import type { Keystore } from './keystore.ts'
import { keystoreUnderKey } from './sealing.ts'

/**
 * A keystore under a key (32 bytes) that lies in the open beside the blobs: for scripted set-ups such as tests and the
 * demo. Takes the key over and clears it on `close`.
 */
export function unsafeUnprotectedKeystoreUnderKey(key: Secret, rng: Rng): Keystore {
  return keystoreUnderKey(key, rng, {
    kind: 'unprotected',
    hardware: false,
    note: 'Nothing protects the keys on this device but the permissions of a file: whoever reads the file has them.',
  })
}
