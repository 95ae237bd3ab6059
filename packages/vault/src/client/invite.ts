import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { invitationHash } from '../protocol/enrolment.ts'
import { LINK_SECRET_BYTES, type Link } from '../protocol/link.ts'
import type { Session } from './session.ts'

/** A link for one new account, good once and until `untilMs`. The service learns the hash of its secret only. */
export async function invite(session: Session, url: string, untilMs: number): Promise<Link> {
  const secret = new Secret(session.rng.bytes(LINK_SECRET_BYTES))
  await session.api.invite({ hash: base64urlText.encode(invitationHash(secret)), expiresMs: untilMs })
  return { kind: 'invitation', url, secret, inviter: session.account }
}
