import {
  type DeviceId,
  type DeviceIdentity,
  decodeDeviceIdentity,
  deviceIdBytes,
  deviceIdFromBytes,
  encodeDeviceIdentity,
} from '@warren/identity'
import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import { type AccountId, accountIds, ID_BYTES, type SetupId, setupIds } from './ids.ts'
import { HASH_BYTES } from './log-entry.ts'

/**
 * What happens to an account, one public entry each (paper §4.1–4.3). The account's log is the trust in its keys: a
 * client follows it from the first device to today's.
 */
export type AccountChange =
  | Genesis
  | { kind: 'device-added'; device: EnrolledDevice }
  | { kind: 'device-removed'; device: DeviceId }
  /** (R1) any device of the account becomes its primary. */
  | { kind: 'primary-changed'; primary: DeviceId }
  | { kind: 'recovery-set-up'; setup: RecoverySetup }
  | Recovered

/** (0) set-up: the first device, which is the primary one. */
export interface Genesis {
  kind: 'genesis'
  name: string
  /** Makes two accounts of the same device and name different. */
  salt: Uint8Array
  device: EnrolledDevice
}

/** (R2, R3) a new device, signed by itself, with the approvals that make it the primary one. */
export interface Recovered {
  kind: 'recovered'
  device: EnrolledDevice
  setup: SetupId
  /** Encoded approvals (recovery.ts), from at least `threshold` of the setup's users. */
  approvals: readonly Uint8Array[]
}

/** A device's public keys, with the proof that it holds the secret of its re-encryption key. */
export interface EnrolledDevice {
  identity: DeviceIdentity
  possession: Uint8Array
}

/**
 * Who can bring the account back. With threshold 1 each user can alone (R2). With a higher one (R3) the re-encryption
 * keys to the users are locked, and `commitments[key][share]` fixes every share of every lock.
 */
export interface RecoverySetup {
  id: SetupId
  threshold: number
  users: readonly AccountId[]
  commitments: readonly (readonly Uint8Array[])[]
}

export const MAX_RECOVERY_USERS = 32
export const MAX_ACCOUNT_NAME_BYTES = 128
const SALT_BYTES = 16
const MAX_IDENTITY_BYTES = 1024
const MAX_PROOF_BYTES = 1024
const MAX_APPROVAL_BYTES = 1024

const KINDS = {
  genesis: 1,
  'device-added': 2,
  'device-removed': 3,
  'primary-changed': 4,
  'recovery-set-up': 5,
  recovered: 6,
} as const satisfies Record<AccountChange['kind'], number>

function writeDevice(writer: ByteWriter, device: EnrolledDevice): ByteWriter {
  return writer.bytes16(encodeDeviceIdentity(device.identity)).bytes16(device.possession)
}

function readDevice(reader: ByteReader): EnrolledDevice {
  const identity = decodeDeviceIdentity(reader.bytes16(MAX_IDENTITY_BYTES))
  return { identity, possession: reader.bytes16(MAX_PROOF_BYTES) }
}

function writeSetup(writer: ByteWriter, setup: RecoverySetup): ByteWriter {
  writer.raw(setupIds.toBytes(setup.id)).u8(setup.threshold).u8(setup.users.length)
  for (const user of setup.users) writer.raw(accountIds.toBytes(user))
  writer.u8(setup.commitments.length)
  for (const row of setup.commitments) for (const commitment of row) writer.raw(commitment)
  return writer
}

function readSetup(reader: ByteReader): RecoverySetup {
  const id = setupIds.fromBytes(reader.raw(ID_BYTES))
  const threshold = reader.u8()
  const count = reader.u8()
  if (count > MAX_RECOVERY_USERS) throw new DecodeError('recovery setup: too many users')
  const users = Array.from({ length: count }, () => accountIds.fromBytes(reader.raw(ID_BYTES)))
  if (new Set(users).size !== count) throw new DecodeError('recovery setup: a user twice')
  // No user at all is how recovery is switched off.
  if (count === 0 ? threshold !== 0 : threshold < 1 || threshold > count)
    throw new DecodeError('recovery setup: threshold out of range')
  const keys = reader.u8()
  if (keys !== (threshold > 1 ? count : 0))
    throw new DecodeError('recovery setup: wrong number of commitments')
  const commitments = Array.from({ length: keys }, () =>
    Array.from({ length: count }, () => reader.raw(HASH_BYTES)),
  )
  return { id, threshold, users, commitments }
}

/** The entry's kind and body. */
export function encodeAccountChange(change: AccountChange): { kind: number; body: Uint8Array<ArrayBuffer> } {
  const writer = new ByteWriter(256)
  switch (change.kind) {
    case 'genesis':
      writeDevice(writer.text16(change.name).raw(change.salt), change.device)
      break
    case 'device-added':
      writeDevice(writer, change.device)
      break
    case 'device-removed':
      writer.raw(deviceIdBytes(change.device))
      break
    case 'primary-changed':
      writer.raw(deviceIdBytes(change.primary))
      break
    case 'recovery-set-up':
      writeSetup(writer, change.setup)
      break
    case 'recovered':
      writeDevice(writer, change.device).raw(setupIds.toBytes(change.setup)).u8(change.approvals.length)
      for (const approval of change.approvals) writer.bytes16(approval)
      break
    default:
      change satisfies never
  }
  return { kind: KINDS[change.kind], body: writer.finish() }
}

/** Throws DecodeError. */
export function decodeAccountChange(kind: number, body: Uint8Array): AccountChange {
  const reader = new ByteReader(body, 'account entry')
  const change = read(kind, reader)
  reader.end()
  return change
}

function read(kind: number, reader: ByteReader): AccountChange {
  switch (kind) {
    case KINDS.genesis:
      return {
        kind: 'genesis',
        name: reader.text16(MAX_ACCOUNT_NAME_BYTES),
        salt: reader.raw(SALT_BYTES),
        device: readDevice(reader),
      }
    case KINDS['device-added']:
      return { kind: 'device-added', device: readDevice(reader) }
    case KINDS['device-removed']:
      return { kind: 'device-removed', device: deviceIdFromBytes(reader.raw(ID_BYTES)) }
    case KINDS['primary-changed']:
      return { kind: 'primary-changed', primary: deviceIdFromBytes(reader.raw(ID_BYTES)) }
    case KINDS['recovery-set-up']:
      return { kind: 'recovery-set-up', setup: readSetup(reader) }
    case KINDS.recovered: {
      const device = readDevice(reader)
      const setup = setupIds.fromBytes(reader.raw(ID_BYTES))
      const count = reader.u8()
      if (count > MAX_RECOVERY_USERS) throw new DecodeError('account entry: too many approvals')
      return {
        kind: 'recovered',
        device,
        setup,
        approvals: Array.from({ length: count }, () => reader.bytes16(MAX_APPROVAL_BYTES)),
      }
    }
    default:
      throw new DecodeError('account entry: unknown kind')
  }
}
