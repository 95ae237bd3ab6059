import { type DeviceId, deviceIdBytes, deviceIdFromBytes, type Signer, signDetached } from '@warren/identity'
import { concatBytes, equalBytes, utf8 } from '@warren/primitives/bytes'
import { sha256 } from '@warren/primitives/hash'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type AccountId, accountIds, ID_BYTES, type NodeId, nodeIds, type SetupId, setupIds } from './ids.ts'
import { verifies } from './signature.ts'

const APPROVAL_VERSION = 1
const APPROVAL_DOMAIN = 'warren/vault/recovery-approval/1'
const SIGNATURE_BYTES = 64

/** "I am convinced that this new device is hers": what a recovery user signs, after she compared the safety words. */
export interface RecoveryApproval {
  account: AccountId
  setup: SetupId
  newDevice: DeviceId
  approver: { account: AccountId; device: DeviceId }
  /** Length of the approver's account log when she signed: says against which devices the signature is checked. */
  approverSequence: number
}

export interface SignedApproval {
  unverified: RecoveryApproval
  signed: Uint8Array
  signature: Uint8Array
}

export async function signApproval(
  approval: RecoveryApproval,
  signer: Signer,
): Promise<Uint8Array<ArrayBuffer>> {
  const unsigned = new ByteWriter(128)
    .u8(APPROVAL_VERSION)
    .raw(accountIds.toBytes(approval.account))
    .raw(setupIds.toBytes(approval.setup))
    .raw(deviceIdBytes(approval.newDevice))
    .raw(accountIds.toBytes(approval.approver.account))
    .raw(deviceIdBytes(approval.approver.device))
    .u64(approval.approverSequence)
    .finish()
  return concatBytes(unsigned, await signDetached(APPROVAL_DOMAIN, unsigned, signer))
}

/** Throws DecodeError. */
export function decodeApproval(encoded: Uint8Array): SignedApproval {
  const reader = new ByteReader(encoded, 'recovery approval')
  if (reader.u8() !== APPROVAL_VERSION) throw new DecodeError('recovery approval: unknown version')
  const account = accountIds.fromBytes(reader.raw(ID_BYTES))
  const setup = setupIds.fromBytes(reader.raw(ID_BYTES))
  const newDevice = deviceIdFromBytes(reader.raw(ID_BYTES))
  const approver = {
    account: accountIds.fromBytes(reader.raw(ID_BYTES)),
    device: deviceIdFromBytes(reader.raw(ID_BYTES)),
  }
  const approverSequence = reader.u64()
  const signed = encoded.subarray(0, reader.offset)
  const signature = reader.raw(SIGNATURE_BYTES)
  reader.end()
  return { unverified: { account, setup, newDevice, approver, approverSequence }, signed, signature }
}

export function verifyApproval(
  approval: SignedApproval,
  signingKey: Uint8Array,
): RecoveryApproval | undefined {
  return verifies(APPROVAL_DOMAIN, approval, signingKey) ? approval.unverified : undefined
}

/**
 * Fixes one share in the signed setup, so that a wrong one is found and its sender named. A share of a 32-byte random
 * secret is itself as hard to guess, so the hash hides it.
 */
export function commitToShare(setup: SetupId, key: number, share: number, bytes: Uint8Array): Uint8Array {
  return sha256(
    new ByteWriter(64)
      .raw(utf8('warren/share/1'))
      .raw(setupIds.toBytes(setup))
      .u8(key)
      .u8(share)
      .raw(bytes)
      .finish(),
  )
}

export function isCommittedShare(
  commitment: Uint8Array,
  setup: SetupId,
  key: number,
  share: number,
  bytes: Uint8Array,
): boolean {
  return equalBytes(commitment, commitToShare(setup, key, share, bytes))
}

/**
 * (R3) what recovery user i keeps at the service: the i-th share of every re-encryption key's lock, encrypted for her
 * primary device.
 */
export interface SharePackage {
  setup: SetupId
  owner: AccountId
  user: AccountId
  /** The key that `capsule` is for. */
  recipient: NodeId
  capsule: Uint8Array
  sealed: Uint8Array
}

const PACKAGE_VERSION = 1
const MAX_CAPSULE_BYTES = 64 * 1024
const MAX_SEALED_BYTES = 8 * 1024

export function encodeSharePackage(value: SharePackage): Uint8Array<ArrayBuffer> {
  return new ByteWriter(512)
    .u8(PACKAGE_VERSION)
    .raw(setupIds.toBytes(value.setup))
    .raw(accountIds.toBytes(value.owner))
    .raw(accountIds.toBytes(value.user))
    .raw(nodeIds.toBytes(value.recipient))
    .bytes32(value.capsule)
    .bytes16(value.sealed)
    .finish()
}

/** Throws DecodeError. */
export function decodeSharePackage(encoded: Uint8Array): SharePackage {
  const reader = new ByteReader(encoded, 'share package')
  if (reader.u8() !== PACKAGE_VERSION) throw new DecodeError('share package: unknown version')
  const value = {
    setup: setupIds.fromBytes(reader.raw(ID_BYTES)),
    owner: accountIds.fromBytes(reader.raw(ID_BYTES)),
    user: accountIds.fromBytes(reader.raw(ID_BYTES)),
    recipient: nodeIds.fromBytes(reader.raw(ID_BYTES)),
    capsule: reader.bytes32(MAX_CAPSULE_BYTES),
    sealed: reader.bytes16(MAX_SEALED_BYTES),
  }
  reader.end()
  return value
}

/** The context that a package's capsule is bound to. */
export function sharePackageContext(setup: SetupId, user: AccountId): Uint8Array {
  return concatBytes(utf8('warren/share-package/1'), setupIds.toBytes(setup), accountIds.toBytes(user))
}

/** The shares inside a package, one per re-encryption key of the setup. */
export function encodeShares(shares: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 * shares.length).u8(shares.length)
  for (const share of shares) writer.bytes8(share)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeShares(encoded: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(encoded, 'shares')
  const shares = Array.from({ length: reader.u8() }, () => reader.bytes8())
  reader.end()
  return shares
}
