import { equalBytes } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import type { Circuit, Hop, VegasParameters } from '../circuit/index.ts'
import type { RingEpoch, RingParameters, SharedRandomValues } from './hsdir-ring.ts'
import { hsdirRing, responsibleDirectories } from './hsdir-ring.ts'
import type { ConsensusTimes } from './period.ts'

/** A relay as onion services need it. */
export interface OnionRelay {
  readonly hop: Hop
  readonly ed25519Identity: Uint8Array
}

/** One consensus, as onion services need it. */
export interface OnionConsensus {
  readonly times: ConsensusTimes
  readonly validUntilSeconds: number
  readonly sharedRandom: SharedRandomValues
  readonly ring: RingParameters
  /** How often a service tries to reach one rendezvous point (`hs_service_max_rdv_failures`). */
  readonly rendezvousAttempts: number
  /** Where the network asks for congestion control between client and service (`cc_alg`). */
  readonly congestionControl?: { readonly parameters: VegasParameters; readonly sendmeIncrement: number }
  /** Relays with the flag HSDir. */
  readonly directories: readonly OnionRelay[]
  /** A stable relay by bandwidth, not related to `apartFrom`; `undefined` where there is none. */
  choose(apartFrom: readonly Hop[]): OnionRelay | undefined
  has(hop: Hop): boolean
}

/** A circuit that was built before its use is known: a guard, a vanguard, and a relay by bandwidth. */
export interface ReadyCircuit {
  readonly circuit: Circuit
  /** Its relays, the guard first. */
  readonly path: readonly Hop[]
  /** Whether `hop` is related to none of its relays. */
  isApartFrom(hop: Hop): boolean
  /** Adds `hop` at the end. A failure closes the circuit. */
  extendTo(hop: Hop, options?: EndOptions): Promise<Circuit>
}

export interface EndOptions {
  /** Somebody else chose the last relay: that it fails says nothing of the others. */
  foreignEnd?: boolean
  signal?: AbortSignal
}

/** What onion services ask of a client of the Tor network. */
export interface OnionNetwork {
  readonly clock: Clock
  readonly rng: Rng
  /** The live consensus; waits for the first one. */
  consensus(): Promise<OnionConsensus>
  /** Calls when another consensus is there; returns what ends it. */
  onConsensus(listener: () => void): () => void
  /**
   * A persistent guard, one of `second`, relays by bandwidth, `last`: `length` relays, none related to another. Where
   * that fails, other paths are tried: `attempts` in all.
   */
  buildCircuit(
    path: EndOptions & {
      length: number
      second: readonly OnionRelay[]
      last: Hop
      attempts?: number
    },
  ): Promise<Circuit>
  /** A persistent guard, one of `second`, a stable relay by bandwidth, none related to another. */
  prepareCircuit(path: { second: readonly OnionRelay[]; signal?: AbortSignal }): Promise<ReadyCircuit>
}

/** The directories that hold a blinded key in an epoch. */
export function directoriesFor(
  consensus: OnionConsensus,
  epoch: RingEpoch,
  blindedKey: Uint8Array,
  use: 'store' | 'fetch',
): OnionRelay[] {
  const ring = hsdirRing(consensus.directories, epoch.sharedRandom, epoch.period)
  const { replicas, spreadStore, spreadFetch } = consensus.ring
  return responsibleDirectories(ring, blindedKey, replicas, use === 'store' ? spreadStore : spreadFetch)
}

/**
 * The time as the network tells it: the local clock, as far as it is inside the consensus' validity. A clock that is
 * wrong by more moves neither certificates nor revision counters, and shows in neither.
 */
export function networkSeconds({ times, validUntilSeconds }: OnionConsensus, clock: Clock): number {
  return Math.min(validUntilSeconds, Math.max(times.validAfterSeconds, Math.floor(clock.now() / 1000)))
}

export function isSameHop(a: Hop, b: Hop): boolean {
  return equalBytes(a.rsaId, b.rsaId)
}
