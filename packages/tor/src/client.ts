import type { Clock } from '@warren/primitives/clock'
import { hexText } from '@warren/primitives/encoding'
import { type Rng, randomBelow } from '@warren/primitives/rng'
import { type Circuit, createCircuit, createFastCircuit } from './circuit/circuit.ts'
import type { TorStream } from './circuit/stream.ts'
import { untilAborted, withDeadline } from './deadline.ts'
import type { Authority } from './directory/authority.ts'
import type { Directory } from './directory/directory.ts'
import { DirectoryManager } from './directory/manager.ts'
import type { TorStore } from './directory/store.ts'
import { TorError } from './errors.ts'
import { LinkPool } from './link/link-pool.ts'
import { addressBytes } from './link/netinfo.ts'
import type { Connect } from './link/transport.ts'
import { CircuitBuilder } from './path/circuit-builder.ts'
import { ExitCircuits } from './path/exit-circuits.ts'
import { Guards } from './path/guards.ts'

/** Which network, and how its relays may be combined. */
export interface NetworkConfiguration {
  /** The authorities whose signatures are believed, and who are asked first. */
  readonly authorities: readonly Authority[]
  /** Relays of one /16 never stand in one circuit. Default true; false for a network on a single machine. */
  readonly distinctSubnets?: boolean
  /** A network with shortened intervals: the time periods of onion services follow its voting interval. */
  readonly testing?: boolean
}

/** What a client needs from outside: the network's description, disk, sockets, time, randomness. */
export interface TorClientOptions {
  directory: NetworkConfiguration
  store: TorStore
  connect: Connect
  clock: Clock
  rng: Rng
  signal?: AbortSignal
}

export interface StreamOptions {
  /** Streams with different keys never share a circuit. Default: all streams without a key share. */
  isolation?: string
  signal?: AbortSignal
}

const STREAM_MS = 30_000
const EXITS_TO_TRY = 3
const BOOTSTRAP_TRIES = 6

/** A client of a Tor network: finds relays, builds circuits, opens streams. */
export class TorClient {
  readonly network: NetworkConfiguration
  readonly clock: Clock
  readonly rng: Rng
  readonly circuits: CircuitBuilder
  readonly #links: LinkPool
  readonly #manager: DirectoryManager
  readonly #exits: ExitCircuits
  readonly #guards: Guards
  readonly #store: TorStore
  readonly #end = new AbortController()

