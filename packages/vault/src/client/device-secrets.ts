import { deviceId, deviceIdentity, softwareSigner } from '@warren/identity'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import type { Suite } from '@warren/reencryption'
import type { EnrolledDevice } from '../protocol/account-entry.ts'
import type { Device } from './environment.ts'

const VERSION = 1
const SEED_BYTES = 32
const STATE_KEY_BYTES = 32
const MAX_SECRET_KEY_BYTES = 1024

/** What the keystore seals for a device: never exported, never sent. */
export interface DeviceKeyMaterial {
  signingSeed: Secret
  encryptionKey: Secret
  stateKey: Secret
}

/** Makes the keys of a new device, on the device. */
export function generateKeyMaterial(suite: Suite, rng: Rng): DeviceKeyMaterial {
  return {
    signingSeed: new Secret(rng.bytes(SEED_BYTES)),
    encryptionKey: suite.generateKeyPair(rng).secretKey,
    stateKey: new Secret(rng.bytes(STATE_KEY_BYTES)),
  }
}

/** version u8 ‖ signing seed 32 ‖ state key 32 ‖ re-encryption secret key bytes16. */
export function encodeKeyMaterial(keys: DeviceKeyMaterial): Secret {
  const bytes = new ByteWriter(256)
    .u8(VERSION)
    .raw(keys.signingSeed.reveal())
    .raw(keys.stateKey.reveal())
    .bytes16(keys.encryptionKey.reveal())
    .finish()
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

/** Throws DecodeError. */
export function decodeKeyMaterial(encoded: Secret): DeviceKeyMaterial {
  const reader = new ByteReader(encoded.reveal(), 'device keys')
  if (reader.u8() !== VERSION) throw new DecodeError('device keys: unknown version')
  const signingSeed = new Secret(reader.raw(SEED_BYTES))
  const stateKey = new Secret(reader.raw(STATE_KEY_BYTES))
  const encryptionKey = new Secret(reader.bytes16(MAX_SECRET_KEY_BYTES))
  reader.end()
  return { signingSeed, encryptionKey, stateKey }
}

/** A device ready for use. `encryptionPublicKey` is what its owner's log says, so that no pairing library is needed. */
export function deviceOf(keys: DeviceKeyMaterial, name: string, encryptionPublicKey: Uint8Array): Device {
  const signer = softwareSigner(keys.signingSeed)
  const identity = deviceIdentity(signer.publicKey, encryptionPublicKey, name)
  return {
    id: deviceId(identity),
    identity,
    secrets: { signer, encryptionKey: keys.encryptionKey, stateKey: keys.stateKey },
  }
}

/** What the device shows when it is brought into an account. */
export function enrolledDevice(device: Device, suite: Suite, rng: Rng): EnrolledDevice {
  const { identity, secrets } = device
  return { identity, possession: suite.provePossession(secrets.encryptionKey, identity.signingKey, rng) }
}
