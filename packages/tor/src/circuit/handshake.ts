import type { Rng } from '@warren/primitives/rng'
import { decodeCircuitAnswer, encodeCircuitRequest } from './circuit-parameters.ts'
import type { Hop } from './hop.ts'
import { CIRCUIT_KEY_BYTES, type Create2Handshake, splitKeys, startNtor } from './ntor.ts'
import { NTOR_V3_HTYPE, startNtorV3 } from './ntor-v3.ts'

/** What is asked of a relay in its handshake. */
export interface HandshakeRequest {
  /** The consensus' `cc_sendme_inc`, where congestion control is wanted. */
  sendmeIncrement?: number | undefined
}

/**
 * The handshake for a hop: ntor of version 3 where the consensus says that the relay speaks it, of version 1 for others
 * and for relays that are known from link specifiers only, as C-tor does it (docs/decisions/0005). Version 1 asks for
 * nothing. Throws TorError `tor/handshake`.
 */
export function startHandshake(
  hop: Hop,
  rng: Rng,
  { sendmeIncrement }: HandshakeRequest = {},
): Create2Handshake {
  const { rsaId, ed25519Id, ntorKey, speaksNtorV3 = false } = hop
  if (!speaksNtorV3 || ed25519Id === undefined) return startNtor({ nodeId: rsaId, ntorKey }, rng)
  const request = encodeCircuitRequest({ congestionControl: sendmeIncrement !== undefined })
  const client = startNtorV3({ ed25519Id, ntorKey }, request, rng)
  return {
    type: NTOR_V3_HTYPE,
    request: client.request,
    complete(reply) {
      const { message, keystream } = client.complete(reply, CIRCUIT_KEY_BYTES)
      return { ...splitKeys(keystream), ...decodeCircuitAnswer(message, sendmeIncrement) }
    },
  }
}
