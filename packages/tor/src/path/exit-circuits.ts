import type { Clock } from '@warren/primitives/clock'
import type { Circuit } from '../circuit/circuit.ts'
import type { CircuitBuilder } from './circuit-builder.ts'

/** A circuit takes no new streams after this time since its first (tor: MaxCircuitDirtiness). */
const DIRTY_MS = 600_000
const MOST_STREAMS = 64

interface Entry {
  circuit: Promise<Circuit>
  /** Since when it is used. */
  since: number
  port: number
}

/**
 * Circuits to exits, shared by the streams of one isolation key and never by those of two (tor: stream isolation). A
 * circuit serves one port: another exit may be needed for another, and less can be linked.
 */
export class ExitCircuits {
  readonly #builder: CircuitBuilder
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry[]>()

  constructor(builder: CircuitBuilder, clock: Clock) {
    this.#builder = builder
    this.#clock = clock
  }

  get size(): number {
    let size = 0
    for (const entries of this.#entries.values()) size += entries.length
    return size
  }

  /** A circuit for a new stream. */
  async get(isolation: string, port: number, signal?: AbortSignal): Promise<Circuit> {
    const now = this.#clock.monotonic()
    const entries = this.#entries.get(isolation) ?? []
    this.#entries.set(isolation, entries)
    for (const entry of entries) {
      if (entry.port !== port || now - entry.since >= DIRTY_MS) continue
      const circuit = await entry.circuit.catch(() => undefined)
      if (circuit?.isOpen === true && circuit.streams < MOST_STREAMS) return circuit
    }
    const circuit = this.#builder.build({ exitPort: port, ...(signal === undefined ? {} : { signal }) })
    const entry: Entry = { circuit, since: now, port }
    entries.push(entry)
    const forget = () => this.#forget(isolation, entry)
    circuit.then((built) => built.closed).then(forget, forget)
    this.#closeDirty(now)
    return circuit
  }

  /** No new stream shall use this circuit: its exit refused the destination. */
  retire(isolation: string, circuit: Circuit): void {
    for (const entry of this.#entries.get(isolation) ?? [])
      void entry.circuit.then((built) => {
        if (built === circuit) this.#forget(isolation, entry)
      })
  }

  #forget(isolation: string, entry: Entry): void {
    const entries = this.#entries.get(isolation)
    const at = entries?.indexOf(entry) ?? -1
    if (at >= 0) entries?.splice(at, 1)
    if (entries?.length === 0) this.#entries.delete(isolation)
  }

  #closeDirty(now: number): void {
    for (const entries of this.#entries.values())
      for (const entry of entries)
        if (now - entry.since >= DIRTY_MS)
          void entry.circuit.then((circuit) => {
            if (circuit.streams === 0) circuit.close()
          })
  }

  close(): void {
    for (const entries of this.#entries.values())
      for (const { circuit } of entries)
        circuit.then(
          (built) => built.close(),
          () => {},
        )
    this.#entries.clear()
  }
}
