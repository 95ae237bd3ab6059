import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import type { DeviceId, DeviceIdentity } from './device.ts'
import { IdentityError } from './errors.ts'
import type { AccountName } from './names.ts'

// The seam of §4.3: how "this device belongs to this account" is shown and checked. The paper's authority (X.509) is
// one way of it, chains of device signatures under safety words another; "approaches employing decentralized PKI
// mechanisms can also be conceived". Callers hold `Evidence` and get a `CertifiedDevice`, whichever way it went.

/** What goes over the wire: which way of certifying, and its bytes. A kind that is not known is kept, not lost. */
export interface Evidence {
  /** 1: chain of device signatures (`device-chain.ts`). 2: reserved for X.509. */
  readonly kind: number
  readonly body: Uint8Array
}

/** How sure one can be that the root belongs to the person of that name. */
export type Assurance =
  /** The root says so itself. Show it as unverified. */
  | 'self-certified'
  /** A person compared the root's safety words. */
  | 'compared'
  /** An authority that issues a name once only certified the root. */
  | 'authority'

/** A device whose evidence was checked. Made by certifiers only. */
export interface CertifiedDevice {
  readonly account: AccountName
  readonly device: DeviceIdentity
  readonly id: DeviceId
  /** Where the chain is rooted: what people compare, or what the authority certified. */
  readonly root: DeviceIdentity
  readonly assurance: Assurance
  /** From the root to the device, both included. */
  readonly path: readonly DeviceId[]
  readonly mayCertify: boolean
}

/**
 * A device that no longer counts. Its certificates for other devices fall with it, except those in `standing`: an
 * account that lost its primary device goes on from its secondaries, and a thief who back-dates a certificate with the
 * lost key gains nothing.
 */
export interface Revocation {
  readonly device: DeviceId
  readonly standing: readonly DeviceId[]
}

export interface CheckContext {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** All revocations of the account that the caller has verified. */
  readonly revocations: readonly Revocation[]
  /** Whether a person has compared this root's safety words for this account. */
  readonly compared?: (account: AccountName, root: DeviceId) => boolean
}

/** One way of certifying. */
export interface Certifier {
  readonly kind: number
  /**
   * Checks that the evidence certifies a device. Throws IdentityError `identity/certificate`, `identity/signature` or
   * `identity/revoked`, or DecodeError.
   */
  check(body: Uint8Array, context: CheckContext): CertifiedDevice | Promise<CertifiedDevice>
}

const EVIDENCE_LIMIT = 64 * 1024

/** kind (1) ‖ body (u32 length). */
export function encodeEvidence(evidence: Evidence): Uint8Array<ArrayBuffer> {
  return new ByteWriter(evidence.body.length + 5).u8(evidence.kind).bytes32(evidence.body).finish()
}

/** Throws DecodeError. Any kind is accepted here: whether somebody can check it is `checkEvidence`'s question. */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  const reader = new ByteReader(bytes, 'evidence')
  const kind = reader.u8()
  const body = reader.bytes32(EVIDENCE_LIMIT)
  reader.end()
  return { kind, body }
}

/** Gives the evidence to the certifier of its kind. Evidence that none of them knows certifies nothing. */
export async function checkEvidence(
  evidence: Evidence,
  certifiers: readonly Certifier[],
  context: CheckContext,
): Promise<CertifiedDevice> {
  const certifier = certifiers.find((c) => c.kind === evidence.kind)
  if (certifier === undefined)
    throw new IdentityError(
      'identity/certificate',
      'bad-input',
      'certificate of a kind that is not supported',
    )
  return certifier.check(evidence.body, context)
}
