import { type Circuit, type Hop, linkSpecifiers, RELAY } from '../circuit/index.ts'
import { withDeadline } from '../deadline.ts'
import { TorError } from '../errors.ts'
import { encodeEstablishIntro } from './establish-intro.ts'
import {
  descriptorPoint,
  type EstablishedPoint,
  establishedPoint,
  generateIntroductionKeys,
  type IntroductionKeys,
} from './introduction-keys.ts'
import type { IntroductionPoint } from './introduction-point.ts'
import type { OnionConsensus, OnionNetwork } from './network.ts'
import type { Vanguards } from './vanguards.ts'

const ESTABLISH_MS = 30_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** How often lifetimes are looked at. */
const WATCH_MS = 30_000
/** After so many rounds without any success, the relays that are kept away from are better than none. */
const FRUITLESS_ROUNDS = 3

export interface IntroductionPoolOptions {
  network: OnionNetwork
  vanguards: Vanguards
  /** How many introduction points stand at a time. */
  size: number
  /** Relays to keep away from while there are others: those of pools that this one must not be linked to. */
  keepAwayFrom?(): readonly Hop[]
  /** An INTRODUCE2, as it came. */
  onIntroduce(cell: Uint8Array, keys: IntroductionKeys): void
  /** The set has changed: descriptors are out of date. */
  onChange(): void
}

/** A relay that is in use from the moment it is chosen: no two establishments under way choose the same. */
interface Place {
  hop: Hop
}

interface Standing {
  point: EstablishedPoint
  circuit: Circuit
  place: Place
  /** What the consensus of its time said. */
  sendmeIncrement: number | undefined
}

/**
 * Keeps introduction points standing: each with keys made for this one establishment, replaced when its circuit ends,
 * its time is over or it has passed on many requests.
 */
export class IntroductionPool {
  readonly #options: IntroductionPoolOptions
  readonly #stop = new AbortController()
  #standing: Standing[] = []
  readonly #places = new Set<Place>()
  #generation = 0
  #fruitlessRounds = 0
  #wake = Promise.withResolvers<void>()
  #full = Promise.withResolvers<void>()
  #isFull = false

  constructor(options: IntroductionPoolOptions) {
    this.#options = options
    void this.#run()
  }

