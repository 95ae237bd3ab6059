import { compareBytes, utf8 } from '@warren/primitives/bytes'
import { sha3_256 } from '@warren/primitives/hash'
import { ByteWriter } from '@warren/primitives/wire'
import {
  type ConsensusTimes,
  isBetweenPeriodAndSharedRandom,
  neighbourPeriod,
  type TimePeriod,
  timePeriod,
} from './period.ts'

/** Consensus parameters `hsdir_n_replicas`, `hsdir_spread_store` and `hsdir_spread_fetch` (rend-spec-v3 §2.2.3). */
export interface RingParameters {
  replicas: number
  spreadStore: number
  spreadFetch: number
}

export const DEFAULT_RING_PARAMETERS: RingParameters = { replicas: 2, spreadStore: 4, spreadFetch: 3 }

const STORE_AT = utf8('store-at-idx')
const NODE = utf8('node-idx')
const DISASTER = utf8('shared-random-disaster')

function u64s(...values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(8 * values.length)
  for (const value of values) writer.u64(value)
  return writer.finish()
}

/** hs_service_index [WHERE-HSDESC]: replica, then length, then number. */
export function serviceIndex(blindedKey: Uint8Array, replica: number, period: TimePeriod): Uint8Array {
  return sha3_256(STORE_AT, blindedKey, u64s(replica, period.lengthMinutes, period.number))
}

/** hs_relay_index [WHERE-HSDESC]: number, then length: the other way round than `serviceIndex`. */
export function relayIndex(
  ed25519Identity: Uint8Array,
  sharedRandom: Uint8Array,
  period: TimePeriod,
): Uint8Array {
  return sha3_256(NODE, ed25519Identity, sharedRandom, u64s(period.number, period.lengthMinutes))
}

/** [§2.3.1]: what stands in for a shared random value that the consensus lacks. */
export function disasterSharedRandom(period: TimePeriod): Uint8Array {
  return sha3_256(DISASTER, u64s(period.lengthMinutes, period.number))
}

/** The directories of one period under one shared random value, in the order of their indices. */
export interface HsdirRing<R> {
  readonly period: TimePeriod
  readonly entries: readonly { index: Uint8Array; relay: R }[]
}

export function hsdirRing<R extends { ed25519Identity: Uint8Array }>(
  relays: readonly R[],
  sharedRandom: Uint8Array,
  period: TimePeriod,
): HsdirRing<R> {
  const entries = relays
    .map((relay) => ({ index: relayIndex(relay.ed25519Identity, sharedRandom, period), relay }))
    .toSorted((a, b) => compareBytes(a.index, b.index))
  return { period, entries }
}

/**
 * The directories responsible for a blinded key, replica by replica; a relay that serves an earlier replica already
 * is passed over, as in C-tor.
 */
export function responsibleDirectories<R>(
  ring: HsdirRing<R>,
  blindedKey: Uint8Array,
  replicas: number,
  spread: number,
): R[] {
  const { entries, period } = ring
  const chosen = new Set<R>()
  for (let replica = 1; replica <= replicas; replica++) {
    let at = firstAtOrAfter(entries, serviceIndex(blindedKey, replica, period))
    for (let seen = 0, added = 0; seen < entries.length && added < spread; seen++, at++) {
      const { relay } = entries[at % entries.length] as { relay: R }
      if (chosen.has(relay)) continue
      chosen.add(relay)
      added++
    }
  }
  return [...chosen]
}

function firstAtOrAfter(entries: readonly { index: Uint8Array }[], index: Uint8Array): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes((entries[middle] as { index: Uint8Array }).index, index) < 0) low = middle + 1
    else high = middle
  }
  return low
}

export interface SharedRandomValues {
  current?: Uint8Array
  previous?: Uint8Array
}

/** A period with the shared random value whose ring serves it. */
export interface RingEpoch {
  period: TimePeriod
  sharedRandom: Uint8Array
}

/** The ring that a client asks now (rend-spec-v3 §2.2.4.1). */
export function fetchEpoch(times: ConsensusTimes, values: SharedRandomValues): RingEpoch {
  const period = timePeriod(times)
  const value = isBetweenPeriodAndSharedRandom(times) ? values.current : values.previous
  return { period, sharedRandom: value ?? disasterSharedRandom(period) }
}

/** The two rings that a service publishes to now (rend-spec-v3 §2.2.4.2): the older period first. */
export function storeEpochs(
  times: ConsensusTimes,
  values: SharedRandomValues,
): { first: RingEpoch; second: RingEpoch } {
  const now = timePeriod(times)
  const older = isBetweenPeriodAndSharedRandom(times) ? neighbourPeriod(now, -1) : now
  const newer = neighbourPeriod(older, 1)
  return {
    first: { period: older, sharedRandom: values.previous ?? disasterSharedRandom(older) },
    second: { period: newer, sharedRandom: values.current ?? disasterSharedRandom(newer) },
  }
}
