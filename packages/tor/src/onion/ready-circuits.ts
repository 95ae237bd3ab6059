import type { Clock } from '@warren/primitives/clock'
import type { ReadyCircuit } from './network.ts'

/** A meeting takes two on the client's side and one on the service's. */
export const MOST_READY = 4
/** As long as a circuit takes new streams (tor: MaxCircuitDirtiness). */
const LIFE_MS = 600_000
/**
 * After a need, before any is built (tor looks once a second): the last answer of a circuit built now would be
 * acknowledged 40 ms late, and until then the guard would hold the cells of whoever is connecting.
 */
export const PAUSE_MS = 1000

interface Held {
  ready: ReadyCircuit
  /** Aborted when it is no longer held: ends what watches its age. */
  released: AbortController
}

/**
 * Circuits without a destination, built before they are needed (path-spec §2.1.1), so that somebody who waits waits for
 * one hop and not for four. Each is given out once. Nothing is built before `refill` is first called.
 */
export class ReadyCircuits {
  readonly #clock: Clock
  readonly #prepare: (signal: AbortSignal) => Promise<ReadyCircuit>
  readonly #held = new Set<Held>()
  readonly #stop = new AbortController()
  #isFilling = false

  constructor(clock: Clock, prepare: (signal: AbortSignal) => Promise<ReadyCircuit>) {
    this.#clock = clock
    this.#prepare = prepare
  }

  /** One that fits; it is the caller's now, who closes it. */
  take(fits: (ready: ReadyCircuit) => boolean): ReadyCircuit | undefined {
    for (const held of this.#held) {
      if (!held.ready.circuit.isOpen || !fits(held.ready)) continue
      this.#release(held)
      return held.ready
    }
    return undefined
  }

  /** Closes those that may no longer be used. */
  dropUnless(mayStay: (ready: ReadyCircuit) => boolean): void {
    for (const held of this.#held) if (!mayStay(held.ready)) this.#drop(held)
  }

  /** Builds what is missing, in the background and one at a time; where one fails, no more until the next call. */
  refill(): void {
    if (this.#isFilling || this.#stop.signal.aborted) return
    this.#isFilling = true
    this.#fill()
      .catch(() => {})
      .finally(() => {
        this.#isFilling = false
      })
  }

  async #fill(): Promise<void> {
    const { signal } = this.#stop
    await this.#clock.sleep(PAUSE_MS, signal)
    const missing = MOST_READY - this.#held.size
    for (let i = 0; i < missing; i++) {
      const ready = await this.#prepare(signal)
      if (signal.aborted) return ready.circuit.close()
      const held = { ready, released: new AbortController() }
      this.#held.add(held)
      this.#clock.sleep(LIFE_MS, held.released.signal).then(
        () => this.#drop(held),
        () => {},
      )
      void ready.circuit.closed.then(() => this.#release(held))
    }
  }

  #drop(held: Held): void {
    this.#release(held)
    held.ready.circuit.close()
  }

  #release(held: Held): void {
    this.#held.delete(held)
    held.released.abort()
  }

  /** Closes those not given out, and builds no more. */
  close(): void {
    this.#stop.abort()
    this.dropUnless(() => false)
  }
}
