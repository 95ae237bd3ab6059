import { equalBytes } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { hexText } from '@warren/primitives/encoding'
import { shuffle } from '@warren/primitives/rng'
import {
  type Circuit,
  type CongestionControl,
  type Hop,
  hopOf,
  linkSpecifiers,
  RELAY,
  type TorStream,
} from '../circuit/index.ts'
import { untilAborted, withDeadline } from '../deadline.ts'
import { TorError } from '../errors.ts'
import { decodeDescriptor, type MiddleDescriptor, openInnerLayer, openMiddleLayer } from './descriptor.ts'
import { fetchDescriptor } from './descriptor-transfer.ts'
import { startHandshake } from './hs-ntor.ts'
import { fetchEpoch } from './hsdir-ring.ts'
import {
  decodeIntroduceAck,
  encodeIntroduce1,
  INTRODUCE_STATUS,
  RENDEZVOUS_COOKIE_BYTES,
} from './introduce.ts'
import type { IntroductionPoint } from './introduction-point.ts'
import { directoriesFor, networkSeconds, type OnionConsensus, type OnionNetwork } from './network.ts'
import type { TimePeriod } from './period.ts'
import { decodeRendezvous2 } from './rendezvous.ts'
import { Vanguards } from './vanguards.ts'

/** What a client derives for one service and period. */
export interface ServiceKeys {
  blindedKey: Uint8Array
  subcredential: Uint8Array
  /** N_hs_subcred inside hs-ntor, or what stands for it. */
  introductionCredential: Uint8Array
  /** The descriptor cookie for the inner layer, where the service asks for one. */
  cookie(middle: MiddleDescriptor): Uint8Array | undefined
}

/** A service that a client may reach. */
export interface OnionTarget {
  /** Distinguishes targets in caches; never leaves the process. */
  readonly name: string
  keys(period: TimePeriod): ServiceKeys
}

const INTRODUCE_MS = 20_000
const RENDEZVOUS_MS = 20_000
const CONNECT_MS = 120_000
/** A circuit that stood ready may have died unnoticed: others are built sooner than a rendezvous is given up. */
const READY_MS = 5_000
const DESCRIPTOR_LIFE_MS = 3 * 3_600_000
const MOST_CACHED = 1000

interface KnownService {
  keys: ServiceKeys
  points: readonly IntroductionPoint[]
  revision: number
  fetchedMs: number
}

/** A circuit whose last relay is `meeting`, the rendezvous point. */
interface Meeting {
  circuit: Circuit
  meeting: Hop
}

/** Reaches onion services: descriptor, introduction, rendezvous. One for each client. */
export class OnionConnector {
  readonly #network: OnionNetwork
  readonly #vanguards: Vanguards
  readonly #known = new Map<string, KnownService>()
  /** The highest revision seen under each blinded key: a directory cannot give back an older descriptor. */
  readonly #revisions = new Map<string, number>()
  readonly #circuits = new Map<string, Promise<Circuit>>()
  readonly #stop = new AbortController()

  constructor(network: OnionNetwork) {
    this.#network = network
    this.#vanguards = new Vanguards(network)
  }

