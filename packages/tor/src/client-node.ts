import type { Duplex } from 'node:stream'
import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { toDuplex } from './circuit/duplex-node.ts'
import { type NetworkConfiguration, type StreamOptions, TorClient } from './client.ts'
import { memoryStore, type TorStore } from './directory/store.ts'
import { directoryStore } from './directory/store-node.ts'
import { connectTls } from './link/tls-node.ts'
import { addressTarget, OnionConnector } from './onion/index.ts'
import { onionNetwork } from './onion-network.ts'

export interface ConnectOptions extends StreamOptions {
  /** The X25519 secret of an authorised client, for an onion service that asks for one. */
  clientSecret?: Uint8Array
}

export interface NodeTorClient {
  /** The client without Node's own types. */
  readonly core: TorClient
  /**
   * A connection to a host on the Internet through an exit, or to an onion service, as `net.connect` would give it.
   */
  connect(host: string, port: number, options?: ConnectOptions): Promise<Duplex>
  close(): void
}

/**
 * Starts a client of the given network over real sockets. `stateDirectory` keeps guards and what was fetched between
 * runs; without it everything is forgotten, and guards change with every run, which harms anonymity on a public
 * network. Rejects as `TorClient.start` does.
 */
export async function createTorClient(options: {
  directory: NetworkConfiguration
  stateDirectory?: string
  signal?: AbortSignal
}): Promise<NodeTorClient> {
  const { directory, stateDirectory, signal } = options
  const store: TorStore = stateDirectory === undefined ? memoryStore() : directoryStore(stateDirectory)
  const core = await TorClient.start({
    directory,
    store,
    connect: connectTls,
    clock: systemClock,
    rng: systemRng,
    ...(signal === undefined ? {} : { signal }),
  })
  const onions = new OnionConnector(onionNetwork(core))
  return {
    core,
    async connect(host, port, { clientSecret, ...streamOptions } = {}) {
      if (!isOnionName(host)) return toDuplex(await core.openStream(host, port, streamOptions))
      return toDuplex(await onions.connect(addressTarget(host, clientSecret), port, streamOptions))
    },
    close() {
      onions.close()
      core.close()
    },
  }
}

/** Such a name never leaves this process for a resolver or an exit. */
function isOnionName(host: string): boolean {
  return host.toLowerCase().replace(/\.$/, '').endsWith('.onion')
}
