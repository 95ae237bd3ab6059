import type { Clock } from '@warren/primitives/clock'
import type { Rng } from '@warren/primitives/rng'
import type { Circuit, Hop } from '../circuit/index.ts'
import { TorError } from '../errors.ts'
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
  /** Relays with the flag HSDir. */
  readonly directories: readonly OnionRelay[]
  /** A relay by bandwidth, for a position where nothing else is asked of it. Throws TorError `tor/path`. */
  choose(position: 'middle' | 'rendezvous' | 'introduction', exclude: readonly Hop[]): OnionRelay
  has(hop: Hop): boolean
}

/** What onion services ask of a client of the Tor network. */
export interface OnionNetwork {
  readonly clock: Clock
  readonly rng: Rng
  /** The live consensus; waits for the first one. */
  consensus(): Promise<OnionConsensus>
  /** Calls when another consensus is there; returns what ends it. */
  onConsensus(listener: () => void): () => void
  /** A persistent guard that is not one of `exclude`, then `hops` in their order. */
  buildCircuit(
    hops: readonly Hop[],
    options: { exclude: readonly Hop[]; signal?: AbortSignal },
  ): Promise<Circuit>
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

/** Runs `attempt` with a signal that is aborted after `ms`, or with `signal`. */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  signal: AbortSignal | undefined,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const over = new AbortController()
  clock
    .sleep(ms, over.signal)
    .then(() =>
      deadline.abort(new TorError('tor/timeout', `${what} took longer than ${Math.round(ms / 1000)} s.`)),
    )
    .catch(() => {})
  try {
    return await attempt(signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]))
  } finally {
    over.abort()
  }
}

export function isSameHop(a: Hop, b: Hop): boolean {
  return a.rsaId.every((byte, i) => byte === b.rsaId[i])
}