  /**
   * A stream to `port` of the service. Streams of one `isolation` share a rendezvous circuit. Throws TorError
   * `tor/not-found` where no directory has a descriptor that opens or no introduction point knows the service,
   * `tor/rendezvous` where it does not come, `tor/stream` where it refuses the port.
   */
  connect(
    target: OnionTarget,
    port: number,
    { isolation = '', signal }: { isolation?: string; signal?: AbortSignal } = {},
  ): Promise<TorStream> {
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
    return withDeadline(
      { clock: this.#network.clock, ms: CONNECT_MS, what: 'Reaching the service', signal: stop },
      async (limit) => {
        const circuit = await this.#circuit(target, isolation, limit)
        return circuit.openStream(`:${port}`, { signal: limit })
      },
    )
  }

  close(): void {
    this.#stop.abort(new TorError('tor/circuit', 'The client is closed.'))
    this.#vanguards.close()
    this.dropCircuits()
  }

  /** Ends every rendezvous circuit: the next connection meets the service anew (a new identity towards it). */
  dropCircuits(): void {
    for (const pending of this.#circuits.values())
      pending.then(
        (circuit) => circuit.close(),
        () => {},
      )
    this.#circuits.clear()
  }

  /** The open circuit of this target and isolation, or a new one; those who wait share it. */
  async #circuit(target: OnionTarget, isolation: string, signal: AbortSignal): Promise<Circuit> {
    const key = JSON.stringify([target.name, isolation])
    const held = this.#circuits.get(key)
    if (held !== undefined) {
      const circuit = await untilAborted(held, signal).catch(() => undefined)
      signal.throwIfAborted()
      if (circuit?.isOpen === true) return circuit
    }
    const fresh = this.#reach(target, signal)
    this.#circuits.set(key, fresh)
    const forget = () => {
      if (this.#circuits.get(key) === fresh) this.#circuits.delete(key)
    }
    fresh.then((circuit) => circuit.closed.then(forget), forget)
    return fresh
  }

  /**
   * With the descriptor that is known, then with what each directory has: one may have kept an older one, whose
   * introduction points are gone. What no introduction point of a descriptor answers is tried with newer ones only.
   */
  async #reach(target: OnionTarget, signal: AbortSignal): Promise<Circuit> {
    const held = await this.#held(target)
    if (held !== undefined)
      try {
        return await this.#rendezvous(held, signal)
      } catch {
        signal.throwIfAborted()
      }
    const asked = new Set<string>()
    let problem: unknown
    for (let tried = -1; ; ) {
      let found: KnownService
      try {
        found = await this.#lookUp(target, asked, signal)
      } catch (error) {
        signal.throwIfAborted()
        throw problem ?? error
      }
      if (found.revision <= tried) continue
      try {
        return await this.#rendezvous(found, signal)
      } catch (error) {
        signal.throwIfAborted()
        problem = error
        tried = found.revision
      }
    }
  }

  async #where(target: OnionTarget) {
    const consensus = await this.#network.consensus()
    const epoch = fetchEpoch(consensus.times, consensus.sharedRandom)
    const keys = target.keys(epoch.period)
    const name = hexText.encode(keys.blindedKey)
    // What one client's key opened is not for a connection without it, nor for another client's.
    return { consensus, epoch, keys, name, cacheKey: `${target.name} ${name}` }
  }

