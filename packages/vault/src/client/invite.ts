import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { invitationHash } from '../protocol/enrolment.ts'
import { LINK_SECRET_BYTES, type Link, PRIVATE_URL, type PrivateReach } from '../protocol/link.ts'
import { decodeBytes } from './api.ts'
import type { Session } from './session.ts'

/** A link for one new account, good once and until `untilMs`. The service learns the hash of its secret only. */
export async function invite(
  session: Session,
  url: string,
  untilMs: number,
  reach?: PrivateReach,
): Promise<Link> {
  const secret = new Secret(session.rng.bytes(LINK_SECRET_BYTES))
  await session.api.invite({ hash: base64urlText.encode(invitationHash(secret)), expiresMs: untilMs })
  return {
    kind: 'invitation',
    url,
    secret,
    inviter: session.account,
    ...(reach === undefined ? {} : { reach }),
  }
}

/**
 * A way to the vault for one more client, where this device reaches it as a private service. Whoever is handed it
 * shares it with nobody: the service tells its clients apart by it. `group` is the introduction group, for the account
 * that set the vault up to choose; without it the new client is where this account's are.
 */
export async function newReach(
  session: Session,
  url: string,
  group?: string,
): Promise<PrivateReach | undefined> {
  if (url !== PRIVATE_URL) return undefined
  const { network, credential } = await session.api.makePrivateClient(group === undefined ? {} : { group })
  return { network: decodeBytes(network), credential: decodeBytes(credential) }
}
