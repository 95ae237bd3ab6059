import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { VaultError } from './errors.ts'
import { type AccountId, accountIds, type EnrolmentId, enrolmentIds, ID_BYTES } from './ids.ts'

/**
 * What a person hands to another, or to her own next device, as a link or a QR code. The secret stands behind `#`, so
 * that no browser sends it to a server or writes it into a log.
 */
export type Link =
  /** Joins the vault with an account of one's own. `inviter` is absent in the link that sets up the first account. */
  | { kind: 'invitation'; url: string; secret: Secret; inviter: AccountId | undefined }
  /** Adds a device to an account: the secret is known to the two devices only, and authenticates the new one's keys. */
  | { kind: 'device'; url: string; secret: Secret; account: AccountId; enrolment: EnrolmentId }

export const LINK_SECRET_BYTES = 32
const VERSION = 1
const NOBODY = new Uint8Array(ID_BYTES)

export function formatLink(link: Link): string {
  const writer = new ByteWriter(96)
    .u8(VERSION)
    .u8(link.kind === 'invitation' ? 1 : 2)
    .raw(link.secret.reveal())
  if (link.kind === 'invitation')
    writer.raw(link.inviter === undefined ? NOBODY : accountIds.toBytes(link.inviter))
  else writer.raw(accountIds.toBytes(link.account)).raw(enrolmentIds.toBytes(link.enrolment))
  return `${link.url.replace(/\/$/, '')}/join#${base64urlText.encode(writer.finish())}`
}

/** Throws VaultError `vault/invitation`, which does not repeat the link. */
export function parseLink(text: string): Link {
  const match = /^(https?:\/\/[^\s#]+?)\/join#([A-Za-z0-9_-]{40,200})$/.exec(text.trim())
  if (match === null) throw new VaultError('vault/invitation', 'this is not an invitation link')
  const url = match[1] as string
  try {
    const reader = new ByteReader(base64urlText.decode(match[2] as string), 'link')
    const version = reader.u8()
    const kind = reader.u8()
    if (version !== VERSION || (kind !== 1 && kind !== 2))
      throw new VaultError('vault/invitation', 'unknown kind of link')
    const secret = new Secret(reader.raw(LINK_SECRET_BYTES))
    const account = reader.raw(ID_BYTES)
    if (kind === 1) {
      reader.end()
      const nobody = account.every((byte) => byte === 0)
      return { kind: 'invitation', url, secret, inviter: nobody ? undefined : accountIds.fromBytes(account) }
    }
    const enrolment = enrolmentIds.fromBytes(reader.raw(ID_BYTES))
    reader.end()
    return { kind: 'device', url, secret, account: accountIds.fromBytes(account), enrolment }
  } catch (cause) {
    throw new VaultError('vault/invitation', 'this invitation link is damaged', { cause })
  }
}
