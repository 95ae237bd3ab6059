import { equalBytes } from '@warren/primitives/bytes'
import type { IntroductionKeys, ReplayCache } from '@warren/tor/onion'
import {
  decodeIntroduce2,
  decodeIntroductionPlaintext,
  type IntroductionPlaintext,
  type OpenedIntroduction,
  openIntroduction,
} from '@warren/tor/onion'
import type { ClientId } from './client-key.ts'
import type { RequestLimit } from './request-limit.ts'
import type { Roster } from './roster.ts'

/** A request that the service answers: whose it is, and where the client waits. */
export interface Admission {
  client: ClientId
  rendezvous: IntroductionPlaintext
  answer: OpenedIntroduction['answer']
}

/** Why a request is met with silence. Counted for the owner, never shown to anybody outside. */
export type Silence = 'malformed' | 'unknown-client' | 'replayed' | 'over-limit'

/**
 * Judges one INTRODUCE2 (§4.6). The client identifies itself by the one credential of all for which the MAC fits:
 * every credential is tried whichever fits, so that the time tells neither who came nor whether anybody did.
 */
export function admit(
  cell: Uint8Array,
  keys: IntroductionKeys,
  service: { roster: Roster; replays: ReplayCache; limit: RequestLimit },
  nowMs: number,
): { admitted: Admission } | { silence: Silence } {
  let opened: OpenedIntroduction | undefined
  const { clients, credentials } = service.roster.introductionCredentials()
  try {
    const message = decodeIntroduce2(cell)
    if (!equalBytes(message.authKey, keys.authKey)) return { silence: 'malformed' }
    opened = openIntroduction(keys, credentials, message.header, message.encrypted)
  } catch {
    return { silence: 'malformed' }
  }
  if (opened === undefined) return { silence: 'unknown-client' }
  const client = clients[opened.match] as ClientId
  let rendezvous: IntroductionPlaintext
  try {
    rendezvous = decodeIntroductionPlaintext(opened.plaintext)
  } catch {
    return { silence: 'malformed' }
  }
  if (!service.replays.admit(rendezvous.rendezvousCookie, nowMs)) return { silence: 'replayed' }
  if (!service.limit.admit(client, nowMs)) return { silence: 'over-limit' }
  return { admitted: { client, rendezvous, answer: opened.answer } }
}
