import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, open, seal } from '@warren/primitives/aead'
import { assertBytes, concatBytes, utf8 } from '@warren/primitives/bytes'
import { hkdfSha256 } from '@warren/primitives/kdf'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ByteWriter } from '@warren/primitives/wire'
import { doesNotOpen, KeystoreError } from './errors.ts'
import { type Keystore, type KeystoreDescription, SECRET_LIMIT } from './keystore.ts'

// The sealed blob of every keystore that holds a 32-byte key itself, docs/formats/keystore.md §1.

const MAGIC = utf8('WKS1')
const SALT_BYTES = 32
const HEADER_BYTES = MAGIC.length + SALT_BYTES
export const KEYSTORE_KEY_BYTES = 32

// Every blob has a key of its own, by a random salt, so that the nonce may be constant (RFC 8439 §2.8 asks for a
// nonce that is never used twice with one key).
const NONCE = new Uint8Array(AEAD_NONCE_BYTES)

function labelBytes(label: string): Uint8Array {
  const bytes = utf8(label)
  if (bytes.length === 0 || bytes.length > 255)
    throw new RangeError(`label: expected 1 … 255 bytes, got ${bytes.length}`)
  return bytes
}

function withBlobKey<T>(
  key: Secret,
  header: Uint8Array,
  label: string,
  use: (key: Uint8Array, associatedData: Uint8Array) => T,
): T {
  const name = labelBytes(label)
  const info = new ByteWriter(300).raw(utf8('warren/keystore/blob/1')).u8(0).bytes8(name).finish()
  const blobKey = hkdfSha256(key.reveal(), header.subarray(MAGIC.length), info, AEAD_KEY_BYTES)
  try {
    return use(blobKey, concatBytes(header, name))
  } finally {
    blobKey.fill(0)
  }
}

/** A keystore over a key in memory (32 bytes), which it takes over and clears on `close`. */
export function keystoreUnderKey(key: Secret, rng: Rng, description: KeystoreDescription): Keystore {
  if (key.length !== KEYSTORE_KEY_BYTES)
    throw new RangeError(`key: expected ${KEYSTORE_KEY_BYTES} bytes, got ${key.length}`)
  let closed = false
  const assertOpen = () => {
    if (closed) throw new KeystoreError('keystore/closed', 'usage', 'keystore is closed: open it again')
  }
  return {
    async seal(label, secret) {
      assertOpen()
      if (secret.length > SECRET_LIMIT)
        throw new RangeError(`secret: ${secret.length} bytes, the limit is ${SECRET_LIMIT}`)
      const header = concatBytes(MAGIC, rng.bytes(SALT_BYTES))
      const body = withBlobKey(key, header, label, (k, ad) => seal(k, NONCE, secret.reveal(), ad))
      return concatBytes(header, body)
    },
    async unseal(label, sealed) {
      assertOpen()
      assertBytes(sealed, 'sealed')
      if (sealed.length < HEADER_BYTES + AEAD_TAG_BYTES) throw doesNotOpen()
      if (sealed.length > HEADER_BYTES + SECRET_LIMIT + AEAD_TAG_BYTES) throw doesNotOpen()
      const header = sealed.subarray(0, HEADER_BYTES)
      let opened: Uint8Array
      try {
        // The magic is in the associated data: a changed one does not open either.
        opened = withBlobKey(key, header, label, (k, ad) => open(k, NONCE, sealed.subarray(HEADER_BYTES), ad))
      } catch (error) {
        if (error instanceof RangeError) throw error
        throw doesNotOpen()
      }
      const secret = new Secret(opened)
      opened.fill(0)
      return secret
    },
    describe: () => description,
    close() {
      closed = true
      key.clear()
    },
  }
}
