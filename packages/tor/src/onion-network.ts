import type { Hop } from './circuit/index.ts'
import type { TorClient } from './client.ts'
import { congestionParameters } from './directory/congestion-control.ts'
import { parameter } from './directory/consensus.ts'
import type { Directory, Relay } from './directory/directory.ts'
import { type OnionConsensus, type OnionNetwork, periodLengthMinutes } from './onion/index.ts'

/** C-tor allows shorter voting intervals on testing networks only (MIN_VOTE_INTERVAL). */
const SHORTEST_PUBLIC_INTERVAL_SECONDS = 300
const MINUTES_PER_DAY = 1440

type KnownRelay = Relay & { ed25519Identity: Uint8Array }

/** A client of the Tor network, as onion services use it. */
export function onionNetwork(client: TorClient): OnionNetwork {
  const views = new WeakMap<Directory, OnionConsensus>()
  const view = () => {
    const { directory } = client
    let known = views.get(directory)
    if (known === undefined) {
      known = consensusView(client, directory)
      views.set(directory, known)
    }
    return known
  }
  return {
    clock: client.clock,
    rng: client.rng,
    consensus: () => Promise.resolve(view()),
    onConsensus: (listener) => client.onDirectory(() => listener()),
    buildCircuit: ({ second, ...request }) =>
      client.circuits.build({
        ...request,
        second: relaysOf(
          client.directory,
          second.map((relay) => relay.hop),
        ),
      }),
    async prepareCircuit({ second, signal }) {
      const built = await client.circuits.buildChosen({
        length: 3,
        second: relaysOf(
          client.directory,
          second.map((relay) => relay.hop),
        ),
        ...(signal === undefined ? {} : { signal }),
      })
      return {
        circuit: built.circuit,
        path: built.path,
        isApartFrom: (hop) => client.circuits.isApart(built.path, hop),
        extendTo: (hop, options) => client.circuits.extend(built, hop, options),
      }
    },
  }
}

function relaysOf(directory: Directory, hops: readonly Hop[]): Relay[] {
  return hops.flatMap((hop) => directory.byRsaId(hop.rsaId) ?? [])
}

function consensusView(client: TorClient, directory: Directory): OnionConsensus {
  const { consensus } = directory
  const { votingIntervalSeconds, sharedRandom } = consensus
  const known: KnownRelay[] = directory.relays.map((relay) => ({
    ...relay,
    ed25519Identity: relay.microdesc.ed25519Id,
  }))
  const congestionControl = congestionParameters(consensus, 'onion')
  const bounded = (name: string, fallback: number, least: number, most: number) =>
    parameter(consensus, name, { fallback, least, most })
  return {
    times: {
      validAfterSeconds: consensus.validAfter / 1000,
      votingIntervalSeconds,
      periodLengthMinutes: periodLengthMinutes({
        testingNetwork: client.network.testing ?? votingIntervalSeconds < SHORTEST_PUBLIC_INTERVAL_SECONDS,
        votingIntervalSeconds,
        hsdirInterval: bounded('hsdir_interval', MINUTES_PER_DAY, 30, 14_400),
      }),
    },
    validUntilSeconds: consensus.validUntil / 1000,
    sharedRandom,
    ring: {
      replicas: bounded('hsdir_n_replicas', 2, 1, 16),
      spreadStore: bounded('hsdir_spread_store', 4, 1, 128),
      spreadFetch: bounded('hsdir_spread_fetch', 3, 1, 128),
    },
    rendezvousAttempts: bounded('hs_service_max_rdv_failures', 2, 1, 10),
    ...(congestionControl === undefined ? {} : { congestionControl }),
    directories: known.filter((relay) => relay.flags.has('HSDir')),
    choose(apartFrom) {
      const chosen = client.circuits.choose({
        position: 'middle',
        flags: ['Fast', 'Stable'],
        apartFrom: relaysOf(directory, apartFrom),
      })
      return chosen === undefined
        ? undefined
        : { hop: chosen.hop, ed25519Identity: chosen.microdesc.ed25519Id }
    },
    has: (hop) => directory.byRsaId(hop.rsaId) !== undefined,
  }
}
