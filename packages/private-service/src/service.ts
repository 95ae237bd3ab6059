import {
  type Circuit,
  END_REASON,
  type IncomingStream,
  type IntroductionKeys,
  IntroductionPool,
  joinRendezvous,
  type OnionNetwork,
  type Publication,
  Publisher,
  storeEpochs,
  type TorStream,
  Vanguards,
} from '@warren/tor/onion'
import { type Admission, admit, type Silence } from './admission.ts'
import { clientDescriptor } from './client-descriptor.ts'
import { type ClientId, encodeCredential, generateClientKey } from './client-key.ts'
import { PrivateServiceError } from './errors.ts'
import { COMMON_GROUP, type IntroductionGroup, IntroductionGroups } from './introduction-group.ts'
import { type ServicePeriodKeys } from './period-keys.ts'
import {
  DEFAULT_DELAY,
  momentInOverlap,
  type PublicationDelay,
  planUploads,
  UploadCalendar,
} from './publication.ts'
import { RequestLimit } from './request-limit.ts'
import { loadState, type ServiceState, type StateSealer, type StateStore, saveState } from './state.ts'

/** The only port of a private service: streams to others are refused like a port that is shut. */
export const PRIVATE_PORT = 80

/** Uploads grow with the clients: above this the owner is warned (specs: 16 uploads for each client and refresh). */
const MANY_CLIENTS = 50

export interface PrivateServiceOptions {
  /** A client of the Tor network: `createTorClient(…)` of @warren/tor. */
  tor: OnionNetwork
  /** Where the state is kept, and what seals it: a keystore of this device. */
  store: StateStore
  sealer: StateSealer
  /** §4.5. The delay is the time until an invited client finds the service; default 30 s and 30 s. */
  delay?: PublicationDelay
  /** §4.6: requests of one client in an hour. Default 10. */
  requestsPerHour?: number
  /** Of each group. Default 3. */
  introductionPoints?: number
  onConnection(connection: PrivateConnection): void
}

/** A connection of a client whose identity is certain: its credential opened the introduction. */
export interface PrivateConnection {
  client: ClientId
  label: string
  stream: TorStream
}

export interface ClientSummary {
  id: ClientId
  label: string
  group: string
  createdMs: number
  /** Open rendezvous circuits. */
  circuits: number
}

export interface PrivateServiceStatus {
  /** Of all groups together. */
  introductionPoints: number
  /** The common one first. */
  groups: { name: string; clients: number; introductionPoints: number }[]
  uploads: { uploaded: number; refused: number; failed: number; waiting: number }
  /** Requests met with silence, for the owner's eyes. */
  silences: Record<Silence, number>
  isCrowded: boolean
}

export interface PrivateService {
  /**
   * Makes a client known and durable; the credential is secret and shown once. Clients of one group share introduction
   * points, clients of two share none: `group` is a short name, which need not be known before; by default all are in
   * the one that is called `common`. Throws `private-service/group`, `private-service/too-many-groups`.
   */
  invite(label: string, options?: { group?: string }): Promise<{ id: ClientId; credential: Uint8Array }>
  /**
   * Removes a client silently: its credential ends, its connections are closed, nothing more is published for it, and
   * all introduction points of its group are replaced, so that those it knows answer as if the service were off. The
   * other clients of the group are without the service until the new descriptors are out; other groups see nothing.
   * Throws `private-service/unknown-client`.
   */
  remove(id: ClientId): Promise<void>
  clients(): ClientSummary[]
  /** Resolves once introduction points stand and every client of now finds its descriptor. */
  readonly published: Promise<void>
  status(): PrivateServiceStatus
  close(): Promise<void>
}

/** Loads the state and publishes the service to its clients, until `close`. */
export async function createPrivateService(options: PrivateServiceOptions): Promise<PrivateService> {
  const state = await loadState(options.store, options.sealer)
  const service = new RunningService(options, state)
  await service.start()
  return service
}

