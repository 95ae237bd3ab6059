import type { Rng } from '@warren/primitives/rng'
import { type KeyExchange, type KeyExchangeOptions, keyExchange } from './key-exchange.ts'

/** As `separateKeyExchange` of `key-exchange-node.ts`, without threads: the roles share a process, and nothing else. */
export async function separateKeyExchange(
  options: KeyExchangeOptions,
  rng: Rng,
  signal?: AbortSignal,
): Promise<KeyExchange> {
  signal?.throwIfAborted()
  return keyExchange(options, rng)
}
