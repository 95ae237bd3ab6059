import { setTimeout as sleep } from 'node:timers/promises'
import { createTorClient, type NetworkConfiguration, onionNetwork } from '@warren/tor'
import { type OnionNetwork, Vanguards } from '@warren/tor/onion'
import { LabError } from '../errors.ts'
import { askDirectories, type Held } from './asking-directories.ts'
import {
  type RelayApproach,
  type ServiceOnRelays,
  type ServiceUsage,
  startOnRelays,
} from './services-on-relays-node.ts'

const LOOK_EVERY_MS = 250

/** One approach with so many clients, at the moment when all of them found the service, or were given up. */
export interface Measured extends Omit<ServiceUsage, 'isPublished'>, Held {
  approach: RelayApproach
  clients: number
  /** From the start of the process until directories held every client's descriptor; undefined: not within the limit. */
  foundSeconds: number | undefined
}

export interface RelaysMeasurement {
  measure(approach: RelayApproach, clients: number): Promise<Measured>
  close(): void
}

/**
 * Measures the approaches on a private network of real relays, one at a time. `limitSeconds` is how long is waited for
 * a service; `delayMs` is the extension's publication delay (§4.5). Throws LabError `lab/public-network` for a network
 * that does not call itself a testing network: nobody's relays but one's own are measured.
 */
export async function openRelaysMeasurement(options: {
  network: NetworkConfiguration
  delayMs: number
  limitSeconds: number
  signal: AbortSignal
}): Promise<RelaysMeasurement> {
  const { network, signal } = options
  if (network.testing !== true)
    throw new LabError(
      'lab/public-network',
      'the lab measures on private testing networks only: start one with `npm run tor-network`',
    )
  const reader = await createTorClient({ directory: network, signal })
  const tor = onionNetwork(reader.core)
  const vanguards = new Vanguards(tor)
  return {
    async measure(approach, clients) {
      const { directories, ring } = await tor.consensus()
      const copies = Math.min(directories.length, ring.replicas * ring.spreadStore)
      const startedMs = performance.now()
      const service = await startOnRelays(approach, { ...options, clients, copies })
      try {
        const found = await untilFound({ ...options, service, tor, vanguards, startedMs })
        return { approach, clients, ...found }
      } finally {
        await service.stop()
      }
    },
    close() {
      vanguards.close()
      reader.close()
    },
  }
}

/** First as the service sees it, from its directories' acknowledgements; then the directories are asked themselves. */
async function untilFound(options: {
  service: ServiceOnRelays
  tor: OnionNetwork
  vanguards: Vanguards
  startedMs: number
  limitSeconds: number
  signal: AbortSignal
}): Promise<Omit<Measured, 'approach' | 'clients'>> {
  const { service, tor, vanguards, startedMs, limitSeconds, signal } = options
  const seconds = () => (performance.now() - startedMs) / 1000
  let held: Held | undefined
  for (;;) {
    const { isPublished, ...usage } = await service.usage()
    const nowSeconds = seconds()
    const isLate = nowSeconds >= limitSeconds
    if (isPublished || isLate) {
      held = await askDirectories(tor, vanguards, service.clients, signal)
      const isFound = held.copies === held.expected && held.readers === service.clients.length
      if (isFound || isLate) return { ...usage, ...held, foundSeconds: isFound ? nowSeconds : undefined }
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}
