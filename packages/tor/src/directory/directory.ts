import { base64BareText } from '@warren/primitives/encoding'
import type { Hop } from '../circuit/hop.ts'
import { type Consensus, type ConsensusRelay, relayKey } from './consensus.ts'
import type { Microdesc } from './microdesc.ts'
import { knownPathBandwidth } from './position-weight.ts'
import { NTOR_V3, speaks } from './protocols.ts'

/** A relay that can be used: the consensus lists it as running and its microdescriptor is known. */
export interface Relay extends ConsensusRelay {
  readonly microdesc: Microdesc
  /** What a circuit needs to go through it. */
  readonly hop: Hop
}

/** The network at one moment: a consensus and the microdescriptors known of it. Never changes; a new one replaces it. */
export class Directory {
  readonly consensus: Consensus
  /** Relays that are running and valid, and whose microdescriptor is known. */
  readonly relays: readonly Relay[]
  readonly #byRsaId: ReadonlyMap<string, Relay>
  readonly #byEd25519Id: ReadonlyMap<string, Relay>
  /** Digests of microdescriptors that are not known yet, without those of unusable relays. */
  readonly missing: readonly string[]
  /** The part of all paths, by bandwidth, that `relays` can make, 0 … 1. */
  readonly knownBandwidth: number

  constructor(consensus: Consensus, microdescs: ReadonlyMap<string, Microdesc>) {
    this.consensus = consensus
    const usable = consensus.relays.filter((relay) => relay.flags.has('Running') && relay.flags.has('Valid'))
    const missing: string[] = []
    const relays: Relay[] = []
    for (const relay of usable) {
      const microdesc = microdescs.get(relay.microdescDigest)
      if (microdesc === undefined) missing.push(relay.microdescDigest)
      else relays.push({ ...relay, microdesc, hop: hopOf(relay, microdesc) })
    }
    this.relays = relays
    this.missing = missing
    this.knownBandwidth = knownPathBandwidth(consensus, usable, (relay) =>
      microdescs.has(relay.microdescDigest),
    )
    this.#byRsaId = new Map(relays.map((relay) => [relayKey(relay.rsaId), relay]))
    this.#byEd25519Id = new Map(
      relays.map((relay) => [base64BareText.encode(relay.microdesc.ed25519Id), relay]),
    )
  }

  byRsaId(rsaId: Uint8Array): Relay | undefined {
    return this.#byRsaId.get(relayKey(rsaId))
  }

  byEd25519Id(ed25519Id: Uint8Array): Relay | undefined {
    return this.#byEd25519Id.get(base64BareText.encode(ed25519Id))
  }
}

function hopOf(relay: ConsensusRelay, microdesc: Microdesc): Hop {
  return {
    rsaId: relay.rsaId,
    ed25519Id: microdesc.ed25519Id,
    ntorKey: microdesc.ntorKey,
    speaksNtorV3: speaks(relay.protocols, NTOR_V3),
    addresses: [
      { address: relay.address, port: relay.orPort },
      ...(relay.ipv6 === undefined ? [] : [relay.ipv6]),
    ],
  }
}
