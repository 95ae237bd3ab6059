import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { VaultError } from './errors.ts'
import { type AccountId, accountIds, type EnrolmentId, enrolmentIds, ID_BYTES } from './ids.ts'

/** What it takes to find a vault that is a private service: opaque here, and secret as a whole. */
export interface PrivateReach {
  /** The Tor network, as `encodeNetwork` of @warren/tor writes it. */
  network: Uint8Array
  /** The client's credential, as the private service gave it out. */
  credential: Uint8Array
}

/**
 * What a person hands to another, or to her own next device, as a link or a QR code. The secret stands behind `#`, so
 * that no browser sends it to a server or writes it into a log. `reach` is there exactly where `url` is `PRIVATE_URL`.
 */
export type Link =
  /** Joins the vault with an account of one's own. `inviter` is absent in the link that sets up the first account. */
  | {
      kind: 'invitation'
      url: string
      secret: Secret
      inviter: AccountId | undefined
      reach?: PrivateReach
    }
  /** Adds a device to an account: the secret is known to the two devices only, and authenticates the new one's keys. */
  | {
      kind: 'device'
      url: string
      secret: Secret
      account: AccountId
      enrolment: EnrolmentId
      reach?: PrivateReach
    }
  /** Only the way to a private vault, for somebody who has an account there and lost her devices. */
  | { kind: 'recovery'; url: typeof PRIVATE_URL; reach: PrivateReach }

export const LINK_SECRET_BYTES = 32
/** The address of every vault that is a private service: its name is in the credential, and nobody may read it. */
export const PRIVATE_URL = 'warren+tor://vault'

const VERSION = 1
/** As version 1, with the reach after it. */
const PRIVATE_VERSION = 2
const KINDS = { invitation: 1, device: 2, recovery: 3 } as const
const NOBODY = new Uint8Array(ID_BYTES)
const MOST_NETWORK_BYTES = 2048
const MOST_CREDENTIAL_BYTES = 128
/** Base64url of the longest link there is. */
const MOST_TEXT = 3200

export function formatLink(link: Link): string {
  if ((link.url === PRIVATE_URL) !== (link.reach !== undefined))
    throw new TypeError('link: a private address and a reach belong together')
  const writer = new ByteWriter(96).u8(link.reach === undefined ? VERSION : PRIVATE_VERSION)
  writer.u8(KINDS[link.kind])
  if (link.kind === 'invitation')
    writer
      .raw(link.secret.reveal())
      .raw(link.inviter === undefined ? NOBODY : accountIds.toBytes(link.inviter))
  else if (link.kind === 'device')
    writer
      .raw(link.secret.reveal())
      .raw(accountIds.toBytes(link.account))
      .raw(enrolmentIds.toBytes(link.enrolment))
  if (link.reach !== undefined) writer.bytes16(link.reach.network).bytes16(link.reach.credential)
  return `${link.url.replace(/\/$/, '')}/join#${base64urlText.encode(writer.finish())}`
}

/** Throws VaultError `vault/invitation`, which does not repeat the link. */
export function parseLink(text: string): Link {
  const match = /^((?:https?|warren\+tor):\/\/[^\s#]+?)\/join#([A-Za-z0-9_-]{40,})$/.exec(text.trim())
  const url = match?.[1] ?? ''
  const encoded = match?.[2] ?? ''
  const isPrivate = url.startsWith('warren+tor:')
  if (match === null || (isPrivate && url !== PRIVATE_URL) || encoded.length > (isPrivate ? MOST_TEXT : 200))
    throw new VaultError('vault/invitation', 'this is not an invitation link')
  try {
    const reader = new ByteReader(base64urlText.decode(encoded), 'link')
    if (reader.u8() !== (isPrivate ? PRIVATE_VERSION : VERSION)) throw unknownKind()
    const link = readKind(reader, url)
    const reach = isPrivate ? readReach(reader) : undefined
    reader.end()
    if (link !== 'recovery') return { ...link, ...(reach === undefined ? {} : { reach }) }
    if (reach === undefined) throw unknownKind()
    return { kind: 'recovery', url: PRIVATE_URL, reach }
  } catch (cause) {
    throw new VaultError('vault/invitation', 'this invitation link is damaged', { cause })
  }
}

function readKind(reader: ByteReader, url: string): Exclude<Link, { kind: 'recovery' }> | 'recovery' {
  const kind = reader.u8()
  if (kind === KINDS.recovery) return 'recovery'
  if (kind !== KINDS.invitation && kind !== KINDS.device) throw unknownKind()
  const secret = new Secret(reader.raw(LINK_SECRET_BYTES))
  const account = reader.raw(ID_BYTES)
  if (kind === KINDS.device)
    return {
      kind: 'device',
      url,
      secret,
      account: accountIds.fromBytes(account),
      enrolment: enrolmentIds.fromBytes(reader.raw(ID_BYTES)),
    }
  const nobody = account.every((byte) => byte === 0)
  return { kind: 'invitation', url, secret, inviter: nobody ? undefined : accountIds.fromBytes(account) }
}

function readReach(reader: ByteReader): PrivateReach {
  const reach = { network: reader.bytes16(), credential: reader.bytes16() }
  if (reach.network.length > MOST_NETWORK_BYTES || reach.credential.length > MOST_CREDENTIAL_BYTES)
    throw new RangeError('link: too long')
  return reach
}

/** As `network` and `credential` are stored beside a device's keys, sealed: network bytes16, credential bytes16. */
export function encodeReach(reach: PrivateReach): Uint8Array {
  return new ByteWriter(256).bytes16(reach.network).bytes16(reach.credential).finish()
}

/** Throws VaultError `vault/state`. */
export function decodeReach(bytes: Uint8Array): PrivateReach {
  try {
    const reader = new ByteReader(bytes, 'reach')
    const reach = readReach(reader)
    reader.end()
    return reach
  } catch (cause) {
    throw new VaultError('vault/state', 'what this device knows of the way to its vault is damaged', {
      cause,
    })
  }
}

function unknownKind(): VaultError {
  return new VaultError('vault/invitation', 'unknown kind of link')
}