class RunningService implements PrivateService {
  readonly #options: PrivateServiceOptions
  readonly #groups = new IntroductionGroups()
  readonly #pools = new Map<IntroductionGroup, IntroductionPool>()
  readonly #limit: RequestLimit
  readonly #requestsPerHour: number
  readonly #vanguards: Vanguards
  readonly #calendar = new UploadCalendar<string>()
  readonly #revisions: Map<string, { revision: number; period: number }>
  readonly #circuits = new Map<ClientId, Set<Circuit>>()
  readonly #silences: Record<Silence, number> = {
    malformed: 0,
    'unknown-client': 0,
    replayed: 0,
    'over-limit': 0,
  }
  readonly #stop = new AbortController()
  #uploads = { uploaded: 0, refused: 0, failed: 0, waiting: 0 }
  #publisher: Publisher | undefined
  #offConsensus: () => void = () => {}
  #saving: Promise<void> = Promise.resolve()
  #isSaveDue = false

  constructor(options: PrivateServiceOptions, state: ServiceState) {
    this.#options = options
    this.#requestsPerHour = options.requestsPerHour ?? 10
    this.#limit = new RequestLimit(this.#requestsPerHour)
    this.#vanguards = new Vanguards(options.tor)
    for (const { name, clients, replays } of state.groups) {
      const group = this.#groups.obtain(name)
      for (const client of clients) group.roster.add(client)
      for (const { cookie, seenMs } of replays) group.replays.admit(cookie, seenMs)
    }
    for (const { client, times } of state.requests) this.#limit.restore(client, times)
    this.#revisions = new Map(
      state.revisions.map(({ blindedKey, revision, period }) => [blindedKey, { revision, period }]),
    )
  }

  async start(): Promise<void> {
    const { tor, delay = DEFAULT_DELAY } = this.#options
    await this.#followPeriods()
    this.#offConsensus = tor.onConsensus(() => void this.#followPeriods().catch(() => {}))
    for (const group of this.#groups.all()) this.#stand(group)
    this.#publisher = new Publisher({
      network: tor,
      vanguards: this.#vanguards,
      publications: () =>
        this.#groups
          .all()
          .flatMap((group) => group.roster.clients().map(({ id }) => this.#publication(group, id))),
      plan: (uploads) => {
        this.#calendar.forgetBefore(tor.clock.now() - delay.spacingMs)
        return planUploads(uploads, delay, this.#calendar, tor.rng)
      },
      firstMomentMs: (nowMs, untilMs) => momentInOverlap(nowMs, untilMs - nowMs, tor.rng),
      revisions: this.#revisions,
      onProgress: (progress) => {
        this.#uploads = progress
        this.#saveSoon()
      },
    })
    void this.#publisher.update().catch(() => {})
  }

  async #followPeriods(): Promise<void> {
    const { times, sharedRandom } = await this.#options.tor.consensus()
    const { first, second } = storeEpochs(times, sharedRandom)
    this.#groups.setPeriods([first.period, second.period])
  }

  #stand(group: IntroductionGroup): void {
    const pool = new IntroductionPool({
      network: this.#options.tor,
      vanguards: this.#vanguards,
      size: this.#options.introductionPoints ?? 3,
      keepAwayFrom: () => [...this.#pools].flatMap(([other, pool]) => (other === group ? [] : pool.relays())),
      onIntroduce: (cell, keys) => this.#introduced(group, cell, keys),
      // Nothing is said of this to the clients of other groups, nor to those who read their descriptors.
      onChange: () => this.#publisher?.changed(group.roster.clients().map(({ id }) => id)),
    })
    this.#pools.set(group, pool)
  }

  #publication(group: IntroductionGroup, id: ClientId): Publication {
    const keys = (period: Parameters<Publication['blinded']>[0]): ServicePeriodKeys => {
      const held = group.roster.keysOf(id, period)
      if (held === undefined)
        throw new PrivateServiceError('private-service/unknown-client', 'This client was removed.')
      return held
    }
    return {
      id,
      blinded: (period) => keys(period).blinded,
      encode: (period, revision, nowSeconds) => {
        const points = this.#pools.get(group)?.points() ?? []
        return points.length === 0
          ? undefined
          : clientDescriptor(keys(period), points, revision, nowSeconds, this.#options.tor.rng)
      },
    }
  }

  // ── introductions ──

  /** A client of another group is a stranger here: its credential is not among those that are tried. */
  #introduced(group: IntroductionGroup, cell: Uint8Array, keys: IntroductionKeys): void {
    const { roster, replays } = group
    const verdict = admit(cell, keys, { roster, replays, limit: this.#limit }, this.#options.tor.clock.now())
    // The cache is about to forget: requests to introduction points that are gone cannot be repeated.
    if (replays.isNearlyFull) this.#replaceIntroductionPoints(group)
    if ('silence' in verdict) {
      this.#silences[verdict.silence]++
      return
    }
    this.#saveSoon()
    void this.#meet(group, verdict.admitted).catch(() => {})
  }

  async #meet({ roster }: IntroductionGroup, { client, rendezvous, answer }: Admission): Promise<void> {
    const label = roster.get(client)?.label ?? ''
    const onStream = (incoming: IncomingStream) => {
      if (incoming.port !== PRIVATE_PORT || roster.get(client) === undefined)
        return incoming.reject(END_REASON.connectRefused)
      this.#options.onConnection({ client, label, stream: incoming.accept() })
    }
    // She may have been removed while the circuit was built: then she hears nothing.
    const answerIfInvited: Admission['answer'] = (rng) => {
      if (roster.get(client) !== undefined) return answer(rng)
      throw new PrivateServiceError('private-service/unknown-client', 'This client was removed.')
    }
    const circuit = await joinRendezvous(
      this.#options.tor,
      this.#vanguards,
      rendezvous,
      answerIfInvited,
      onStream,
      this.#stop.signal,
    )
    if (roster.get(client) === undefined) return circuit.close()
    const circuits = this.#circuits.get(client) ?? new Set<Circuit>()
    this.#circuits.set(client, circuits)
    circuits.add(circuit)
    const oldest = circuits.size > this.#requestsPerHour ? circuits.values().next().value : undefined
    oldest?.close()
    void circuit.closed.then(() => circuits.delete(circuit))
  }

  #replaceIntroductionPoints(group: IntroductionGroup): void {
    group.replays.clear()
    this.#pools.get(group)?.replaceAll()
  }

  // ── the owner's side ──

  async invite(
    label: string,
    { group: name = COMMON_GROUP }: { group?: string } = {},
  ): Promise<{ id: ClientId; credential: Uint8Array }> {
    this.#throwIfClosed()
    const { clock, rng } = this.#options.tor
    const group = this.#groups.obtain(name)
    const client = generateClientKey(label, clock.now(), rng)
    const credential = encodeCredential(client)
    group.roster.add(client)
    if (!this.#pools.has(group)) this.#stand(group)
    await this.#save()
    await this.#publisher?.update()
    return { id: client.id, credential }
  }

  async remove(id: ClientId): Promise<void> {
    this.#throwIfClosed()
    const group = this.#groups.of(id)
    if (group === undefined)
      throw new PrivateServiceError(
        'private-service/unknown-client',
        'There is no such client; `clients` lists them.',
      )
    group.roster.remove(id)
    this.#limit.forget(id)
    for (const circuit of this.#circuits.get(id) ?? []) circuit.close()
    this.#circuits.delete(id)
    this.#publisher?.forget(id)
    if (this.#groups.dropIfEmpty(group)) this.#leave(group)
    else this.#replaceIntroductionPoints(group)
    await this.#save()
  }

  #leave(group: IntroductionGroup): void {
    this.#pools.get(group)?.close()
    this.#pools.delete(group)
  }

  clients(): ClientSummary[] {
    return this.#groups.all().flatMap(({ name, roster }) =>
      roster.clients().map(({ id, label, createdMs }) => ({
        id,
        label,
        group: name,
        createdMs,
        circuits: this.#circuits.get(id)?.size ?? 0,
      })),
    )
  }

  get published(): Promise<void> {
    const established = [...this.#pools.values()].map((pool) => pool.established)
    return Promise.all(established).then(() => this.#publisher?.published)
  }

  status(): PrivateServiceStatus {
    const groups = this.#groups.all().map((group) => ({
      name: group.name,
      clients: group.roster.size,
      introductionPoints: this.#pools.get(group)?.points().length ?? 0,
    }))
    return {
      introductionPoints: groups.reduce((sum, group) => sum + group.introductionPoints, 0),
      groups,
      uploads: { ...this.#uploads },
      silences: { ...this.#silences },
      isCrowded: this.#groups.clients().length > MANY_CLIENTS,
    }
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort(new PrivateServiceError('private-service/closed', 'The private service is closed.'))
    this.#offConsensus()
    for (const pool of this.#pools.values()) pool.close()
    this.#publisher?.close()
    this.#vanguards.close()
    for (const circuits of this.#circuits.values()) for (const circuit of circuits) circuit.close()
    await this.#save()
  }

  #throwIfClosed(): void {
    if (this.#stop.signal.aborted)
      throw new PrivateServiceError('private-service/closed', 'The private service is closed.')
  }

  // ── state ──

  #save(): Promise<void> {
    const { store, sealer } = this.#options
    // One after the other: the last state written is the last one taken.
    const saved = this.#saving.then(() => saveState(store, sealer, this.#state()))
    this.#saving = saved.catch(() => {})
    return saved
  }

  /** Replays, limits and counters may lose a few seconds in a crash: introduction keys do not survive it either. */
  #saveSoon(): void {
    if (this.#isSaveDue) return
    this.#isSaveDue = true
    this.#options.tor.clock
      .sleep(2000, this.#stop.signal)
      .then(() => {
        this.#isSaveDue = false
        return this.#save()
      })
      .catch(() => {})
  }

  #state(): ServiceState {
    return {
      groups: this.#groups.all().map(({ name, roster, replays }) => ({
        name,
        clients: [...roster.clients()],
        replays: replays.entries(),
      })),
      revisions: [...this.#revisions].map(([blindedKey, { revision, period }]) => ({
        blindedKey,
        revision,
        period,
      })),
      requests: this.#limit.entries(),
    }
  }
}
