import type { Secret } from '@warren/primitives/secret'
import { type EdgePurpose, signEdge } from '../protocol/edge.ts'
import { encodeBytes } from './api.ts'
import type { Session } from './session.ts'

/** A re-encryption key from one key to another with its policy, signed by this device, as a commit takes it. */
export async function makeEdge(
  session: Session,
  from: { publicKey: Uint8Array; secretKey: Secret },
  to: Uint8Array,
  purpose: EdgePurpose,
): Promise<string> {
  const suite = await session.suite()
  const edge = await signEdge(
    {
      from: from.publicKey,
      to,
      purpose,
      author: { account: session.account, device: session.device.id },
      reencryptionKey: suite.reencryptionKey(from.secretKey, to, session.rng),
    },
    session.device.secrets.signer,
  )
  return encodeBytes(edge)
}