  /** What descriptors say now. */
  points(): IntroductionPoint[] {
    return this.#standing.map(({ point, sendmeIncrement }) => ({
      ...descriptorPoint(point),
      ...(sendmeIncrement === undefined ? {} : { sendmeIncrement }),
    }))
  }

  /** The relays at which it stands, or is about to. */
  relays(): readonly Hop[] {
    return [...this.#places].map(({ hop }) => hop)
  }

  /** Resolves once all introduction points stand, or the pool is closed. */
  get established(): Promise<void> {
    return this.#full.promise
  }

  /** Closes every introduction circuit at once and stands at other relays with other keys. */
  replaceAll(): void {
    this.#generation++
    const old = this.#standing
    this.#standing = []
    this.#places.clear()
    // Who waits already goes on waiting.
    if (this.#isFull) this.#full = Promise.withResolvers<void>()
    this.#isFull = false
    for (const { circuit } of old) circuit.close()
    this.#options.onChange()
    this.#poke()
  }

  close(): void {
    this.#stop.abort(new TorError('tor/introduction', 'The service is closed.'))
    for (const { circuit } of this.#standing) circuit.close()
    this.#standing = []
    this.#places.clear()
    this.#full.resolve()
    this.#poke()
  }

  #poke(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.network
    let pauseMs = FIRST_PAUSE_MS
    while (!this.#stop.signal.aborted) {
      this.#retire()
      const missing = this.#options.size - this.#standing.length
      if (missing > 0) {
        const generation = this.#generation
        const results = await Promise.allSettled(
          Array.from({ length: missing }, () => this.#establish(generation)),
        )
        const hasFailed = results.some((result) => result.status === 'rejected')
        pauseMs = hasFailed ? Math.min(LONGEST_PAUSE_MS, pauseMs * 2) : FIRST_PAUSE_MS
        if (this.#stop.signal.aborted) return
        const hasSucceeded = results.some((result) => result.status === 'fulfilled')
        this.#fruitlessRounds = hasSucceeded ? 0 : this.#fruitlessRounds + 1
        if (hasSucceeded) this.#options.onChange()
        if (this.#standing.length >= this.#options.size) {
          this.#isFull = true
          this.#full.resolve()
        }
      }
      const isFull = this.#standing.length >= this.#options.size
      const timer = new AbortController()
      await Promise.race([
        this.#wake.promise,
        clock.sleep(isFull ? WATCH_MS : pauseMs, timer.signal).catch(() => {}),
      ])
      timer.abort()
    }
  }

  #retire(): void {
    const now = this.#options.network.clock.now()
    const isOver = ({ point }: Standing) => point.retireMs <= now || point.requestsLeft <= 0
    for (const standing of this.#standing.filter(isOver)) this.#drop(standing)
  }

  #drop(standing: Standing): void {
    const at = this.#standing.indexOf(standing)
    if (at < 0) return
    this.#standing.splice(at, 1)
    this.#places.delete(standing.place)
    standing.circuit.close()
    this.#poke()
  }

  async #establish(generation: number): Promise<void> {
    const { network } = this.#options
    await withDeadline(
      {
        clock: network.clock,
        ms: ESTABLISH_MS,
        what: 'Establishing an introduction point',
        signal: this.#stop.signal,
      },
      async (signal) => {
        const consensus = await network.consensus()
        const place = { hop: this.#choose(consensus) }
        this.#places.add(place)
        try {
          await this.#establishAt(place, consensus, generation, signal)
        } catch (error) {
          this.#places.delete(place)
          throw error
        }
      },
    )
  }

  async #establishAt(
    place: Place,
    consensus: OnionConsensus,
    generation: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { network, vanguards, onIntroduce } = this.#options
    const { hop } = place
    const circuit = await vanguards.circuitTo(hop, 'service-introduction', signal)
    try {
      const keys = generateIntroductionKeys(network.rng)
      const point = establishedPoint(
        keys,
        { linkSpecifiers: linkSpecifiers(hop), onionKey: hop.ntorKey },
        network.clock.now(),
        network.rng,
      )
      const { sendmeIncrement } = consensus.congestionControl ?? {}
      const standing: Standing = { point, circuit, place, sendmeIncrement }
      circuit.onMessage(RELAY.introduce2, (cell) => {
        point.requestsLeft--
        onIntroduce(cell, keys)
      })
      const established = circuit.nextMessage(RELAY.introEstablished, { signal })
      circuit.send(
        RELAY.establishIntro,
        encodeEstablishIntro(keys.authSeed, { authKey: keys.authKey, extensions: [] }, circuit.bindingKey),
      )
      await established
      if (generation !== this.#generation || this.#stop.signal.aborted)
        throw new TorError('tor/introduction', 'This introduction point is not wanted any more.')
      this.#standing.push(standing)
      void circuit.closed.then(() => {
        if (!this.#standing.includes(standing)) return
        this.#drop(standing)
        this.#options.onChange()
      })
    } catch (error) {
      circuit.close()
      throw error
    }
  }

  #choose(consensus: OnionConsensus): Hop {
    const own = this.relays()
    const others = this.#fruitlessRounds < FRUITLESS_ROUNDS ? (this.#options.keepAwayFrom?.() ?? []) : []
    // On a network too small for all pools, two may meet at a relay, under keys that differ.
    const hop = (consensus.choose([...own, ...others]) ?? consensus.choose(own))?.hop
    if (hop === undefined) throw new TorError('tor/path', 'No relay is left to be an introduction point.')
    return hop
  }
}
