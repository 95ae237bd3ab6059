import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Circuit, Hop } from '../circuit/index.ts'
import {
  type EndOptions,
  isSameHop,
  type OnionConsensus,
  type OnionNetwork,
  type OnionRelay,
  type ReadyCircuit,
} from './network.ts'
import { ReadyCircuits } from './ready-circuits.ts'

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

/** Somebody waits for these, and they may begin as circuits that stood ready. */
const AWAITED: ReadonlySet<OnionPurpose> = new Set([
  'client-introduction',
  'client-directory',
  'service-rendezvous',
])

/** Ends that somebody else chose: a client its rendezvous point, a service its introduction points. */
const FOREIGN: ReadonlySet<OnionPurpose> = new Set(['client-introduction', 'service-rendezvous'])
/** A service has other introduction points. */
const INTRODUCTION_ATTEMPTS = 2

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
  readonly #ready: ReadyCircuits
  #layer2: Vanguard[] = []

  constructor(network: OnionNetwork) {
    this.#network = network
    this.#ready = new ReadyCircuits(network.clock, async (signal) =>
      network.prepareCircuit({ second: this.#second(await network.consensus()), signal }),
    )
  }

  /**
   * A circuit to `target`: G-L2-target where the client chose the target itself for a rendezvous, G-L2-M-target
   * otherwise.
   */
  async circuitTo(target: Hop, purpose: OnionPurpose, signal?: AbortSignal): Promise<Circuit> {
    let attempts = await this.#attempts(purpose)
    const end = { foreignEnd: FOREIGN.has(purpose), ...(signal === undefined ? {} : { signal }) }
    if (!AWAITED.has(purpose)) return this.#build(target, purpose, end)
    const ready = await this.takeReady(target)
    try {
      if (ready !== undefined) return await ready.extendTo(target, end)
    } catch (error) {
      signal?.throwIfAborted()
      // Whoever chooses the end could have every circuit that stands ready thrown away: what stands is to blame only
      // where another circuit gets there.
      if (!end.foreignEnd) this.distrustReady()
      if (attempts !== undefined && --attempts === 0) throw error
    } finally {
      this.refill()
    }
    const circuit = await this.#build(target, purpose, {
      ...end,
      ...(attempts === undefined ? {} : { attempts }),
    })
    if (ready !== undefined && end.foreignEnd) this.distrustReady()
    return circuit
  }

  /** A circuit G-L2-M that stood ready, apart from `hop`, where there is one: its end may be a rendezvous point. */
  async takeReady(hop: Hop): Promise<ReadyCircuit | undefined> {
    const consensus = await this.#network.consensus()
    const second = this.#second(consensus)
    this.#ready.dropUnless(
      ({ path }) =>
        path.every((one) => consensus.has(one)) &&
        second.some(({ hop: vanguard }) => path[1] !== undefined && isSameHop(vanguard, path[1])),
    )
    return this.#ready.take((ready) => ready.isApartFrom(hop))
  }

  /** One that stood ready has failed: the network may have changed under all of them. */
  distrustReady(): void {
    this.#ready.dropUnless(() => false)
  }

  /** Has circuits built for the next need, in the background. */
  refill(): void {
    this.#ready.refill()
  }

  /** Ends the circuits that stand ready. */
  close(): void {
    this.#ready.close()
  }

  /** How often in all: whoever chose the end must not make us build many circuits. `undefined`: as often as usual. */
  async #attempts(purpose: OnionPurpose): Promise<number | undefined> {
    if (purpose === 'client-introduction') return INTRODUCTION_ATTEMPTS
    if (purpose !== 'service-rendezvous') return undefined
    return (await this.#network.consensus()).rendezvousAttempts
  }

  async #build(
    target: Hop,
    purpose: OnionPurpose,
    end: EndOptions & { attempts?: number },
  ): Promise<Circuit> {
    const consensus = await this.#network.consensus()
    return this.#network.buildCircuit({
      length: purpose === 'client-rendezvous' ? 3 : 4,
      second: this.#second(consensus),
      last: target,
      ...end,
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
