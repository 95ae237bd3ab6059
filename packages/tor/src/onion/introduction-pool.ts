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
import { isSameHop, type OnionNetwork } from './network.ts'
import type { Vanguards } from './vanguards.ts'

const ESTABLISH_MS = 30_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** How often lifetimes are looked at. */
const WATCH_MS = 30_000

export interface IntroductionPoolOptions {
  network: OnionNetwork
  vanguards: Vanguards
  /** How many introduction points stand at a time. */
  size: number
  /** An INTRODUCE2, as it came. */
  onIntroduce(cell: Uint8Array, keys: IntroductionKeys): void
  /** The set has changed: descriptors are out of date. */
  onChange(): void
}

interface Standing {
  point: EstablishedPoint
  circuit: Circuit
  hop: Hop
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
  #generation = 0
  #wake = Promise.withResolvers<void>()
  #full = Promise.withResolvers<void>()

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

  /** Resolves once all introduction points stand. */
  get established(): Promise<void> {
    return this.#full.promise
  }

  /** Closes every introduction circuit at once and stands at other relays with other keys. */
  replaceAll(): void {
    this.#generation++
    const old = this.#standing
    this.#standing = []
    this.#full = Promise.withResolvers<void>()
    for (const { circuit } of old) circuit.close()
    this.#options.onChange()
    this.#poke()
  }

  close(): void {
    this.#stop.abort(new TorError('tor/introduction', 'The service is closed.'))
    for (const { circuit } of this.#standing) circuit.close()
    this.#standing = []
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
        if (results.some((result) => result.status === 'fulfilled')) this.#options.onChange()
        if (this.#standing.length >= this.#options.size) this.#full.resolve()
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
    standing.circuit.close()
    this.#poke()
  }

  async #establish(generation: number): Promise<void> {
    const { network, vanguards, onIntroduce } = this.#options
    await withDeadline(
      {
        clock: network.clock,
        ms: ESTABLISH_MS,
        what: 'Establishing an introduction point',
        signal: this.#stop.signal,
      },
      async (signal) => {
        const consensus = await network.consensus()
        const taken = this.#standing.map((standing) => standing.hop)
        const hop = consensus.choose(taken)?.hop
        if (hop === undefined) throw new TorError('tor/path', 'No relay is left to be an introduction point.')
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
          const standing: Standing = { point, circuit, hop, sendmeIncrement }
          circuit.onMessage(RELAY.introduce2, (cell) => {
            point.requestsLeft--
            onIntroduce(cell, keys)
          })
          const established = circuit.nextMessage(RELAY.introEstablished, { signal })
          circuit.send(
            RELAY.establishIntro,
            encodeEstablishIntro(
              keys.authSeed,
              { authKey: keys.authKey, extensions: [] },
              circuit.bindingKey,
            ),
          )
          await established
          const isTaken = this.#standing.some((other) => isSameHop(other.hop, hop))
          if (generation !== this.#generation || isTaken || this.#stop.signal.aborted)
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
      },
    )
  }
}
