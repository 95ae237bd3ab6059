import { hexText } from '@warren/primitives/encoding'
import { type Rng, randomUnit } from '@warren/primitives/rng'
import type { Hop } from '../circuit/index.ts'
import type { BlindedKeyPair } from './blinding.ts'
import { uploadDescriptor } from './descriptor-transfer.ts'
import { type RingEpoch, storeEpochs } from './hsdir-ring.ts'
import { directoriesFor, networkSeconds, type OnionConsensus, type OnionNetwork } from './network.ts'
import {
  periodStartSeconds,
  sharedRandomRunSeconds,
  sharedRandomRunStartSeconds,
  type TimePeriod,
  timePeriod,
} from './period.ts'
import { nextRevision } from './revision-counter.ts'
import type { Vanguards } from './vanguards.ts'

/** One descriptor that is kept published: a stock service has one, a private service one for each client. */
export interface Publication {
  readonly id: string
  blinded(period: TimePeriod): BlindedKeyPair
  /** The descriptor's text; `undefined` while there is nothing to say. */
  encode(period: TimePeriod, revision: number, nowSeconds: number): string | undefined
}

/** An upload that is to be made, with the time from which on it is wanted. */
export interface WantedUpload {
  client: string
  directory: string
  fromMs: number
}

/** Gives each upload its time. */
export type UploadPlan = <U extends WantedUpload>(uploads: readonly U[]) => readonly (U & { dueMs: number })[]

/** Every upload as soon as it is wanted: what C-tor does. */
export const uploadAtOnce: UploadPlan = (uploads) =>
  uploads.map((upload) => ({ ...upload, dueMs: upload.fromMs }))

export interface PublisherOptions {
  network: OnionNetwork
  vanguards: Vanguards
  publications(): readonly Publication[]
  plan: UploadPlan
  /** When the next period's descriptor is first published, between now and `untilMs`. */
  firstMomentMs(nowMs: number, untilMs: number): number
  /** The revision counters used so far, by blinded key in hex; kept up to date. */
  revisions: Map<string, { revision: number; period: number }>
  onProgress?(progress: { uploaded: number; refused: number; failed: number; waiting: number }): void
}

const HOUR_MS = 3_600_000
const SHORTEST_REFRESH_MS = HOUR_MS
const LONGEST_REFRESH_MS = 2 * HOUR_MS
const RETRY_MS = 10_000
const MOST_RETRY_MS = 600_000
/** Uploads at a time: guards count circuits. */
const PARALLEL = 4

interface Slot {
  publication: Publication
  epoch: RingEpoch
  ageStartSeconds: number
  directory: Hop
  /** Content that the directory has; −1 for none. */
  version: number
  /** When it is sent the latest content, where it lacks that. */
  dueMs: number | undefined
  /** When it is sent the same again, before it expires. */
  refreshMs: number | undefined
  failures: number
}

/** The pause before the same descriptor is published again: 60 to 120 minutes, as in C-tor, for each alone. */
export function refreshPauseMs(rng: Rng): number {
  return SHORTEST_REFRESH_MS + randomUnit(rng) * (LONGEST_REFRESH_MS - SHORTEST_REFRESH_MS)
}

