import type { Rng } from '@warren/primitives/rng'
import { randomUnit } from '@warren/primitives/rng'
import {
  DEFAULT_DELAY,
  momentInOverlap,
  planUploads,
  type Upload,
  UploadCalendar,
} from '@warren/private-service/protocol'
import { DEFAULT_RING_PARAMETERS, hsdirRing, refreshPauseMs, responsibleDirectories } from '@warren/tor/onion'

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
  number: number
}

/**
 * Where descriptors lie in one period. Simulations that run side by side share it: the n-th descriptor of one lies
 * where the n-th of another does, so that they differ by what they do and not by what was drawn.
 */
interface Placement {
  /** Numbers of the directories that are responsible for a descriptor. */
  directoriesOf(publication: number): readonly number[]
}

/** Asks for the placement of each period, one after the other. */
export type LoadSimulation = Generator<number, Load, Placement>

/**
 * Runs simulations of the same time side by side: ring and responsible directories of each period are found once.
 * `onPeriod` is waited for before each simulation's turn.
 */
export async function runTogether(
  simulations: readonly LoadSimulation[],
  relays: number,
  rng: Rng,
  onPeriod: (period: number) => Promise<void>,
): Promise<Load[]> {
  const directories: Directory[] = Array.from({ length: relays }, (_, number) => ({
    ed25519Identity: rng.bytes(32),
    number,
  }))
  let asked = simulations.map((simulation) => simulation.next())
  for (;;) {
    const [first] = asked
    if (first === undefined || first.done === true)
      return asked.flatMap((step) => (step.done === true ? [step.value] : []))
    const placement = place(directories, first.value, rng)
    const next: typeof asked = []
    for (const simulation of simulations) {
      await onPeriod(first.value)
      next.push(simulation.next(placement))
    }
    asked = next
  }
}

/** Blinded keys are random strings, which is what directories see. */
function place(directories: readonly Directory[], period: number, rng: Rng): Placement {
  const ring = hsdirRing(directories, rng.bytes(32), { number: period, lengthMinutes: PERIOD_MINUTES })
  const { replicas, spreadStore } = DEFAULT_RING_PARAMETERS
  const known: number[][] = []
  return {
    directoriesOf: (publication) =>
      (known[publication] ??= responsibleDirectories(ring, rng.bytes(32), replicas, spreadStore).map(
        (directory) => directory.number,
      )),
  }
}

/**
 * A simulation of what a service sends into the network: period changes, first publications, refreshes, introduction
 * points. Ring, replicas, plan, delays and pauses are the product's own functions, called as its publisher calls them:
 * all that a change of period asks for is planned together, and what a directory has is sent to it again after a pause
 * of its own. Stock tor sends a descriptor to all its directories at once, and again after a pause. What is sent again
 * depends on nothing but its own pauses, so that each copy is followed to the end of its period without a queue.
 */
export function* simulateLoad(
  options: {
    approach: LoadApproach
    clients: number
    relays: number
    days: number
    refreshes: boolean
  },
  rng: Rng,
): LoadSimulation {
  const { approach, clients, relays, days, refreshes } = options
  const publications = approach === 'one service' ? 1 : clients
  const points = approach === 'one per client' ? INTRODUCTION_POINTS * clients : INTRODUCTION_POINTS
  const isOurs = approach === 'extension' || approach === 'extension without spreading'
  const calendar = new UploadCalendar<number>()
  const endMs = days * DAY_MS
  const perMinute = new Uint32Array(endMs / MINUTE_MS)
  let uploads = 0
  let heldMs = 0
  let startMs = 0
  let pairs = 0
  let periods = 0

  const count = (atMs: number, copies: number) => {
    uploads += copies
    const minute = Math.floor(atMs / MINUTE_MS)
    perMinute[minute] = (perMinute[minute] ?? 0) + copies
  }
  /** Copies that are first sent at one moment, and then together again and again while their period lasts. */
  const follow = (firstMs: number, copies: number, periodEndMs: number) => {
    const lastMs = Math.min(endMs, periodEndMs)
    if (firstMs >= lastMs) return
    heldMs += copies * (Math.min(endMs, periodEndMs + DESCRIPTOR_LIFE_MS) - firstMs)
    // The start publishes everything at once whatever the approach: bursts are looked for afterwards.
    if (periods === 0) {
      uploads += copies
      startMs = Math.max(startMs, firstMs)
    } else count(firstMs, copies)
    if (!refreshes) return
    for (let at = firstMs + refreshPauseMs(rng); at < lastMs; at += refreshPauseMs(rng)) count(at, copies)
  }

  // Period p runs from day p to day p + 1; its descriptors are published from half a day before, when the shared
  // random value appears, until half a day after. The first one begins with the service.
  for (let period = 0; (period - 0.5) * DAY_MS < endMs; period++, periods++) {
    const placement: Placement = yield period
    const appearsMs = Math.max(0, (period - 0.5) * DAY_MS)
    const overlapMs = period * DAY_MS - appearsMs
    const periodEndMs = (period + 1.5) * DAY_MS
    const held = new Uint32Array(relays)
    const wanted: Upload<number>[] = []
    for (let publication = 0; publication < publications; publication++) {
      const chosen = placement.directoriesOf(publication)
      for (const directory of chosen) held[directory] = (held[directory] ?? 0) + 1
      if (!isOurs) {
        follow(appearsMs, chosen.length, periodEndMs)
        continue
      }
      const isSpread = approach === 'extension' && overlapMs > 0
      const fromMs = isSpread ? momentInOverlap(appearsMs, overlapMs, rng) : appearsMs
      for (const directory of chosen) wanted.push({ directory, fromMs })
    }
    calendar.forgetBefore(appearsMs - DEFAULT_DELAY.spacingMs)
    for (const { dueMs } of planUploads(wanted, DEFAULT_DELAY, calendar, rng)) follow(dueMs, 1, periodEndMs)
    for (const many of held) pairs += (many * (many - 1)) / 2
  }

  let establishments = 0
  for (let point = 0; point < points; point++)
    for (let at = 0; at < endMs; at += SHORTEST_POINT_MS + randomUnit(rng) * POINT_SPAN_MS) establishments++
  return {
    approach,
    clients,
    standingCircuits: points,
    uploadCircuitsPerDay: uploads / days,
    introductionCircuitsPerDay: establishments / days,
    descriptorsHeld: heldMs / endMs,
    messagesPerDay: MESSAGES_EACH * ((uploads + establishments) / days + ACCESSES_PER_DAY * clients),
    busiestMinute: perMinute.reduce((most, many) => Math.max(most, many), 0),
    sharedPairs: pairs / periods,
    startSeconds: startMs / 1000,
  }
}
