import type { Duplex } from 'node:stream'
import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { toDuplex } from './circuit/duplex-node.ts'
import { type NetworkConfiguration, type StreamOptions, TorClient } from './client.ts'
import { memoryStore } from './directory/store.ts'
import { directoryStore } from './directory/store-node.ts'
import { connectTls } from './link/tls-node.ts'
import { addressTarget, OnionConnector } from './onion/index.ts'
import { onionNetwork } from './onion-network.ts'

export interface NodeTorClient {
  /** The client without Node's own types. */
  readonly core: TorClient
  /**
   * A connection as `net.connect` would give it: through an exit to a host on the Internet, or by rendezvous to an
   * onion service. No name is ever resolved by this machine.
   */
  connect(host: string, port: number, options?: StreamOptions): Promise<Duplex>
  close(): void
}

export interface CreateTorClientOptions {
  /** Which network: its directory authorities. */
  directory: NetworkConfiguration
  /**
   * Keeps guards and what was fetched between runs; without it everything is forgotten, and guards change with every
   * run, which harms anonymity on a public network.
   */
  stateDirectory?: string
  /** X25519 secrets of this client (32 bytes) for onion services that authorise clients, by `….onion`. */
  onionKeys?: ReadonlyMap<string, Uint8Array>
  signal?: AbortSignal
}

/** Starts a client of the given network over real sockets. Rejects as `TorClient.start` does. */
export async function createTorClient(options: CreateTorClientOptions): Promise<NodeTorClient> {
  const { directory, stateDirectory, onionKeys, signal } = options
  const core = await TorClient.start({
    directory,
    store: stateDirectory === undefined ? memoryStore() : directoryStore(stateDirectory),
    connect: connectTls,
    clock: systemClock,
    rng: systemRng,
    ...(signal === undefined ? {} : { signal }),
  })
  const onions = new OnionConnector(onionNetwork(core))
  return {
    core,
    async connect(host, port, streamOptions) {
      const name = host.toLowerCase().replace(/\.$/, '')
      return toDuplex(
        name.endsWith('.onion')
          ? await onions.connect(addressTarget(name, onionKeys?.get(name)), port, streamOptions)
          : await core.openStream(host, port, streamOptions),
      )
    },
    close() {
      onions.close()
      core.close()
    },
  }
}
