import { encodeDeviceIdentity } from '@warren/identity'
import { equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha256 } from '@warren/primitives/hash'
import { hmacSha256 } from '@warren/primitives/kdf'
import type { Secret } from '@warren/primitives/secret'
import { ByteWriter } from '@warren/primitives/wire'
import type { EnrolledDevice } from './account-entry.ts'
import { type AccountId, accountIds, type EnrolmentId, enrolmentIds } from './ids.ts'

/**
 * (1) the single-use code that the two devices share authenticates the new device's keys to the primary one, so that
 * the service between them cannot put keys of its own in their place.
 */
export function enrolmentTag(
  secret: Secret,
  account: AccountId,
  enrolment: EnrolmentId,
  device: EnrolledDevice,
): Uint8Array {
  const message = new ByteWriter(1024)
    .raw(utf8('warren/enrolment/1'))
    .raw(accountIds.toBytes(account))
    .raw(enrolmentIds.toBytes(enrolment))
    .bytes16(encodeDeviceIdentity(device.identity))
    .bytes16(device.possession)
    .finish()
  return hmacSha256(secret.reveal(), message)
}

export function isEnrolmentTag(
  tag: Uint8Array,
  secret: Secret,
  account: AccountId,
  enrolment: EnrolmentId,
  device: EnrolledDevice,
): boolean {
  return equalBytes(tag, enrolmentTag(secret, account, enrolment, device))
}

/** What the service keeps of an invitation: enough to recognise its secret, not enough to use it. */
export function invitationHash(secret: Secret): Uint8Array {
  return sha256(utf8('warren/invitation/1'), secret.reveal())
}
