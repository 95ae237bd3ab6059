import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Circuit, Hop } from '../circuit/index.ts'
import { isSameHop, type OnionConsensus, type OnionNetwork, type OnionRelay } from './network.ts'

/** Vanguards-lite (proposal 333): so many second hops, each kept for a random time. */
const LAYER2_GUARDS = 4
const DAY_MS = 86_400_000
const SHORTEST_LIFE_MS = DAY_MS
const LONGEST_LIFE_MS = 12 * DAY_MS

/** Who builds a circuit, and what for: this decides its shape. */
export type OnionPurpose =
  | 'client-rendezvous'
  | 'client-introduction'
  | 'client-directory'
  | 'service-rendezvous'
  | 'service-introduction'
  | 'service-directory'

interface Vanguard {
  relay: OnionRelay
  expiresMs: number
}

/**
 * The second hops of all onion circuits of one client or service. Without them somebody who makes a service build
 * many circuits finds its guard by being their second hop once.
 */
export class Vanguards {
  readonly #network: OnionNetwork
  #layer2: Vanguard[] = []

  constructor(network: OnionNetwork) {
    this.#network = network
  }

  /**
   * A circuit to `target`: G-L2-target where the client chose the target itself for a rendezvous, G-L2-M-target
   * otherwise. No relay stands next to itself, nor has one other between two of its places, which relays refuse.
   */
  async circuitTo(target: Hop, purpose: OnionPurpose, signal?: AbortSignal): Promise<Circuit> {
    const consensus = await this.#network.consensus()
    const second = this.#choose(consensus, [target])
    const hops =
      purpose === 'client-rendezvous'
        ? [second.hop, target]
        : [second.hop, consensus.choose('middle', [second.hop, target]).hop, target]
    return this.#network.buildCircuit(hops, {
      exclude: hops.slice(0, 2),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  #choose(consensus: OnionConsensus, exclude: readonly Hop[]): OnionRelay {
    const { clock, rng } = this.#network
    const now = clock.now()
    this.#layer2 = this.#layer2.filter(
      (vanguard) => vanguard.expiresMs > now && consensus.has(vanguard.relay.hop),
    )
    while (this.#layer2.length < LAYER2_GUARDS) {
      const held = this.#layer2.map((vanguard) => vanguard.relay.hop)
      let relay: OnionRelay
      try {
        relay = consensus.choose('middle', held)
      } catch (error) {
        if (held.length > 1) break // a network too small for four
        throw error
      }
      this.#layer2.push({ relay, expiresMs: now + life(rng) })
    }
    const free = this.#layer2.filter(
      (vanguard) => !exclude.some((other) => isSameHop(other, vanguard.relay.hop)),
    )
    const chosen = free[Math.floor(randomUnit(rng) * free.length)]
    return chosen?.relay ?? consensus.choose('middle', exclude)
  }
}

function life(rng: Rng): number {
  return SHORTEST_LIFE_MS + randomUnit(rng) * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS)
}
