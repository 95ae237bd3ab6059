import { equalBytes } from '@warren/primitives/bytes'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { type DeviceCertificate, deviceCertificateFormat, encodeDeviceCertificate } from './certificate.ts'
import type { CertifiedDevice, Certifier, CheckContext, Evidence } from './certifier.ts'
import { type DeviceId, type DeviceIdentity, deviceId } from './device.ts'
import { IdentityError } from './errors.ts'
import type { AccountName } from './names.ts'
import { Signed, type Signer, signBytes } from './signed.ts'

// §4.3, Figure 5: primary and secondary devices act as intermediate authorities. The root is the primary device, which
// certifies itself; that it is the right one people find out by its safety words.

export const DEVICE_CHAIN_KIND = 1
/** A recovery by a secondary device lengthens the chain by one (§4.3); eight such in a row is where we stop. */
export const CHAIN_LIMIT = 8
/** How far the issuer's clock may be ahead of ours. */
const CLOCK_SKEW_MS = 10 * 60_000
const CERTIFICATE_LIMIT = 4096

function refuse(why: string): never {
  throw new IdentityError('identity/certificate', 'auth-failed', `device certificate: ${why}`)
}

function checkSigner(signer: Signer, device: DeviceIdentity): void {
  if (!equalBytes(signer.publicKey, device.signingKey))
    throw new RangeError('signer: not the key of the device')
}

function encodeChain(links: readonly Uint8Array[]): Evidence {
  const writer = new ByteWriter(512).u8(links.length)
  for (const link of links) writer.bytes16(link)
  return { kind: DEVICE_CHAIN_KIND, body: writer.finish() }
}

function decodeChain(body: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(body, 'device chain')
  const count = reader.u8()
  if (count < 1 || count > CHAIN_LIMIT) refuse(`chain of ${count}, the limit is ${CHAIN_LIMIT}`)
  const links: Uint8Array[] = []
  for (let i = 0; i < count; i++) links.push(reader.bytes16(CERTIFICATE_LIMIT))
  reader.end()
  return links
}

/** (0) Set-up: the primary device certifies itself. A chain of one. */
export async function certifyPrimary(
  account: AccountName,
  device: DeviceIdentity,
  signer: Signer,
  nowMs: number,
): Promise<Evidence> {
  checkSigner(signer, device)
  const root: DeviceCertificate = {
    account,
    device,
    issuer: deviceId(device),
    issuedAtMs: nowMs,
    mayCertify: true,
  }
  return encodeChain([await signBytes(deviceCertificateFormat.domain, encodeDeviceCertificate(root), signer)])
}

/**
 * (1) A device that holds `own` (its own evidence) certifies another device of the same account, once its user has
 * consented. Throws IdentityError if `own` is malformed, may not certify, or the chain would be too long.
 */
export async function certifyDevice(
  own: Evidence,
  subject: DeviceIdentity,
  signer: Signer,
  options: { nowMs: number; mayCertify?: boolean },
): Promise<Evidence> {
  if (own.kind !== DEVICE_CHAIN_KIND) refuse('cannot be continued by a device signature')
  const links = decodeChain(own.body)
  const last = Signed.decode(deviceCertificateFormat, links.at(-1) as Uint8Array).unsafePeek()
  checkSigner(signer, last.device)
  if (!last.mayCertify) refuse('this device may not certify others')
  if (links.length >= CHAIN_LIMIT) refuse(`chain would be longer than ${CHAIN_LIMIT}`)
  const certificate: DeviceCertificate = {
    account: last.account,
    device: subject,
    issuer: deviceId(last.device),
    issuedAtMs: options.nowMs,
    mayCertify: options.mayCertify ?? true,
  }
  const link = await signBytes(deviceCertificateFormat.domain, encodeDeviceCertificate(certificate), signer)
  return encodeChain([...links, link])
}

/** One step of the chain, as it stands after the step is checked. */
interface Step {
  certificate: DeviceCertificate
  id: DeviceId
}

function checkRoot(link: Uint8Array): Step {
  const signed = Signed.decode(deviceCertificateFormat, link)
  // The key comes from the very bytes it signs: this proves possession, nothing more.
  const certificate = signed.verify(signed.unsafePeek().device.signingKey)
  const id = deviceId(certificate.device)
  if (certificate.issuer !== id) refuse('root is not certified by itself')
  return { certificate, id }
}

function checkLink(link: Uint8Array, issuer: Step, context: CheckContext): Step {
  const certificate = Signed.decode(deviceCertificateFormat, link).verify(
    issuer.certificate.device.signingKey,
  )
  const id = deviceId(certificate.device)
  if (!issuer.certificate.mayCertify) refuse('issued by a device that may not certify')
  if (certificate.issuer !== issuer.id) refuse('names another issuer')
  if (certificate.account !== issuer.certificate.account) refuse('for another account than its issuer')
  const revoked = context.revocations.filter((r) => r.device === issuer.id)
  if (!revoked.every((r) => r.standing.includes(id)))
    throw new IdentityError('identity/revoked', 'auth-failed', 'certificate by a device that was removed')
  return { certificate, id }
}

function checkChain(body: Uint8Array, context: CheckContext): CertifiedDevice {
  const [first, ...rest] = decodeChain(body)
  const root = checkRoot(first as Uint8Array)
  const path = [root]
  let last = root
  for (const link of rest) {
    last = checkLink(link, last, context)
    if (path.some((step) => step.id === last.id)) refuse('the same device twice in a chain')
    path.push(last)
  }
  if (path.some((step) => step.certificate.issuedAtMs > context.nowMs + CLOCK_SKEW_MS))
    refuse('issued in the future')
  if (context.revocations.some((r) => r.device === last.id))
    throw new IdentityError('identity/revoked', 'auth-failed', 'this device was removed from its account')
  const { account, device, mayCertify } = last.certificate
  return {
    account,
    device,
    id: last.id,
    root: root.certificate.device,
    assurance: context.compared?.(account, root.id) === true ? 'compared' : 'self-certified',
    path: path.map((step) => step.id),
    mayCertify,
  }
}

/** Checks chains made by `certifyPrimary` and `certifyDevice`. */
export const deviceChainCertifier: Certifier = { kind: DEVICE_CHAIN_KIND, check: checkChain }
