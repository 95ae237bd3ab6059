import { concatBytes, fromUtf8, utf8 } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { type Rng, randomUnit, shuffle } from '@warren/primitives/rng'
import type { Circuit } from '../circuit/circuit.ts'
import { withDeadline } from '../deadline.ts'
import { TorError } from '../errors.ts'
import {
  type Authority,
  type AuthorityCertificate,
  openAuthorityCertificate,
  splitCertificates,
} from './authority.ts'
import { type Consensus, MOST_CONSENSUS_BYTES, openConsensus, signersOf } from './consensus.ts'
import { Directory } from './directory.ts'
import { decodeMicrodesc, type Microdesc, splitMicrodescs } from './microdesc.ts'
import { directoryRequest } from './request.ts'
import type { TorStore } from './store.ts'

/** Gives circuits of one hop to a directory: an authority at first, later a guard. The manager closes them. */
export type DirectorySource = (signal: AbortSignal) => Promise<Circuit>

export interface DirectoryManagerOptions {
  authorities: readonly Authority[]
  source: DirectorySource
  store: TorStore
  clock: Clock
  rng: Rng
}

/** Microdescriptors in one request (dir-spec §4.4: at most 92 digests fit the longest address that relays accept). */
const DIGESTS_PER_REQUEST = 92
const MOST_MICRODESC_BYTES = 8 * 2 ** 20
const MOST_CERTIFICATE_BYTES = 2 ** 20
const REQUEST_MS = 60_000
const ATTEMPTS = 5
/** Of the path bandwidth that must be known before circuits are built (tor: MIN_PATHS_TO_BUILD). */
const ENOUGH_BANDWIDTH = 0.6
const RETRY_MS = 1_000
const LONGEST_RETRY_MS = 300_000

/**
 * Keeps a client's picture of the network: loads what is on disk, fetches what is missing, checks all of it, and
 * renews it before it is too old.
 */
export class DirectoryManager {
  readonly #options: DirectoryManagerOptions
  /** By authority and signing key, with the text to keep. */
  readonly #certificates = new Map<string, { certificate: AuthorityCertificate; text: string }>()
  #microdescs = new Map<string, Microdesc>()
  #microdescBytes = new Map<string, Uint8Array>()
  #directory: Directory | undefined
  readonly #listeners = new Set<(directory: Directory) => void>()

  constructor(options: DirectoryManagerOptions) {
    this.#options = options
  }

