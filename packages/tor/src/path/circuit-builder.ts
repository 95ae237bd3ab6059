import { equalBytes } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import { type Circuit, createCircuit } from '../circuit/circuit.ts'
import type { Hop } from '../circuit/hop.ts'
import type { CongestionControl } from '../circuit/window.ts'
import { untilAborted, withDeadline } from '../deadline.ts'
import { congestionParameters } from '../directory/congestion-control.ts'
import type { Directory, Relay } from '../directory/directory.ts'
import { CONGESTION_CONTROL, speaks } from '../directory/protocols.ts'
import { TorError } from '../errors.ts'
import type { LinkPool } from '../link/link-pool.ts'
import type { RelayAddress } from '../link/transport.ts'
import { chooseRelay, type RelayRequest } from './choose.ts'
import type { Guards } from './guards.ts'
import { areRelated } from './relation.ts'
import { CircuitTimeout, HOPS_MEASURED } from './timeout.ts'

const ATTEMPTS = 5

export interface CircuitBuilderOptions {
  links: LinkPool
  guards: Guards
  /** The network of the moment. */
  directory: () => Directory
  clock: Clock
  rng: Rng
  distinctSubnets?: boolean
  /** Guards changed: time to save them. */
  onGuardsChanged?: () => void
}

/** A circuit that should be built: guard, then middles, then an exit, a given relay, or one more middle. */
export interface CircuitRequest {
  /** Hops in all, the given ones too. Default 3. */
  length?: number
  /** The last relay must exit to this port. */
  exitPort?: number
  /** The last relay, chosen elsewhere: an introduction point, a directory, a rendezvous point. */
  last?: Hop
  /**
   * Somebody else chose `last`, perhaps one that fails: what becomes of this circuit counts neither for nor against its
   * guard (as in C-tor, `pathbias_should_count`).
   */
  foreignEnd?: boolean
  /** How many paths are tried. Default 5. */
  attempts?: number
  /** Relays for the second hop (vanguards); one that is not related to the others is taken, in this order. */
  second?: readonly Relay[]
  /** Only relays with the Stable flag. Default true for everything but exits. */
  stable?: boolean
  /** Relays that must not be on the path. */
  apartFrom?: readonly Relay[]
  signal?: AbortSignal
}

/** A circuit and the relays that were chosen for it, the guard first. */
export interface BuiltCircuit {
  readonly circuit: Circuit
  readonly guard: Relay
  readonly path: readonly Hop[]
}

/** Builds circuits through chosen relays, learning from how that goes: guards, build times, path bias. */
export class CircuitBuilder {
  readonly #options: CircuitBuilderOptions
  readonly timeout = new CircuitTimeout()

  constructor(options: CircuitBuilderOptions) {
    this.#options = options
  }

  get directory(): Directory {
    return this.#options.directory()
  }

  /** One relay by weight, for uses of its own (rendezvous point, introduction point, vanguard). */
  choose(request: RelayRequest): Relay | undefined {
    const { rng, distinctSubnets = true } = this.#options
    return chooseRelay(this.directory, { distinctSubnets, ...request }, rng)
  }

  /** The relays of a path for the request, the guard first. Throws TorError `tor/path` where the network has none. */
  choosePath(request: CircuitRequest): { guard: Relay; path: Hop[] } {
    const { length = 3, exitPort, last, second, apartFrom = [] } = request
    const { guards, clock } = this.#options
    const isExit = exitPort !== undefined
    const flags = (request.stable ?? !isExit) ? ['Fast', 'Stable'] : ['Fast']
    const known = last === undefined ? undefined : this.directory.byRsaId(last.rsaId)
    const taken: Relay[] = [...apartFrom, ...(known === undefined ? [] : [known])]
    const need = (relay: Relay | undefined): Relay => {
      if (relay === undefined)
        throw new TorError('tor/path', 'The network has no relay that fits on this path.')
      taken.push(relay)
      return relay
    }
    const end =
      last ??
      (isExit
        ? need(this.choose({ position: 'exit', port: exitPort, apartFrom: taken, flags })).hop
        : undefined)
    const guard = need(guards.choose(this.directory, clock.now(), taken))
    const path: Hop[] = [guard.hop]
    const middles = length - (end === undefined ? 1 : 2)
    for (let i = 0; i < middles; i++) {
      const apart = {
        apartFrom: taken,
        ...(i === 0 && second !== undefined ? { accept: isOneOf(second) } : {}),
      }
      path.push(need(this.choose({ position: 'middle', flags, ...apart })).hop)
    }
    return { guard, path: end === undefined ? path : [...path, end] }
  }

  /** Chooses a path and builds a circuit along it; other relays are tried where one fails. */
  async build(request: CircuitRequest = {}): Promise<Circuit> {
    return (await this.buildChosen(request)).circuit
  }

