import type { Rng } from '@warren/primitives/rng'
import { randomUnit } from '@warren/primitives/rng'
import { DEFAULT_DELAY, momentInOverlap, planUploads, UploadCalendar } from '@warren/private-service/protocol'
import {
  DEFAULT_RING_PARAMETERS,
  type HsdirRing,
  hsdirRing,
  refreshPauseMs,
  responsibleDirectories,
} from '@warren/tor/onion'
import { EventQueue } from './event-queue.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MINUTE_MS = 60_000
const PERIOD_MINUTES = 1440
const INTRODUCTION_POINTS = 3
/** Messages 1 and 2 for an introduction point, 3 and 4 for an upload, 12 and 13 for an access. */
const MESSAGES_EACH = 2
/** How often a client uses the service in a day: the same whatever the approach. */
const ACCESSES_PER_DAY = 10
/** A descriptor outlives its last upload by its lifetime. */
const DESCRIPTOR_LIFE_MS = 3 * HOUR_MS
/** Introduction points live 18 to 24 hours. */
const SHORTEST_POINT_MS = 18 * HOUR_MS
const POINT_SPAN_MS = 6 * HOUR_MS

export const LOAD_APPROACHES = [
  'one service',
  'one per client',
  'extension',
  'extension without spreading',
] as const
export type LoadApproach = (typeof LOAD_APPROACHES)[number]

export interface Load {
  approach: LoadApproach
  clients: number
  /** Introduction circuits that stand at any time. */
  standingCircuits: number
  /** Circuits built in a day: for uploads, and for introduction points. */
  uploadCircuitsPerDay: number
  introductionCircuitsPerDay: number
  /** Copies of descriptors that directories hold, on average. */
  descriptorsHeld: number
  /** Messages of figures 1 and 3 that the service sends and receives in a day: 1 to 4, and 12 and 13 for each access. */
  messagesPerDay: number
  /** Most uploads in any minute after the start. */
  busiestMinute: number
  /** Mean number of (pair of clients, directory) with both descriptors in one period. */
  sharedPairs: number
  /** Seconds until the last client finds the service after its start. */
  startSeconds: number
}

interface Directory {
  ed25519Identity: Uint8Array
}

interface Renewal {
  publication: number
  period: number
  directories: Directory[]
}

/** The ring of a period, which a simulation asks for; several run side by side and share it. */
export type LoadSimulation = Generator<number, Load, HsdirRing<Directory>>

/** Runs simulations of the same time side by side: the ring of each period is made once. */
export async function runTogether(
  simulations: readonly LoadSimulation[],
  relays: number,
  rng: Rng,
  onPeriod: (period: number) => Promise<void>,
): Promise<Load[]> {
  const directories: Directory[] = Array.from({ length: relays }, () => ({ ed25519Identity: rng.bytes(32) }))
  let asked = simulations.map((simulation) => simulation.next())
  for (;;) {
    const [first] = asked
    if (first === undefined || first.done === true)
      return asked.flatMap((step) => (step.done === true ? [step.value] : []))
    await onPeriod(first.value)
    const ring = hsdirRing(directories, rng.bytes(32), { number: first.value, lengthMinutes: PERIOD_MINUTES })
    asked = simulations.map((simulation) => simulation.next(ring))
  }
}

/**
 * A discrete-event simulation of what a service sends into the network: period changes, first publications, refreshes,
 * introduction points. Ring, replicas, delays and pauses are the product's own functions; blinded keys are random
 * strings, which is what directories see.
 */