  private constructor(options: TorClientOptions, savedGuards: Uint8Array | undefined) {
    const { directory: network, store, connect, clock, rng } = options
    const { distinctSubnets = true } = network
    this.network = network
    this.clock = clock
    this.rng = rng
    this.#store = store
    this.#links = new LinkPool({ connect, clock, rng })
    this.#guards = new Guards({ rng, saved: savedGuards, distinctSubnets })
    this.#manager = new DirectoryManager({
      authorities: network.authorities,
      source: (signal) => this.#directorySource(signal),
      store,
      clock,
      rng,
    })
    this.circuits = new CircuitBuilder({
      links: this.#links,
      guards: this.#guards,
      directory: () => this.#manager.current,
      clock,
      rng,
      distinctSubnets,
      onGuardsChanged: () => this.#saveGuards(),
    })
    this.#exits = new ExitCircuits(this.circuits, clock)
    this.#manager.onChange((directory) => {
      this.#guards.update(directory, clock.now())
      this.#saveGuards()
    })
  }

  /**
   * Resolves once circuits can be built. Rejects with TorError: `tor/network` where no authority answers,
   * `tor/consensus` or `tor/consensus-time` where what they say is not believed.
   */
  static async start(options: TorClientOptions): Promise<TorClient> {
    const client = new TorClient(options, await options.store.read('guards'))
    const { signal } = options
    const onAbort = () => client.#end.abort(signal?.reason)
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await client.#manager.start(client.#end.signal)
    } catch (error) {
      client.close()
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return client
  }

  /** The network as it is known now. */
  get directory(): Directory {
    return this.#manager.current
  }

  /** Hears of every new consensus. */
  onDirectory(listener: (directory: Directory) => void): () => void {
    return this.#manager.onChange(listener)
  }

  /** Fetches a newer consensus now. */
  refreshDirectory(): Promise<void> {
    return this.#manager.refresh(this.#end.signal)
  }

  /** Guards that let strangely few circuits through (path-bias accounting): worth a warning. */
  get suspectGuards(): string[] {
    return this.#guards.suspects(this.directory)
  }

  /**
   * A stream to a host on the Internet, through an exit. The exit resolves the name: this machine never does. Rejects
   * with TorError `tor/address` for a name that cannot be, `tor/stream` where the destination cannot be reached.
   */
  async openStream(host: string, port: number, options: StreamOptions = {}): Promise<TorStream> {
    const { isolation = '', signal } = options
    const target = `${exitHost(host)}:${checkPort(port)}`
    const deadline = { clock: this.clock, ms: STREAM_MS * 2, what: `Connecting to port ${port}`, signal }
    return withDeadline(deadline, async (limited) => {
      for (let attempt = 1; ; attempt++) {
        const circuit = await untilAborted(this.#exits.get(isolation, port, limited), limited)
        try {
          return await circuit.openStream(target, { signal: limited })
        } catch (error) {
          limited.throwIfAborted()
          if (attempt >= EXITS_TO_TRY) throw error
          this.#exits.retire(isolation, circuit)
        }
      }
    })
  }

  /** Circuits to exits that are in use or being built. */
  get openCircuits(): number {
    return this.#exits.size
  }

  /** Ends everything. */
  close(): void {
    this.#end.abort(new TorError('tor/circuit', 'The client is closed.'))
    this.#exits.close()
    this.#links.close()
  }

  #saveGuards(): void {
    this.#store.write('guards', this.#guards.save()).catch(() => {})
  }

  /** A guard where one is known, else an authority: a circuit of one hop that asks for the directory. */
  async #directorySource(signal: AbortSignal): Promise<Circuit> {
    const { rng, clock } = this
    const directory = this.#manager.isLoaded ? this.#manager.current : undefined
    const guard = directory === undefined ? undefined : this.#guards.choose(directory, clock.now())
    const address = guard?.hop.addresses[0]
    if (guard !== undefined && address !== undefined) {
      try {
        const link = await untilAborted(this.#links.get(guard.hop, address), signal)
        return await createCircuit(link, guard.hop, { rng, signal })
      } catch (error) {
        this.#guards.noteTried(guard, clock.now())
        this.#guards.noteUnreachable(guard, clock.now())
        throw error
      }
    }
    return this.#authorityCircuit(signal)
  }

  async #authorityCircuit(signal: AbortSignal): Promise<Circuit> {
    const { authorities } = this.network
    if (authorities.length === 0) throw new TorError('tor/network', 'The configuration names no authority.')
    let last: unknown
    for (let attempt = 0; attempt < BOOTSTRAP_TRIES; attempt++) {
      const authority = authorities[randomBelow(this.rng, authorities.length)] as Authority
      try {
        const address = { address: authority.address, port: authority.orPort }
        const identity = { rsaId: hexText.decode(authority.fingerprint.toLowerCase()) }
        const link = await untilAborted(this.#links.get(identity, address), signal)
        return await createFastCircuit(link, { rng: this.rng, signal })
      } catch (error) {
        signal.throwIfAborted()
        last = error
      }
    }
    throw new TorError(
      'tor/network',
      `None of the network's ${authorities.length} directory authorities answered. Check that this machine is online ` +
        'and that the network which the configuration names is running.',
      { cause: last },
    )
  }
}

/** What an exit is asked for: a name, an IPv4 address, or an IPv6 address in brackets. */
function exitHost(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name.endsWith('.onion'))
    throw new TorError(
      'tor/address',
      'An onion address is not for an exit: connect to it as an onion service.',
    )
  if (addressBytes(name.replace(/^\[|\]$/g, ''))?.length === 16) return `[${name.replace(/^\[|\]$/g, '')}]`
  if (!/^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name))
    throw new TorError('tor/address', 'The host is neither a name nor an address.')
  return name
}

function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TorError('tor/address', 'The port is not in 1 … 65535.')
  return port
}
