import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { type Rng, randomUnit } from '@warren/primitives/rng'
import { relayKey } from '../directory/consensus.ts'
import type { Directory, Relay } from '../directory/directory.ts'
import { chooseRelay } from './choose.ts'
import { areRelated } from './relation.ts'

const DAY_MS = 86_400_000
/** guard-spec, appendix A. */
const MOST_SAMPLED_PART = 0.2
const MOST_SAMPLED = 60
const FEWEST_USABLE = 20
const PRIMARY = 3
const LIFETIME_MS = 120 * DAY_MS
const CONFIRMED_LIFETIME_MS = 60 * DAY_MS
const UNLISTED_MS = 20 * DAY_MS
/** How long a guard that failed is left alone, by how long it has been failing; primary guards sooner. */
const RETRY = [
  { failingMs: 6 * 3_600_000, primaryMs: 10 * 60_000, otherMs: 3_600_000 },
  { failingMs: 4 * DAY_MS, primaryMs: 90 * 60_000, otherMs: 4 * 3_600_000 },
  { failingMs: 7 * DAY_MS, primaryMs: 4 * 3_600_000, otherMs: 18 * 3_600_000 },
  { failingMs: Number.POSITIVE_INFINITY, primaryMs: 9 * 3_600_000, otherMs: 36 * 3_600_000 },
] as const
/** Path-bias accounting: below this part of circuits that succeed, a guard is suspected of choosing them. */
const BIAS_CIRCUITS = 150
const BIAS_LEAST = 0.3
/** At so many circuits the counts are halved: what a guard did long ago does not excuse what it does now. */
const BIAS_HALVED_AT = 300

/** One guard as it is remembered. Times are milliseconds since 1970, blurred so that the file tells little. */
interface Guard {
  rsaId: string
  added: number
  confirmed?: number
  unlistedSince?: number
  failingSince?: number
  lastTried?: number
  /** Circuits that it let begin and that we did not cancel; of these, those that were built. */
  circuits: number
  built: number
}

/**
 * Entry guards (guard-spec): a small set of relays that all circuits begin with, kept over months, so that an
 * adversary's relays rarely come to stand next to the client. Time comes in as a parameter.
 */
export class Guards {
  /** The confirmed ones first, in the order of their confirmation; the others in the order in which they were drawn. */
  #sample: Guard[]
  readonly #rng: Rng
  readonly #distinctSubnets: boolean

  constructor(options: { rng: Rng; saved?: Uint8Array | undefined; distinctSubnets?: boolean }) {
    this.#rng = options.rng
    this.#distinctSubnets = options.distinctSubnets ?? true
    this.#sample = options.saved === undefined ? [] : decode(options.saved)
  }

