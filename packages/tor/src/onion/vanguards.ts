import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Circuit, Hop } from '../circuit/index.ts'
import type { OnionConsensus, OnionNetwork, OnionRelay } from './network.ts'

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
   * otherwise.
   */
  async circuitTo(target: Hop, purpose: OnionPurpose, signal?: AbortSignal): Promise<Circuit> {
    const consensus = await this.#network.consensus()
    return this.#network.buildCircuit({
      length: purpose === 'client-rendezvous' ? 3 : 4,
      second: this.#second(consensus),
      last: target,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  #second(consensus: OnionConsensus): OnionRelay[] {
    const { clock, rng } = this.#network
    const now = clock.now()
    this.#layer2 = this.#layer2.filter(
      (vanguard) => vanguard.expiresMs > now && consensus.has(vanguard.relay.hop),
    )
    while (this.#layer2.length < LAYER2_GUARDS) {
      const relay = consensus.choose(this.#layer2.map((vanguard) => vanguard.relay.hop))
      if (relay === undefined) break // a network too small for four
      this.#layer2.push({ relay, expiresMs: now + life(rng) })
    }
    return this.#layer2.map((vanguard) => vanguard.relay)
  }
}

function life(rng: Rng): number {
  return SHORTEST_LIFE_MS + randomUnit(rng) * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS)
}