  /** Throws TorError `tor/directory` before `start` has resolved. */
  get current(): Directory {
    if (this.#directory === undefined) throw new TorError('tor/directory', 'The directory is not loaded yet.')
    return this.#directory
  }

  get isLoaded(): boolean {
    return this.#directory !== undefined
  }

  onChange(listener: (directory: Directory) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves once enough of the network is known to build circuits; then keeps it fresh until `signal` aborts. Rejects
   * with the last failure when nothing could be had.
   */
  async start(signal: AbortSignal): Promise<void> {
    await this.#load()
    const { clock } = this.#options
    const isFresh = () => (this.#directory?.consensus.freshUntil ?? 0) > clock.now() && this.#isEnough()
    for (let attempt = 1; !isFresh(); attempt++) {
      try {
        await this.refresh(signal)
        break
      } catch (error) {
        signal.throwIfAborted()
        // An older consensus that is still reasonably live is better than none.
        if (this.#isEnough()) break
        if (attempt >= ATTEMPTS) throw error
        // Another directory may be honest, or further: it is asked at once where this one lied.
        if (error instanceof TorError && error.kind === 'integrity') continue
        await clock.sleep(RETRY_MS * attempt, signal)
      }
    }
    void this.#keepFresh(signal)
  }

  async #keepFresh(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    let delay = this.#untilRefresh()
    let retry = RETRY_MS
    for (;;) {
      try {
        await clock.sleep(delay, signal)
        await this.refresh(signal)
        delay = this.#untilRefresh()
        retry = RETRY_MS
      } catch {
        if (signal.aborted) return
        delay = retry
        retry = Math.min(retry * 2, LONGEST_RETRY_MS)
      }
    }
  }

  /** A random moment after the consensus ceases to be fresh and well before it ends, so that clients do not flock. */
  #untilRefresh(): number {
    const { freshUntil, validUntil } = this.current.consensus
    const start = freshUntil + (validUntil - freshUntil) * (0.1 + 0.6 * randomUnit(this.#options.rng))
    return Math.max(RETRY_MS, start - this.#options.clock.now())
  }

  #isEnough(): boolean {
    return this.#directory !== undefined && this.#directory.knownBandwidth >= ENOUGH_BANDWIDTH
  }

  /** Fetches consensus, certificates and microdescriptors that are missing. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    await withDeadline({ clock, ms: REQUEST_MS, what: 'Fetching the directory', signal }, (limited) =>
      this.#refresh(limited),
    )
    if (!this.#isEnough()) throw new TorError('tor/directory', 'Too few microdescriptors could be fetched.')
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { source, store } = this.#options
    const circuit = await source(signal)
    try {
      const path = '/tor/status-vote/current/consensus-microdesc'
      const bytes = await this.#get(circuit, path, MOST_CONSENSUS_BYTES, signal)
      await this.#fetchCertificates(circuit, bytes, signal)
      const consensus = this.#open(bytes)
      const old = this.#directory?.consensus
      if (old !== undefined && consensus.validAfter < old.validAfter)
        throw new TorError('tor/consensus-time', 'A directory gave an older consensus than the one we have.')
      await store.write('consensus', bytes)
      await this.#fetchMicrodescs(circuit, consensus, signal)
      this.#use(consensus)
      await store.write('microdescriptors', concatBytes(...this.#microdescBytes.values()))
    } finally {
      circuit.close()
    }
  }

  async #get(circuit: Circuit, path: string, mostBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { status, body } = await directoryRequest(circuit, { path, mostBytes, signal })
    if (status !== 200) throw new TorError('tor/directory', `A directory answered ${status}.`)
    return body
  }

  #open(bytes: Uint8Array): Consensus {
    const { authorities, clock } = this.#options
    return openConsensus(bytes, {
      authorities,
      certificates: [...this.#certificates.values()].map(({ certificate }) => certificate),
      nowMs: clock.now(),
    })
  }

  async #fetchCertificates(circuit: Circuit, consensus: Uint8Array, signal: AbortSignal): Promise<void> {
    const trusted = new Set(this.#options.authorities.map((authority) => authority.v3Identity))
    const isMissing = signersOf(consensus).some(
      (s) => trusted.has(s.v3Identity) && !this.#certificates.has(`${s.v3Identity}-${s.signingKeyDigest}`),
    )
    if (!isMissing) return
    const text = new TextDecoder('latin1').decode(
      await this.#get(circuit, '/tor/keys/all', MOST_CERTIFICATE_BYTES, signal),
    )
    this.#addCertificates(text)
    const texts = [...this.#certificates.values()].map((one) => one.text)
    await this.#options.store.write('certificates', utf8(texts.join('')))
  }

  /** Those that are known stay until they expire: a directory that gives none must not make us forget them. */
  #addCertificates(text: string): void {
    const { authorities, clock } = this.#options
    for (const [key, { certificate }] of this.#certificates)
      if (certificate.expires < clock.now()) this.#certificates.delete(key)
    for (const part of splitCertificates(text)) {
      try {
        const certificate = openAuthorityCertificate(part)
        if (!authorities.some((authority) => authority.v3Identity === certificate.v3Identity)) continue
        if (certificate.expires < clock.now()) continue
        const { v3Identity, signingKeyDigest } = certificate
        this.#certificates.set(`${v3Identity}-${signingKeyDigest}`, { certificate, text: part })
      } catch {
        // One authority's malformed certificate must not hide the others'.
      }
    }
  }

  async #fetchMicrodescs(circuit: Circuit, consensus: Consensus, signal: AbortSignal): Promise<void> {
    const wanted = new Set(consensus.relays.map((relay) => relay.microdescDigest))
    const missing = [...new Directory(consensus, this.#microdescs).missing]
    for (let i = 0; i < missing.length; i += DIGESTS_PER_REQUEST) {
      const digests = shuffle(this.#options.rng, missing.slice(i, i + DIGESTS_PER_REQUEST))
      const response = await directoryRequest(circuit, {
        path: `/tor/micro/d/${digests.join('-')}`,
        mostBytes: MOST_MICRODESC_BYTES,
        signal,
      })
      // 404: this directory has none of them yet.
      if (response.status === 200) this.#addMicrodescs(response.body, wanted)
    }
  }

  /** Keeps those whose digest the consensus names. */
  #addMicrodescs(bytes: Uint8Array, wanted: ReadonlySet<string>): void {
    for (const part of splitMicrodescs(bytes)) {
      if (!wanted.has(part.digest)) continue
      try {
        this.#microdescs.set(part.digest, decodeMicrodesc(part.bytes))
        this.#microdescBytes.set(part.digest, Uint8Array.from(part.bytes))
      } catch {
        // A relay that we cannot read is a relay that we do not use.
      }
    }
  }

  #use(consensus: Consensus): void {
    const wanted = new Set(consensus.relays.map((relay) => relay.microdescDigest))
    for (const digest of this.#microdescs.keys())
      if (!wanted.has(digest)) {
        this.#microdescs.delete(digest)
        this.#microdescBytes.delete(digest)
      }
    this.#directory = new Directory(consensus, this.#microdescs)
    for (const listener of this.#listeners) listener(this.#directory)
  }

  async #load(): Promise<void> {
    const { store } = this.#options
    const certificates = await store.read('certificates')
    const consensus = await store.read('consensus')
    const microdescs = await store.read('microdescriptors')
    if (certificates === undefined || consensus === undefined) return
    try {
      this.#addCertificates(fromUtf8(certificates))
      const opened = this.#open(consensus)
      const wanted = new Set(opened.relays.map((relay) => relay.microdescDigest))
      if (microdescs !== undefined) this.#addMicrodescs(microdescs, wanted)
      this.#use(opened)
    } catch {
      // What is on disk is too old or damaged: everything is fetched again.
    }
  }
}
