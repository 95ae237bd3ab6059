import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, open, seal } from '@warren/primitives/aead'
import { type Argon2Cost, argon2id } from '@warren/primitives/argon2'
import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { hkdfSha256 } from '@warren/primitives/kdf'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { KeystoreError } from './errors.ts'
import type { Keystore, KeystoreDescription } from './keystore.ts'
import { checkCost, DEFAULT_COST } from './passphrase-cost.ts'
import { KEYSTORE_KEY_BYTES, keystoreUnderKey } from './sealing.ts'

// The passphrase protects one random key, and that key seals the blobs: a changed passphrase writes a new header and
// touches no blob. docs/formats/keystore.md §2.

const MAGIC = utf8('WKP1')
const SALT_BYTES = 16
const NONCE = new Uint8Array(AEAD_NONCE_BYTES)
export const PASSPHRASE_HEADER_BYTES = 4 + 12 + SALT_BYTES + KEYSTORE_KEY_BYTES + AEAD_TAG_BYTES

const DESCRIPTION: KeystoreDescription = {
  kind: 'passphrase',
  hardware: false,
  note: 'Keys on this device are sealed under your passphrase. Who copies the files can try passphrases; who controls this device while it is unlocked can read the keys.',
}

/** NFC, so that the same keys typed on two systems give the same bytes. Throws RangeError if empty or over 1024 bytes. */
export function passphraseSecret(text: string): Secret {
  const bytes = utf8(text.normalize('NFC'))
  if (bytes.length === 0 || bytes.length > 1024) throw new RangeError('passphrase: expected 1 … 1024 bytes')
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

export interface PassphraseOptions {
  /** Default 64 MiB, 3 passes, 4 lanes. */
  readonly cost?: Argon2Cost
  /** Accept a cost that protects nothing (`UNSAFE_TEST_COST`): for tests only. */
  readonly unsafeAcceptLowCost?: boolean
}

function parameters(cost: Argon2Cost, salt: Uint8Array): Uint8Array {
  return new ByteWriter(32).raw(MAGIC).u32(cost.memoryKib).u32(cost.passes).u32(cost.lanes).raw(salt).finish()
}

async function wrappingKey(passphrase: Secret, cost: Argon2Cost, salt: Uint8Array): Promise<Uint8Array> {
  const stretched = await argon2id(passphrase.reveal(), salt, cost, 32)
  const key = hkdfSha256(stretched, undefined, utf8('warren/keystore/passphrase/1'), 32)
  stretched.fill(0)
  return key
}

async function wrap(key: Secret, passphrase: Secret, cost: Argon2Cost, rng: Rng): Promise<Uint8Array> {
  // The salt is fresh for every header, so the wrapping key is too, and the nonce may be constant.
  const start = parameters(cost, rng.bytes(SALT_BYTES))
  const wrapping = await wrappingKey(passphrase, cost, start.subarray(-SALT_BYTES))
  const wrapped = seal(wrapping, NONCE, key.reveal(), start)
  wrapping.fill(0)
  return concatBytes(start, wrapped)
}

function parseHeader(header: Uint8Array): { cost: Argon2Cost; salt: Uint8Array; wrapped: Uint8Array } {
  try {
    const reader = new ByteReader(header, 'passphrase header')
    if (!equalBytes(reader.raw(MAGIC.length), MAGIC))
      throw new DecodeError('passphrase header: not one of ours')
    const cost = { memoryKib: reader.u32(), passes: reader.u32(), lanes: reader.u32() }
    const salt = reader.raw(SALT_BYTES)
    const wrapped = reader.raw(KEYSTORE_KEY_BYTES + AEAD_TAG_BYTES)
    reader.end()
    return { cost, salt, wrapped }
  } catch (cause) {
    throw new KeystoreError('keystore/malformed', 'bad-input', 'keystore header is malformed', { cause })
  }
}

async function unwrap(header: Uint8Array, passphrase: Secret, unsafeAcceptLowCost: boolean): Promise<Secret> {
  const { cost, salt, wrapped } = parseHeader(header)
  checkCost(cost, unsafeAcceptLowCost)
  const wrapping = await wrappingKey(passphrase, cost, salt)
  try {
    const key = open(wrapping, NONCE, wrapped, parameters(cost, salt))
    const secret = new Secret(key)
    key.fill(0)
    return secret
  } catch {
    throw new KeystoreError(
      'keystore/wrong-passphrase',
      'auth-failed',
      'passphrase is wrong, or the keystore was changed',
    )
  } finally {
    wrapping.fill(0)
  }
}

/** A new keystore, and the header (80 bytes, not secret) that opens it again together with the passphrase. */
export async function createPassphraseKeystore(
  passphrase: Secret,
  rng: Rng,
  options: PassphraseOptions = {},
): Promise<{ keystore: Keystore; header: Uint8Array }> {
  const cost = options.cost ?? DEFAULT_COST
  checkCost(cost, options.unsafeAcceptLowCost === true)
  const key = new Secret(rng.bytes(KEYSTORE_KEY_BYTES))
  const header = await wrap(key, passphrase, cost, rng)
  return { keystore: keystoreUnderKey(key, rng, DESCRIPTION), header }
}

/**
 * Derives the key once and keeps it until `close`. Throws KeystoreError `keystore/wrong-passphrase`,
 * `keystore/malformed`, or `keystore/cost` before any memory is spent.
 */
export async function openPassphraseKeystore(
  passphrase: Secret,
  header: Uint8Array,
  rng: Rng,
  options: Pick<PassphraseOptions, 'unsafeAcceptLowCost'> = {},
): Promise<Keystore> {
  const key = await unwrap(header, passphrase, options.unsafeAcceptLowCost === true)
  return keystoreUnderKey(key, rng, DESCRIPTION)
}

/** The header of the same keystore under another passphrase. Blobs stay as they are; the old header still opens them. */
export async function changePassphrase(
  header: Uint8Array,
  from: Secret,
  to: Secret,
  rng: Rng,
  options: PassphraseOptions = {},
): Promise<Uint8Array> {
  const cost = options.cost ?? DEFAULT_COST
  checkCost(cost, options.unsafeAcceptLowCost === true)
  const key = await unwrap(header, from, options.unsafeAcceptLowCost === true)
  try {
    // Awaited here: the key is cleared when this block ends.
    return await wrap(key, to, cost, rng)
  } finally {
    key.clear()
  }
}