  /** As `build`, for a circuit that is to be extended: it comes with its path. */
  async buildChosen(request: CircuitRequest): Promise<BuiltCircuit> {
    const { attempts = ATTEMPTS } = request
    let last: unknown
    for (let attempt = 0; attempt < attempts; attempt++) {
      request.signal?.throwIfAborted()
      const { guard, path } = this.choosePath(request)
      try {
        return { circuit: await this.#buildThroughGuard(guard, path, request), guard, path }
      } catch (error) {
        last = error
      }
    }
    request.signal?.throwIfAborted()
    throw new TorError('tor/circuit', 'No circuit could be built.', { cause: last })
  }

  /** Congestion control with the exit, where it and the network want it; not with relays of other circuits, as C-tor. */
  #exitControl(path: readonly Hop[]): CongestionControl | undefined {
    const { consensus } = this.directory
    const last = path.at(-1)
    const exit = last === undefined ? undefined : this.directory.byRsaId(last.rsaId)
    if (exit === undefined || !speaks(exit.protocols, CONGESTION_CONTROL)) return undefined
    const wanted = congestionParameters(consensus, 'exit')
    return wanted === undefined ? undefined : { ...wanted, clock: this.#options.clock }
  }

  async #buildThroughGuard(
    guard: Relay,
    path: readonly Hop[],
    { signal, exitPort, foreignEnd = false }: CircuitRequest,
  ): Promise<Circuit> {
    const { guards, clock, onGuardsChanged } = this.#options
    const control = exitPort === undefined ? undefined : this.#exitControl(path)
    guards.noteTried(guard, clock.now())
    const reached = { guard: false }
    try {
      const circuit = await this.buildAlong(path, {
        ...(signal === undefined ? {} : { signal }),
        ...(control === undefined ? {} : { control }),
        onFirstHop: () => {
          reached.guard = true
        },
      })
      guards.noteBuilt(guard, clock.now(), { isCounted: !foreignEnd })
      return circuit
    } catch (error) {
      if (signal?.aborted !== true) {
        if (!reached.guard) guards.noteUnreachable(guard, clock.now())
        else if (!foreignEnd) guards.noteNotBuilt(guard)
      }
      throw error
    } finally {
      onGuardsChanged?.()
    }
  }

  /** Whether `hop` may stand on a circuit with these relays: not one of them, nor related to one. */
  isApart(path: readonly Hop[], hop: Hop): boolean {
    const { distinctSubnets = true } = this.#options
    const relay = this.directory.byRsaId(hop.rsaId)
    return path.every((one) => {
      const other = this.directory.byRsaId(one.rsaId)
      if (relay === undefined || other === undefined) return !equalBytes(one.rsaId, hop.rsaId)
      return !areRelated(relay, other, { distinctSubnets })
    })
  }

  /**
   * Adds a relay to a circuit that was built before, in the time that its hop may take. A failure closes the circuit,
   * and counts against its guard as one that was not built, unless somebody else chose `hop`.
   */
  async extend(
    { circuit, guard, path }: BuiltCircuit,
    hop: Hop,
    { foreignEnd = false, signal }: Pick<CircuitRequest, 'foreignEnd' | 'signal'> = {},
  ): Promise<Circuit> {
    const { guards, clock, onGuardsChanged } = this.#options
    const ms = this.timeout.forHops(path.length + 1) - this.timeout.forHops(path.length)
    try {
      await withDeadline({ clock, ms, what: 'Extending a circuit', signal }, (limited) =>
        circuit.extend(hop, { signal: limited }),
      )
      return circuit
    } catch (error) {
      circuit.close()
      if (signal?.aborted !== true && !foreignEnd) {
        guards.noteNotBuilt(guard)
        onGuardsChanged?.()
      }
      throw error
    }
  }

  /**
   * Builds a circuit along exactly these relays, with congestion control at the last one where `control` is given and
   * granted. A failure leaves nothing behind.
   */
  async buildAlong(
    path: readonly Hop[],
    {
      signal,
      control,
      onFirstHop,
    }: { signal?: AbortSignal; control?: CongestionControl; onFirstHop?: () => void } = {},
  ): Promise<Circuit> {
    const { links, clock, rng } = this.#options
    const [first, ...rest] = path
    const address: RelayAddress | undefined = first?.addresses[0]
    if (first === undefined || address === undefined) throw new TorError('tor/path', 'A path without relays.')
    const started = clock.monotonic()
    const ms = this.timeout.forHops(path.length)
    return withDeadline({ clock, ms, what: 'Building a circuit', signal }, async (limited) => {
      const link = await untilAborted(links.get(first, address), limited)
      const circuit = await createCircuit(link, first, { rng, signal: limited })
      onFirstHop?.()
      // A relay further away says nothing of the time that three hops take, and somebody else may have chosen it.
      let isMeasured = false
      try {
        for (const [i, hop] of rest.entries()) {
          const isLast = i === rest.length - 1
          await circuit.extend(hop, {
            signal: limited,
            ...(isLast && control !== undefined ? { control } : {}),
          })
          if (i + 2 !== HOPS_MEASURED) continue
          isMeasured = true
          this.timeout.note(clock.monotonic() - started)
        }
      } catch (error) {
        circuit.close()
        if (limited.aborted && signal?.aborted !== true && !isMeasured) this.timeout.noteTimeout()
        throw error
      }
      return circuit
    })
  }
}

function isOneOf(relays: readonly Relay[]): (relay: Relay) => boolean {
  const ids = new Set(relays.map((relay) => relay.hop.rsaId.join()))
  return (relay) => ids.has(relay.rsaId.join())
}