  async #held(target: OnionTarget): Promise<KnownService | undefined> {
    const held = this.#known.get((await this.#where(target)).cacheKey)
    return held !== undefined && this.#network.clock.now() - held.fetchedMs < DESCRIPTOR_LIFE_MS
      ? held
      : undefined
  }

  /** From one of the responsible directories that are not in `asked`, which is kept up to date. */
  async #lookUp(target: OnionTarget, asked: Set<string>, signal: AbortSignal): Promise<KnownService> {
    const { clock, rng } = this.#network
    const { consensus, epoch, keys, name, cacheKey } = await this.#where(target)
    const nowSeconds = networkSeconds(consensus, clock)
    let problem: unknown
    for (const directory of shuffle(rng, directoriesFor(consensus, epoch, keys.blindedKey, 'fetch'))) {
      const id = hexText.encode(directory.hop.rsaId)
      if (asked.has(id)) continue
      asked.add(id)
      try {
        const text = await fetchDescriptor(
          this.#network,
          this.#vanguards,
          directory.hop,
          keys.blindedKey,
          signal,
        )
        if (text === undefined) continue
        const { revision, points } = readDescriptor(text, keys, nowSeconds)
        if (revision < (this.#revisions.get(name) ?? 0))
          throw new TorError('tor/descriptor', 'A directory gave an older descriptor than one already seen.')
        const known = { keys, points, revision, fetchedMs: clock.now() }
        remember(this.#revisions, name, revision)
        remember(this.#known, cacheKey, known)
        return known
      } catch (error) {
        signal.throwIfAborted()
        problem = error
      }
    }
    if (problem instanceof TorError && problem.code === 'tor/descriptor') throw problem
    throw new TorError(
      'tor/not-found',
      'No directory knows this onion service: it is switched off, or the address is wrong.',
      {
        cause: problem,
      },
    )
  }

  /** Introductions at one point after the other, until the service comes. */
  async #rendezvous(known: KnownService, signal: AbortSignal): Promise<Circuit> {
    let problem: unknown
    for (const point of shuffle(this.#network.rng, [...known.points])) {
      try {
        return await this.#meet(known.keys, point, signal)
      } catch (error) {
        signal.throwIfAborted()
        problem = error
      }
    }
    if (problem instanceof TorError) throw problem
    if (problem !== undefined)
      throw new TorError('tor/introduction', 'A relay answered an introduction with garbage.', {
        cause: problem,
      })
    throw new TorError('tor/not-found', 'The onion service has no introduction points.')
  }

  /** One introduction and one rendezvous; the two circuits are built side by side. */
  async #meet(keys: ServiceKeys, point: IntroductionPoint, signal: AbortSignal): Promise<Circuit> {
    const { clock, rng } = this.#network
    const hop = hopOf(point.linkSpecifiers, point.onionKey)
    if (hop === undefined) throw new TorError('tor/introduction', 'An introduction point cannot be reached.')
    const consensus = await this.#network.consensus()
    const control = congestionControlWith(point, consensus, clock)
    const cookie = rng.bytes(RENDEZVOUS_COOKIE_BYTES)
    const waiting = this.#meetingPoint(hop, cookie, signal)
    const introducing = this.#vanguards.circuitTo(hop, 'client-introduction', signal)
    const [{ circuit: rendezvous, meeting }, introduction] = await both(waiting, introducing)
    try {
      const handshake = startHandshake(
        {
          authKey: point.authKey,
          encKey: point.encKey,
          subcredential: keys.introductionCredential,
        },
        rng,
      )
      const message = encodeIntroduce1(point.authKey, handshake, {
        rendezvousCookie: cookie,
        onionKey: meeting.ntorKey,
        linkSpecifiers: linkSpecifiers(meeting),
        congestionControl: control !== undefined,
      })
      return await withDeadline(
        { clock: clock, ms: RENDEZVOUS_MS, what: 'Waiting for the service', signal: signal },
        async (limit) => {
          // Only now does this circuit take a RENDEZVOUS2: one that comes earlier is not an answer to anything.
          const answer = rendezvous.nextMessage(RELAY.rendezvous2, { signal: limit })
          await this.#introduce(introduction, message, limit)
          // At once: DESTROY carries the acknowledgement of TCP. A guard holds the next small cell until that comes, and by
          // itself it comes 40 ms late.
          introduction.close()
          const handshakeInfo = decodeRendezvous2(await answer)
          rendezvous.addVirtualHop(handshake.complete(handshakeInfo), control)
          return rendezvous
        },
      )
    } catch (error) {
      rendezvous.close()
      throw error
    } finally {
      introduction.close()
    }
  }

  /** A rendezvous point that holds the cookie: the end of a circuit that stood ready, or one chosen now. */
  async #meetingPoint(introduction: Hop, cookie: Uint8Array, signal: AbortSignal): Promise<Meeting> {
    const ready = await this.#vanguards.takeReady(introduction)
    const end = ready?.path.at(-1)
    if (ready !== undefined && end !== undefined)
      try {
        const { clock } = this.#network
        const deadline = { clock, ms: READY_MS, what: 'Asking a rendezvous point', signal }
        const circuit = await withDeadline(deadline, (limit) => establish(ready.circuit, cookie, limit))
        return { circuit, meeting: end }
      } catch {
        signal.throwIfAborted()
        this.#vanguards.distrustReady()
      }
    const consensus = await this.#network.consensus()
    const chosen = consensus.choose([introduction])
    if (chosen === undefined) throw new TorError('tor/path', 'No relay is left to be a rendezvous point.')
    const circuit = await this.#vanguards.circuitTo(chosen.hop, 'client-rendezvous', signal)
    return { circuit: await establish(circuit, cookie, signal), meeting: chosen.hop }
  }

  #introduce(circuit: Circuit, message: Uint8Array, signal: AbortSignal): Promise<void> {
    return withDeadline(
      { clock: this.#network.clock, ms: INTRODUCE_MS, what: 'The introduction', signal: signal },
      async (limit) => {
        const acknowledged = circuit.nextMessage(RELAY.introduceAck, { signal: limit })
        circuit.send(RELAY.introduce1, message)
        const status = decodeIntroduceAck(await acknowledged)
        if (status === INTRODUCE_STATUS.unknownService)
          throw new TorError('tor/not-found', 'An introduction point does not know the service any more.')
        if (status !== INTRODUCE_STATUS.success)
          throw new TorError(
            'tor/introduction',
            `An introduction point refused the request (status ${status}).`,
          )
      },
    )
  }
}