export function* simulateLoad(
  options: {
    approach: LoadApproach
    clients: number
    days: number
    refreshes: boolean
    signal: AbortSignal
  },
  rng: Rng,
): LoadSimulation {
  const { approach, clients, days, refreshes, signal } = options
  const publications = approach === 'one service' ? 1 : clients
  const points = approach === 'one per client' ? INTRODUCTION_POINTS * clients : INTRODUCTION_POINTS
  const isDelayed = approach === 'extension' || approach === 'extension without spreading'
  const { replicas, spreadStore } = DEFAULT_RING_PARAMETERS
  const calendar = new UploadCalendar<Directory>()
  const perMinute = new Map<number, number>()
  const queue = new EventQueue<Renewal>()
  const endMs = days * DAY_MS
  let uploads = 0
  let heldMs = 0
  let startMs = 0

  const endOf = (period: number) => (period + 1.5) * DAY_MS

  const send = (renewal: Renewal, atMs: number, isStart: boolean) => {
    const wanted = renewal.directories.map((directory) => ({ directory, fromMs: atMs }))
    const delay = isDelayed ? DEFAULT_DELAY : { spacingMs: 0, spreadMs: 0 }
    for (const { dueMs } of planUploads(wanted, delay, calendar, rng)) {
      uploads++
      const minute = Math.floor(dueMs / MINUTE_MS)
      // The start publishes everything at once whatever the approach: bursts are looked for afterwards.
      if (!isStart) perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
      if (isStart) startMs = Math.max(startMs, dueMs)
    }
    const next = atMs + refreshPauseMs(rng)
    const lastMs = endOf(renewal.period)
    if (refreshes && next < Math.min(endMs, lastMs)) queue.push(next, renewal)
  }
  const begin = (ring: HsdirRing<Directory>, atMs: number, untilMs: number): number => {
    const period = ring.period.number
    calendar.forgetBefore(atMs - DEFAULT_DELAY.spacingMs)
    const seen = new Map<Directory, number>()
    for (let publication = 0; publication < publications; publication++) {
      const chosen = responsibleDirectories(ring, rng.bytes(32), replicas, spreadStore)
      for (const directory of chosen) seen.set(directory, (seen.get(directory) ?? 0) + 1)
      const first =
        approach === 'extension' && untilMs > atMs ? momentInOverlap(atMs, untilMs - atMs, rng) : atMs
      heldMs += chosen.length * Math.max(0, Math.min(endMs, endOf(period) + DESCRIPTOR_LIFE_MS) - first)
      if (first === atMs) send({ publication, period, directories: chosen }, atMs, atMs === 0)
      else queue.push(first, { publication, period, directories: chosen })
    }
    let pairs = 0
    for (const count of seen.values()) pairs += (count * (count - 1)) / 2
    return pairs
  }

  // Period p runs from day p to day p + 1; its descriptors are published from half a day before, when the shared
  // random value appears, until half a day after.
  let pairs = begin(yield 0, 0, 0)
  let periods = 1
  for (let period = 1; period * DAY_MS - DAY_MS / 2 < endMs; period++) {
    const appears = period * DAY_MS - DAY_MS / 2
    drain(queue, appears, (renewal, at) => {
      send(renewal, at, false)
      if (uploads % 4096 < replicas * spreadStore) {
        signal.throwIfAborted()
        calendar.forgetBefore(at - DEFAULT_DELAY.spacingMs)
      }
    })
    pairs += begin(yield period, appears, period * DAY_MS)
    periods++
  }
  drain(queue, endMs, (renewal, at) => send(renewal, at, false))

  let establishments = 0
  for (let point = 0; point < points; point++)
    for (let at = 0; at < endMs; at += SHORTEST_POINT_MS + randomUnit(rng) * POINT_SPAN_MS) establishments++
  let busiestMinute = 0
  for (const count of perMinute.values()) busiestMinute = Math.max(busiestMinute, count)
  return {
    approach,
    clients,
    standingCircuits: points,
    uploadCircuitsPerDay: uploads / days,
    introductionCircuitsPerDay: establishments / days,
    descriptorsHeld: heldMs / endMs,
    messagesPerDay: MESSAGES_EACH * ((uploads + establishments) / days + ACCESSES_PER_DAY * clients),
    busiestMinute,
    sharedPairs: pairs / periods,
    startSeconds: startMs / 1000,
  }
}

function drain(
  queue: EventQueue<Renewal>,
  untilMs: number,
  handle: (renewal: Renewal, atMs: number) => void,
): void {
  const later: { at: number; event: Renewal }[] = []
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next.at >= untilMs) {
      later.push(next)
      break
    }
    handle(next.event, next.at)
  }
  for (const { at, event } of later) queue.push(at, event)
}
