import { assertBytes, compareBytes, utf8 } from '@warren/primitives/bytes'
import { ED25519_PUBLIC_KEY_BYTES } from '@warren/primitives/ed25519'
import { base64urlText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { checkDeviceName, type DeviceName } from './names.ts'

// A device's public identity, docs/formats/identity.md §1. The paper adds "an additional signing key pair per device,
// which certifies the device's encryption pk" (§4.3): the two keys are one identity here, and no part can be changed
// without becoming another device.

/** base64url of the first 16 bytes of the identity's digest: 22 characters. */
export type DeviceId = string & { readonly __brand: 'DeviceId' }

export interface DeviceIdentity {
  /** Ed25519, 32 bytes. */
  readonly signingKey: Uint8Array
  /** Re-encryption public key: opaque here, 1 … 1024 bytes. */
  readonly encryptionKey: Uint8Array
  /** What its owner calls it. Not part of the id: renaming a device does not make another device. */
  readonly name: DeviceName
}

export const DEVICE_ID_BYTES = 16
export const ENCRYPTION_KEY_LIMIT = 1024
const VERSION = 1
const DIGEST_DOMAIN = utf8('warren/identity/device/1')
const NAME_BYTES_LIMIT = 256

/** Makes an identity from parts, checking sizes and the name. Throws TypeError, RangeError, IdentityError. */
export function deviceIdentity(
  signingKey: Uint8Array,
  encryptionKey: Uint8Array,
  name: string,
): DeviceIdentity {
  assertBytes(signingKey, 'signingKey', ED25519_PUBLIC_KEY_BYTES)
  assertBytes(encryptionKey, 'encryptionKey')
  if (encryptionKey.length === 0 || encryptionKey.length > ENCRYPTION_KEY_LIMIT)
    throw new RangeError(
      `encryptionKey: expected 1 … ${ENCRYPTION_KEY_LIMIT} bytes, got ${encryptionKey.length}`,
    )
  return {
    signingKey: Uint8Array.from(signingKey),
    encryptionKey: Uint8Array.from(encryptionKey),
    name: checkDeviceName(name),
  }
}

/** version (1) ‖ signing key (32) ‖ encryption key (u16 length) ‖ name (u16 length, UTF-8). */
export function encodeDeviceIdentity(identity: DeviceIdentity): Uint8Array<ArrayBuffer> {
  assertBytes(identity.signingKey, 'signingKey', ED25519_PUBLIC_KEY_BYTES)
  return new ByteWriter(128)
    .u8(VERSION)
    .raw(identity.signingKey)
    .bytes16(identity.encryptionKey)
    .text16(identity.name)
    .finish()
}

/** Throws DecodeError, or IdentityError for a name that no device may have. */
export function decodeDeviceIdentity(bytes: Uint8Array): DeviceIdentity {
  const reader = new ByteReader(bytes, 'device identity')
  if (reader.u8() !== VERSION) throw new DecodeError('device identity: unknown version')
  const signingKey = reader.raw(ED25519_PUBLIC_KEY_BYTES)
  const encryptionKey = reader.bytes16(ENCRYPTION_KEY_LIMIT)
  const name = reader.text16(NAME_BYTES_LIMIT)
  reader.end()
  if (encryptionKey.length === 0) throw new DecodeError('device identity: no encryption key')
  return { signingKey, encryptionKey, name: checkDeviceName(name) }
}

/** SHA-256 over both keys, each behind its length, in a domain of its own. 32 bytes. The name is not in it. */
export function deviceDigest(identity: Pick<DeviceIdentity, 'signingKey' | 'encryptionKey'>): Uint8Array {
  const body = new ByteWriter(128)
    .bytes8(DIGEST_DOMAIN)
    .bytes16(identity.signingKey)
    .bytes16(identity.encryptionKey)
  return sha256(body.finish())
}

export function deviceId(identity: Pick<DeviceIdentity, 'signingKey' | 'encryptionKey'>): DeviceId {
  return base64urlText.encode(deviceDigest(identity).subarray(0, DEVICE_ID_BYTES)) as DeviceId
}

/** Throws DecodeError unless `text` is the canonical text of 16 bytes. */
export function parseDeviceId(text: string): DeviceId {
  if (base64urlText.decode(text).length !== DEVICE_ID_BYTES)
    throw new DecodeError(`device id: expected ${DEVICE_ID_BYTES} bytes`)
  return text as DeviceId
}

/** The 16 bytes of an id. */
export function deviceIdBytes(id: DeviceId): Uint8Array<ArrayBuffer> {
  return base64urlText.decode(parseDeviceId(id))
}

/** Throws DecodeError unless `bytes` are 16. */
export function deviceIdFromBytes(bytes: Uint8Array): DeviceId {
  return parseDeviceId(base64urlText.encode(bytes))
}

/** The same keys and the same name. */
export function sameDevice(a: DeviceIdentity, b: DeviceIdentity): boolean {
  return compareBytes(encodeDeviceIdentity(a), encodeDeviceIdentity(b)) === 0
}
