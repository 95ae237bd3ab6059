import { Secret } from '@warren/primitives/secret'
import { testRng } from '@warren/testkit/rng'
import { type DeviceIdentity, deviceIdentity, type Signer, softwareSigner } from '../src/index.ts'

/** A device with a signing key of its own and 96 bytes that stand for a re-encryption public key. */
export function testDevice(name: string): { identity: DeviceIdentity; signer: Signer } {
  const rng = testRng(name)
  const signer = softwareSigner(new Secret(rng.bytes(32)))
  return { identity: deviceIdentity(signer.publicKey, rng.bytes(96), name), signer }
}