/** Where network and service both want it. An increment far from the network's is not believed (proposal 324 §10.3). */
function congestionControlWith(
  { sendmeIncrement }: IntroductionPoint,
  { congestionControl }: OnionConsensus,
  clock: Clock,
): CongestionControl | undefined {
  if (congestionControl === undefined || sendmeIncrement === undefined) return undefined
  const usual = congestionControl.sendmeIncrement
  if (sendmeIncrement < 1 || sendmeIncrement > 2 * usual || 2 * sendmeIncrement < usual) return undefined
  return { parameters: congestionControl.parameters, sendmeIncrement, clock }
}

/** The circuit, once its last relay has taken the cookie. A failure closes it. */
async function establish(circuit: Circuit, cookie: Uint8Array, signal: AbortSignal): Promise<Circuit> {
  try {
    const established = circuit.nextMessage(RELAY.rendezvousEstablished, { signal })
    circuit.send(RELAY.establishRendezvous, cookie)
    await established
    return circuit
  } catch (error) {
    circuit.close()
    throw error
  }
}

/** Both circuits, or neither: where one fails the other is closed. */
async function both(a: Promise<Meeting>, b: Promise<Circuit>): Promise<[Meeting, Circuit]> {
  const [first, second] = await Promise.allSettled([a, b])
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value]
  if (first.status === 'fulfilled') first.value.circuit.close()
  if (second.status === 'fulfilled') second.value.close()
  throw first.status === 'rejected' ? first.reason : (second as PromiseRejectedResult).reason
}

function readDescriptor(text: string, keys: ServiceKeys, nowSeconds: number) {
  const refuse = (why: string, cause?: unknown) => new TorError('tor/descriptor', why, { cause })
  try {
    const outer = decodeDescriptor(text).verify({ blindedKey: keys.blindedKey, nowSeconds })
    const middle = openMiddleLayer(outer, keys.subcredential)
    if (middle === undefined)
      throw refuse('A directory gave a descriptor that does not belong to the address.')
    const cookie = keys.cookie(middle)
    const points = openInnerLayer(outer, middle, {
      subcredential: keys.subcredential,
      nowSeconds,
      ...(cookie === undefined ? {} : { cookie }),
    })
    if (points === undefined)
      throw refuse('The onion service wants an authorised client: the key for it is missing or not accepted.')
    return { revision: outer.revision, points: points.filter((point) => !equalBytes(point.encKey, ZERO_KEY)) }
  } catch (error) {
    throw error instanceof TorError ? error : refuse('A directory gave a malformed descriptor.', error)
  }
}

const ZERO_KEY = new Uint8Array(32)

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.size > MOST_CACHED ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
}