  /** What to keep on disk. */
  save(): Uint8Array {
    return utf8(JSON.stringify({ schema: 'warren.tor-guards/1', guards: this.#sample }))
  }

  /** Fits the sample to the network: drops what has expired or left, and draws new guards where too few are usable. */
  update(directory: Directory, nowMs: number): void {
    const listed = new Set(directory.relays.filter((r) => r.flags.has('Guard')).map((r) => relayKey(r.rsaId)))
    for (const guard of this.#sample)
      if (listed.has(guard.rsaId)) delete guard.unlistedSince
      else guard.unlistedSince ??= nowMs
    this.#sample = this.#sample.filter((guard) => {
      if (nowMs - (guard.unlistedSince ?? nowMs) > UNLISTED_MS) return false
      return guard.confirmed === undefined
        ? nowMs - guard.added < LIFETIME_MS
        : nowMs - guard.confirmed < CONFIRMED_LIFETIME_MS || nowMs - guard.added < LIFETIME_MS
    })
    const most = Math.max(PRIMARY, Math.min(MOST_SAMPLED, Math.floor(listed.size * MOST_SAMPLED_PART)))
    while (this.#sample.length < most && this.#usable(directory).length < FEWEST_USABLE) {
      const sampled = new Set(this.#sample.map((guard) => guard.rsaId))
      const relay = chooseRelay(
        directory,
        {
          position: 'guard',
          flags: ['Fast', 'Stable', 'V2Dir'],
          accept: (one) => !sampled.has(relayKey(one.rsaId)),
        },
        this.#rng,
      )
      if (relay === undefined) break
      // Up to a tenth of the lifetime into the past: the file does not say when the client was first run.
      const added = nowMs - Math.floor((randomUnit(this.#rng) * LIFETIME_MS) / 10)
      this.#sample.push({ rsaId: relayKey(relay.rsaId), added, circuits: 0, built: 0 })
    }
  }

  #usable(directory: Directory): { guard: Guard; relay: Relay }[] {
    return this.#sample.flatMap((guard) => {
      const relay = directory.byRsaId(hexText.decode(guard.rsaId))
      return relay?.flags.has('Guard') === true ? [{ guard, relay }] : []
    })
  }

  /**
   * The guard for a new circuit: the first primary guard that works and is not related to `apartFrom`; else a confirmed
   * one, else any other of the sample. Where all have failed lately, the one that was tried longest ago: a client never
   * leaves its sample. `undefined` where the sample has nothing that may stand on this path.
   */
  choose(directory: Directory, nowMs: number, apartFrom: readonly Relay[] = []): Relay | undefined {
    const usable = this.#usable(directory)
    const primary = new Set(usable.slice(0, PRIMARY).map(({ guard }) => guard))
    const allowed = usable.filter(
      ({ relay }) =>
        !apartFrom.some((other) => areRelated(relay, other, { distinctSubnets: this.#distinctSubnets })),
    )
    const working = allowed.find(({ guard }) => isWorthTrying(guard, primary.has(guard), nowMs))
    if (working !== undefined) return working.relay
    return allowed.toSorted((a, b) => (a.guard.lastTried ?? 0) - (b.guard.lastTried ?? 0))[0]?.relay
  }

  /** A circuit through this guard was begun. */
  noteTried(relay: Relay, nowMs: number): void {
    const guard = this.#find(relay)
    if (guard === undefined) return
    guard.lastTried = nowMs
  }

  /** A circuit through this guard was built: it is reachable. `isCounted`: for path-bias accounting. */
  noteBuilt(relay: Relay, nowMs: number, { isCounted = true } = {}): void {
    const guard = this.#find(relay)
    if (guard === undefined) return
    if (isCounted) count(guard, true)
    delete guard.failingSince
    if (guard.confirmed !== undefined) return
    guard.confirmed = nowMs - Math.floor((randomUnit(this.#rng) * CONFIRMED_LIFETIME_MS) / 10)
    // The date is blurred, so that it orders nothing: the place in the sample does.
    const others = this.#sample.filter((one) => one !== guard)
    const at = others.findLastIndex((one) => one.confirmed !== undefined) + 1
    this.#sample = others.toSpliced(at, 0, guard)
  }

  /** The guard answered, and the circuit failed behind it: by chance, or because the guard chooses its circuits. */
  noteNotBuilt(relay: Relay): void {
    const guard = this.#find(relay)
    if (guard !== undefined) count(guard, false)
  }

  /** The guard itself could not be reached (and not a relay behind it). */
  noteUnreachable(relay: Relay, nowMs: number): void {
    const guard = this.#find(relay)
    if (guard !== undefined) guard.failingSince ??= nowMs
  }

  /** Nicknames of guards that let too few circuits through. */
  suspects(directory: Directory): string[] {
    return this.#usable(directory)
      .filter(({ guard }) => guard.circuits >= BIAS_CIRCUITS && guard.built / guard.circuits < BIAS_LEAST)
      .map(({ relay }) => relay.nickname)
  }

  #find(relay: Relay): Guard | undefined {
    return this.#sample.find((guard) => guard.rsaId === relayKey(relay.rsaId))
  }
}

function count(guard: Guard, isBuilt: boolean): void {
  guard.circuits++
  if (isBuilt) guard.built++
  if (guard.circuits < BIAS_HALVED_AT) return
  guard.circuits = Math.floor(guard.circuits / 2)
  guard.built = Math.floor(guard.built / 2)
}

function isWorthTrying(guard: Guard, isPrimary: boolean, nowMs: number): boolean {
  if (guard.failingSince === undefined) return true
  const failing = nowMs - guard.failingSince
  const rule = RETRY.find((one) => failing < one.failingMs) ?? RETRY[3]
  return nowMs - (guard.lastTried ?? 0) > (isPrimary ? rule.primaryMs : rule.otherMs)
}

/** A damaged file means new guards: rare, and better than none. */
function decode(saved: Uint8Array): Guard[] {
  try {
    const document = JSON.parse(fromUtf8(saved)) as { schema?: unknown; guards?: unknown }
    if (document.schema !== 'warren.tor-guards/1' || !Array.isArray(document.guards)) return []
    const guards = document.guards.filter(isGuard).slice(0, MOST_SAMPLED)
    return guards.toSorted((a, b) => Number(a.confirmed === undefined) - Number(b.confirmed === undefined))
  } catch {
    return []
  }
}

function isGuard(value: unknown): value is Guard {
  const guard = value as Partial<Record<keyof Guard, unknown>> | null
  const isTime = (time: unknown) => time === undefined || Number.isFinite(time)
  return (
    typeof guard === 'object' &&
    guard !== null &&
    typeof guard.rsaId === 'string' &&
    /^[0-9a-f]{40}$/.test(guard.rsaId) &&
    Number.isFinite(guard.added) &&
    isTime(guard.confirmed) &&
    isTime(guard.unlistedSince) &&
    isTime(guard.failingSince) &&
    isTime(guard.lastTried) &&
    Number.isSafeInteger(guard.circuits) &&
    Number.isSafeInteger(guard.built)
  )
}
