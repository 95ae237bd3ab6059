import { concatBytes, equalBytes } from '@warren/primitives/bytes'
import { unsafeSha1 } from '@warren/primitives/hash'
import type { Rng } from '@warren/primitives/rng'
import { TorError } from '../errors.ts'
import { type ClientHandshake, type HandshakeResult, splitKeys } from './ntor.ts'

const PART_BYTES = 20

/** KDF-TOR (tor-spec §5.2.1): KH first, then the keys in their usual order. */
export function deriveFastKeys(x: Uint8Array, y: Uint8Array): HandshakeResult {
  const secret = concatBytes(x, y)
  const blocks = [0, 1, 2, 3, 4].map((i) => unsafeSha1(secret, Uint8Array.of(i)))
  const bytes = concatBytes(...blocks)
  return splitKeys(concatBytes(bytes.subarray(20, 92), bytes.subarray(0, 20)))
}

/**
 * CREATE_FAST (tor-spec §5.1.5): no key agreement of its own; TLS alone protects it. Only for circuits of one hop that
 * ask a relay for the directory, before its onion key is known.
 */
export function startCreateFast(rng: Rng): ClientHandshake {
  const x = rng.bytes(PART_BYTES)
  return {
    request: x,
    complete(reply) {
      const result = deriveFastKeys(x, reply.subarray(0, PART_BYTES))
      if (!equalBytes(result.bindingKey, reply.subarray(PART_BYTES, 2 * PART_BYTES)))
        throw new TorError('tor/handshake', 'The answer to a quick handshake is wrong.')
      return result
    },
  }
}
