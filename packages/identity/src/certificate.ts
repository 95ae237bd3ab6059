import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'
import {
  DEVICE_ID_BYTES,
  type DeviceId,
  type DeviceIdentity,
  decodeDeviceIdentity,
  deviceIdBytes,
  deviceIdFromBytes,
  encodeDeviceIdentity,
} from './device.ts'
import { type AccountName, checkAccountName } from './names.ts'
import type { SignedFormat } from './signed.ts'

// One link of Figure 5's chain, docs/formats/identity.md §3.

/** "This device belongs to this account", said by the device `issuer`. */
export interface DeviceCertificate {
  readonly account: AccountName
  readonly device: DeviceIdentity
  /** The certifying device; for a root, the device itself. */
  readonly issuer: DeviceId
  /** Milliseconds since 1970, by the issuer's clock. */
  readonly issuedAtMs: number
  /** Whether this device may certify others, as an intermediate (§4.3). */
  readonly mayCertify: boolean
}

const VERSION = 1
const MAY_CERTIFY = 1

/** version (1) ‖ flags (1) ‖ issuer (16) ‖ issuedAtMs (8) ‖ account (u16, UTF-8) ‖ device (u16). */
export function encodeDeviceCertificate(certificate: DeviceCertificate): Uint8Array<ArrayBuffer> {
  return new ByteWriter(256)
    .u8(VERSION)
    .u8(certificate.mayCertify ? MAY_CERTIFY : 0)
    .raw(deviceIdBytes(certificate.issuer))
    .u64(certificate.issuedAtMs)
    .text16(certificate.account)
    .bytes16(encodeDeviceIdentity(certificate.device))
    .finish()
}

function decodeDeviceCertificate(payload: Uint8Array): DeviceCertificate {
  const reader = new ByteReader(payload, 'device certificate')
  if (reader.u8() !== VERSION) throw new DecodeError('device certificate: unknown version')
  const flags = reader.u8()
  if ((flags & ~MAY_CERTIFY) !== 0) throw new DecodeError('device certificate: unknown flag')
  const issuer = deviceIdFromBytes(reader.raw(DEVICE_ID_BYTES))
  const issuedAtMs = reader.u64()
  const account = checkAccountName(reader.text16(256))
  const device = decodeDeviceIdentity(reader.bytes16(2048))
  reader.end()
  return { account, device, issuer, issuedAtMs, mayCertify: flags === MAY_CERTIFY }
}

export const deviceCertificateFormat: SignedFormat<DeviceCertificate> = {
  domain: 'warren/identity/certificate/1',
  payloadLimit: 2400,
  decode: decodeDeviceCertificate,
}