/** Keeps descriptors on the directories that are responsible for them, in both periods (rend-spec-v3 §2.2.4.2). */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #slots = new Map<string, Slot>()
  readonly #stop = new AbortController()
  readonly #progress = { uploaded: 0, refused: 0, failed: 0, waiting: 0 }
  readonly #offConsensus: () => void
  /** The text of each publication's descriptor in each period, made once for each version. */
  readonly #texts = new Map<string, { version: number; text: string; madeMs: number }>()
  /** Of each publication's content; 0 where nothing has changed yet. */
  readonly #versions = new Map<string, number>()
  #consensus: OnionConsensus | undefined
  #wake = Promise.withResolvers<void>()
  #published = Promise.withResolvers<void>()
  #isOut = false
  #running = 0

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#offConsensus = options.network.onConsensus(() => void this.update().catch(() => {}))
    void this.#run()
  }

  /** The descriptors of these publications (all, without `ids`) are out of date: they are published again. */
  changed(ids: readonly string[] = this.#options.publications().map(({ id }) => id)): void {
    for (const id of ids) this.#versions.set(id, this.#versionOf(id) + 1)
    this.#notePublished()
    void this.update().catch(() => {})
  }

  /** Resolves once every directory that clients ask now has the latest descriptors. */
  get published(): Promise<void> {
    return this.#published.promise
  }

  close(): void {
    this.#offConsensus()
    this.#stop.abort()
    this.#wake.resolve()
  }

  /** Compares what should be where with what is, and plans the difference. */
  async update(): Promise<void> {
    const { network, publications, plan, firstMomentMs } = this.#options
    const consensus = await network.consensus()
    if (this.#stop.signal.aborted) return
    this.#consensus = consensus
    const { times, sharedRandom } = consensus
    const { first, second } = storeEpochs(times, sharedRandom)
    const runStart = sharedRandomRunStartSeconds(times)
    const epochs = [
      { epoch: first, ageStartSeconds: runStart - sharedRandomRunSeconds(times) },
      { epoch: second, ageStartSeconds: runStart },
    ]
    const nowMs = network.clock.now()
    const networkMs = networkSeconds(consensus, network.clock) * 1000
    const wanted = new Set<string>()
    const uploads: (WantedUpload & { slot: Slot })[] = []
    for (const publication of publications())
      for (const { epoch, ageStartSeconds } of epochs) {
        const { publicKey } = publication.blinded(epoch.period)
        const startMs = periodStartSeconds(times, epoch.period) * 1000
        const isAhead = epoch === second && startMs > times.validAfterSeconds * 1000
        let momentMs: number | undefined
        for (const { hop } of directoriesFor(consensus, epoch, publicKey, 'store')) {
          const key = `${publication.id}/${epoch.period.number}/${hexText.encode(hop.rsaId)}`
          wanted.add(key)
          let slot = this.#slots.get(key)
          if (slot === undefined) {
            slot = {
              publication,
              epoch,
              ageStartSeconds,
              directory: hop,
              version: -1,
              dueMs: undefined,
              refreshMs: undefined,
              failures: 0,
            }
            this.#slots.set(key, slot)
          }
          slot.ageStartSeconds = ageStartSeconds
          slot.directory = hop
          if (this.#isLatest(slot) || slot.dueMs !== undefined) continue
          momentMs ??=
            isAhead && slot.version < 0
              ? // Clients may have a newer consensus than ours: what counts is when the period begins.
                firstMomentMs(nowMs, nowMs + Math.max(0, startMs - networkMs))
              : nowMs
          uploads.push({
            client: publication.id,
            directory: hexText.encode(hop.rsaId),
            fromMs: momentMs,
            slot,
          })
        }
      }
    for (const key of this.#slots.keys()) if (!wanted.has(key)) this.#slots.delete(key)
    this.#forgetOldPeriods(first.period.number)
    for (const { slot, dueMs } of plan(uploads)) slot.dueMs = dueMs
    this.#notePublished()
    this.#poke()
  }

  /** Takes a publication's descriptors out of the plan. What directories hold expires by itself. */
  forget(id: string): void {
    for (const [key, slot] of this.#slots) if (slot.publication.id === id) this.#slots.delete(key)
    for (const key of this.#texts.keys()) if (key.startsWith(`${id}/`)) this.#texts.delete(key)
    this.#versions.delete(id)
  }

  #versionOf(id: string): number {
    return this.#versions.get(id) ?? 0
  }

  #isLatest({ publication, version }: Slot): boolean {
    return version === this.#versionOf(publication.id)
  }

  #poke(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }

  #forgetOldPeriods(oldest: number): void {
    const { revisions } = this.#options
    for (const [key, { period }] of revisions) if (period < oldest) revisions.delete(key)
    for (const [key] of this.#texts) if (Number(key.split('/').at(-1)) < oldest) this.#texts.delete(key)
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.network
    while (!this.#stop.signal.aborted) {
      const now = clock.now()
      let next = Number.POSITIVE_INFINITY
      for (const slot of this.#slots.values()) {
        const dueMs = Math.min(slot.dueMs ?? Infinity, slot.refreshMs ?? Infinity)
        if (dueMs <= now && this.#running < PARALLEL) void this.#upload(slot)
        else next = Math.min(next, dueMs)
      }
      if (this.#running >= PARALLEL) next = Number.POSITIVE_INFINITY
      const timer = new AbortController()
      await Promise.race([
        this.#wake.promise,
        clock.sleep(Math.min(HOUR_MS, Math.max(0, next - now)), timer.signal).catch(() => {}),
      ])
      timer.abort()
    }
  }

  async #upload(slot: Slot): Promise<void> {
    const { network, vanguards } = this.#options
    slot.dueMs = undefined
    slot.refreshMs = undefined
    this.#running++
    const version = this.#versionOf(slot.publication.id)
    try {
      const text = this.#text(slot)
      if (text === undefined) return
      const status = await uploadDescriptor(network, vanguards, slot.directory, text, this.#stop.signal)
      if (status !== 200) {
        this.#progress.refused++
        // A counter gone back, or a directory that knows better: a new one is made.
        this.#texts.delete(this.#textKey(slot))
        throw new Error(`status ${status}`)
      }
      this.#progress.uploaded++
      slot.version = version
      slot.failures = 0
      slot.refreshMs = network.clock.now() + refreshPauseMs(network.rng)
      if (!this.#isLatest(slot)) slot.dueMs ??= network.clock.now()
    } catch {
      if (this.#stop.signal.aborted) return
      this.#progress.failed++
      slot.failures++
      slot.dueMs = network.clock.now() + Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** (slot.failures - 1))
    } finally {
      this.#running--
      this.#report()
      this.#poke()
    }
  }

  #textKey(slot: Slot): string {
    return `${slot.publication.id}/${slot.epoch.period.number}`
  }

  #text(slot: Slot): string | undefined {
    const { network, revisions } = this.#options
    const { publication, epoch } = slot
    const key = this.#textKey(slot)
    const held = this.#texts.get(key)
    const nowMs = network.clock.now()
    const version = this.#versionOf(publication.id)
    if (held?.version === version && nowMs - held.madeMs < SHORTEST_REFRESH_MS / 2) return held.text
    const consensus = this.#consensus
    if (consensus === undefined) return undefined
    const blinded = publication.blinded(epoch.period)
    const name = hexText.encode(blinded.publicKey)
    const nowSeconds = networkSeconds(consensus, network.clock)
    const revision = nextRevision(blinded, nowSeconds - slot.ageStartSeconds, revisions.get(name)?.revision)
    const text = publication.encode(epoch.period, revision, nowSeconds)
    if (text === undefined) return undefined
    revisions.set(name, { revision, period: epoch.period.number })
    this.#texts.set(key, { version, text, madeMs: nowMs })
    return text
  }

  #report(): void {
    const slots = [...this.#slots.values()]
    this.#progress.waiting = slots.filter((slot) => !this.#isLatest(slot)).length
    this.#options.onProgress?.({ ...this.#progress })
    this.#notePublished()
  }

  /** What clients ask for now is out: everywhere, or where it can be had at all. */
  #notePublished(): void {
    if (this.#consensus === undefined) return
    const { number } = timePeriod(this.#consensus.times)
    const asked = [...this.#slots.values()].filter((slot) => slot.epoch.period.number === number)
    const hasLatest = (slot: Slot) => this.#isLatest(slot)
    const byClient = Map.groupBy(asked, (slot) => slot.publication.id)
    const isOut = [...byClient.values()].every(
      (own) => own.some(hasLatest) && own.every((slot) => hasLatest(slot) || slot.failures > 0),
    )
    if (isOut) this.#published.resolve()
    else if (this.#isOut) this.#published = Promise.withResolvers<void>()
    this.#isOut = isOut
  }
}
