import { concatBytes, fromUtf8, utf8 } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { base64BareText, hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { randomBelow } from '@warren/primitives/rng'
import {
  type Circuit,
  type Hop,
  hopOf,
  type IncomingStream,
  RELAY,
  type TorStream,
} from '../../src/circuit/index.ts'
import { TorError } from '../../src/errors.ts'
import { decodeDescriptor } from '../../src/onion/descriptor.ts'
import { decodeEstablishIntro } from '../../src/onion/establish-intro.ts'
import type { RendezvousKeys } from '../../src/onion/hs-ntor.ts'
import { DEFAULT_RING_PARAMETERS } from '../../src/onion/hsdir-ring.ts'
import { decodeIntroduce2, INTRODUCE_STATUS } from '../../src/onion/introduce.ts'
import type { OnionConsensus, OnionNetwork, OnionRelay } from '../../src/onion/network.ts'
import { isSameHop } from '../../src/onion/network.ts'
import { sharedRandomRunSeconds, sharedRandomRunStartSeconds } from '../../src/onion/period.ts'

const HOUR_SECONDS = 3600
const COOKIE_BYTES = 20

/** What a relay does instead of its duty. Each is asked at the step of its name. */
export interface Misbehaviour {
  build?: 'fail'
  establishIntro?: 'stall' | 'close' | 'garbage'
  introduceAck?: 'stall' | 'close' | 'garbage' | 'unknown' | 'swallow'
  establishRendezvous?: 'stall' | 'close'
  rendezvous1?: 'close' | 'swallow'
  rendezvous2?: 'stall' | 'close' | 'garbage' | 'early'
  fetch?: 'stall' | 'close' | 'garbage' | 'truncated' | 'nothing' | 'oldest' | 'another' | 'resigned'
  upload?: 'refuse' | 'stall' | 'close' | 'garbage'
}

/** One end of a conversation with the last relay of a circuit. */
class FakeCircuit {
  relay: FakeRelay
  readonly bindingKey: Uint8Array
  readonly #waiters = new Map<number, ((body: Uint8Array) => void)[]>()
  readonly #rejections = new Set<(error: Error) => void>()
  readonly #handlers = new Map<number, (body: Uint8Array) => void>()
  readonly #closed = Promise.withResolvers<TorError | undefined>()
  isOpen = true
  peer: FakeCircuit | undefined
  keys: RendezvousKeys | undefined
  incoming: ((stream: IncomingStream) => void) | undefined

  constructor(relay: FakeRelay, rng: Rng) {
    this.relay = relay
    this.bindingKey = rng.bytes(20)
  }
  get closed() {
    return this.#closed.promise
  }
  send(command: number, body: Uint8Array): void {
    if (!this.isOpen) throw new TorError('tor/circuit', 'The circuit is closed.')
    queueMicrotask(() => this.relay.receive(this, command, body))
  }
  /** From the relay. */
  deliver(command: number, body: Uint8Array): void {
    if (!this.isOpen) return
    const waiter = this.#waiters.get(command)?.shift()
    if (waiter !== undefined) waiter(body)
    else this.#handlers.get(command)?.(body)
  }
  nextMessage(command: number, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      this.#waiters.set(command, [...(this.#waiters.get(command) ?? []), resolve])
      this.#rejections.add(reject)
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
    answer.catch(() => {})
    return answer
  }
  onMessage(command: number, handler: (body: Uint8Array) => void) {
    this.#handlers.set(command, handler)
    return () => void this.#handlers.delete(command)
  }
  onStream(handler: (stream: IncomingStream) => void): void {
    this.incoming = handler
  }
  addVirtualHop(keys: RendezvousKeys): void {
    this.keys = keys
  }
  openStream(target: string): Promise<TorStream> {
    const { peer } = this
    if (peer?.keys === undefined || this.keys === undefined || !areMirrored(this.keys, peer.keys))
      return Promise.reject(new TorError('tor/stream', 'The two ends have different keys.'))
    const [near, far] = streamPair()
    return new Promise((resolve, reject) => {
      peer.incoming?.({
        host: '',
        port: Number(target.slice(1)),
        accept: () => {
          resolve(near)
          return far
        },
        reject: () => reject(new TorError('tor/stream', 'The stream was not opened.')),
      })
    })
  }
  openDirectoryStream(): Promise<TorStream> {
    const [near, far] = streamPair()
    void this.relay.serveDirectory(far)
    return Promise.resolve(near)
  }
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    const error = new TorError('tor/circuit', 'The circuit is closed.')
    for (const reject of this.#rejections) reject(error)
    this.relay.forget(this)
    this.#closed.resolve(undefined)
    this.peer?.close()
  }
}

function areMirrored(a: RendezvousKeys, b: RendezvousKeys): boolean {
  return (
    hexText.encode(a.forwardKey) === hexText.encode(b.backwardKey) &&
    hexText.encode(a.backwardDigest) === hexText.encode(b.forwardDigest)
  )
}

/** Two ends of a stream in memory. */
function streamPair(): [TorStream, TorStream] {
  const make = () => ({
    chunks: [] as (Uint8Array | undefined)[],
    readers: [] as ((chunk: Uint8Array | undefined) => void)[],
  })
  const [a, b] = [make(), make()]
  const push = (side: typeof a, chunk: Uint8Array | undefined) => {
    const reader = side.readers.shift()
    if (reader !== undefined) reader(chunk)
    else side.chunks.push(chunk)
  }
  const ended = Promise.withResolvers<undefined>()
  const end = (own: typeof a, other: typeof a): TorStream =>
    ({
      read: () =>
        own.chunks.length > 0
          ? Promise.resolve(own.chunks.shift())
          : new Promise((resolve) => own.readers.push(resolve)),
      write: (bytes: Uint8Array) => {
        push(other, Uint8Array.from(bytes))
        return Promise.resolve()
      },
      end: () => {
        push(other, undefined)
        push(own, undefined)
        ended.resolve(undefined)
        return Promise.resolve()
      },
      closed: ended.promise,
    }) as unknown as TorStream
  return [end(a, b), end(b, a)]
}

class FakeRelay implements OnionRelay {
  readonly hop: Hop
  readonly ed25519Identity: Uint8Array
  readonly misbehaves: Misbehaviour = {}
  readonly #network: FakeNetwork
  readonly #points = new Map<string, FakeCircuit>()
  readonly #meetings = new Map<string, FakeCircuit>()
  /** Every version of every descriptor, the newest last. */
  readonly stored = new Map<string, { revision: number; text: string }[]>()

  constructor(network: FakeNetwork, index: number, rng: Rng) {
    this.#network = network
    this.ed25519Identity = rng.bytes(32)
    this.hop = {
      rsaId: rng.bytes(20),
      ed25519Id: this.ed25519Identity,
      ntorKey: rng.bytes(32),
      addresses: [{ address: `10.${index}.0.1`, port: 9001 }],
    }
  }

  forget(circuit: FakeCircuit): void {
    for (const map of [this.#points, this.#meetings])
      for (const [key, held] of map) if (held === circuit) map.delete(key)
  }

  get introductionCircuits(): number {
    return this.#points.size
  }

  /** Ends every introduction circuit, as a relay that restarts. */
  endCircuits(): void {
    for (const circuit of this.#points.values()) circuit.close()
  }

  receive(circuit: FakeCircuit, command: number, body: Uint8Array): void {
    switch (command) {
      case RELAY.establishIntro: {
        if (this.misbehaves.establishIntro === 'stall') return
        if (this.misbehaves.establishIntro === 'close') return circuit.close()
        // A relay that acknowledges with rubbish, and has written down nothing.
        if (this.misbehaves.establishIntro === 'garbage')
          return circuit.deliver(RELAY.introEstablished, new Uint8Array(490).fill(9))
        const { authKey } = decodeEstablishIntro(body, circuit.bindingKey)
        this.#points.set(hexText.encode(authKey), circuit)
        return circuit.deliver(RELAY.introEstablished, Uint8Array.of(0))
      }
      case RELAY.establishRendezvous:
        if (this.misbehaves.establishRendezvous === 'stall') return
        if (this.misbehaves.establishRendezvous === 'close') return circuit.close()
        this.#meetings.set(hexText.encode(body), circuit)
        if (this.misbehaves.rendezvous2 === 'early') circuit.deliver(RELAY.rendezvous2, new Uint8Array(148))
        return circuit.deliver(RELAY.rendezvousEstablished, new Uint8Array(0))
      case RELAY.introduce1:
        return this.#introduce(circuit, body)
      case RELAY.rendezvous1: {
        if (this.misbehaves.rendezvous1 === 'swallow') return
        if (this.misbehaves.rendezvous1 === 'close') return circuit.close()
        const meeting = this.#meetings.get(hexText.encode(body.slice(0, COOKIE_BYTES)))
        if (meeting === undefined) return circuit.close()
        meeting.peer = circuit
        circuit.peer = meeting
        if (this.misbehaves.rendezvous2 === 'stall') return
        if (this.misbehaves.rendezvous2 === 'close') return meeting.close()
        const answer = body.slice(COOKIE_BYTES)
        if (this.misbehaves.rendezvous2 === 'garbage') answer.fill(7)
        return meeting.deliver(RELAY.rendezvous2, answer)
      }
    }
  }

  #introduce(circuit: FakeCircuit, body: Uint8Array): void {
    this.#network.introductions.push(body)
    const say = (status: number) => circuit.deliver(RELAY.introduceAck, Uint8Array.of(0, status, 0))
    switch (this.misbehaves.introduceAck) {
      case 'stall':
        return
      case 'close':
        return circuit.close()
      case 'garbage':
        return circuit.deliver(RELAY.introduceAck, Uint8Array.of(9))
      case 'unknown':
        return say(INTRODUCE_STATUS.unknownService)
      case 'swallow':
        return say(INTRODUCE_STATUS.success)
      case undefined: {
        const point = this.#points.get(hexText.encode(decodeIntroduce2(body).authKey))
        if (point === undefined) return say(INTRODUCE_STATUS.unknownService)
        say(INTRODUCE_STATUS.success)
        return point.deliver(RELAY.introduce2, body)
      }
    }
  }

  async serveDirectory(stream: TorStream): Promise<void> {
    let request: Uint8Array = new Uint8Array(0)
    for (;;) {
      const chunk = await stream.read()
      if (chunk === undefined) return
      request = concatBytes(request, chunk)
      const head = fromUtf8(request)
      const blank = head.indexOf('\r\n\r\n')
      if (blank < 0) continue
      const length = Number(/content-length: (\d+)/i.exec(head.slice(0, blank))?.[1] ?? 0)
      if (head.length < blank + 4 + length) continue
      const answer = head.startsWith('POST') ? this.#store(head.slice(blank + 4)) : this.#give(head)
      const { fetch, upload } = this.misbehaves
      if ((head.startsWith('POST') ? upload : fetch) === 'close') return stream.end()
      if (answer === undefined) return
      await stream.write(utf8(answer))
      return stream.end()
    }
  }

  #store(text: string): string | undefined {
    if (this.misbehaves.upload === 'stall') return undefined
    if (this.misbehaves.upload === 'garbage') return 'garbage\r\n\r\n'
    const status = (code: number) => `HTTP/1.0 ${code} OK\r\n\r\n`
    const outer = decodeDescriptor(text).verify({ nowSeconds: this.#network.nowSeconds })
    const key = base64BareText.encode(outer.blindedKey)
    const versions = this.stored.get(key) ?? []
    this.#network.uploads.push({ key, revision: outer.revision, atMs: this.#network.clock.now() })
    if (this.misbehaves.upload === 'refuse' || (versions.at(-1)?.revision ?? -1) >= outer.revision)
      return status(400)
    this.stored.set(key, [...versions, { revision: outer.revision, text }])
    return status(200)
  }

  #give(head: string): string | undefined {
    const key = /^GET \/tor\/hs\/3\/(\S+) /.exec(head)?.[1] ?? ''
    const versions = this.stored.get(key)
    const ok = (body: string) => `HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    if (versions === undefined || this.misbehaves.fetch === 'nothing') return 'HTTP/1.0 404 Not found\r\n\r\n'
    const text = versions.at(-1)?.text ?? ''
    const { fetch } = this.misbehaves
    const other = [...this.stored].find(([one]) => one !== key)?.[1].at(-1)?.text ?? ''
    switch (fetch) {
      case 'another':
        return ok(other)
      case 'resigned':
        return ok(text.replace(/signature .*/, /signature .*/.exec(other)?.[0] ?? ''))
      case 'close':
      case 'stall':
        return undefined
      case 'garbage':
        return ok('garbage')
      case 'truncated':
        return ok(text.slice(0, 5000))
      case 'oldest':
        return ok(versions[0]?.text ?? '')
      case undefined:
        return ok(text)
      default:
        return fetch satisfies never
    }
  }
}

/** A network in memory: relays with the onion roles of C-tor, and the consensus that `clock` stands at. */
export class FakeNetwork {
  readonly clock: Clock
  readonly relays: readonly FakeRelay[]
  readonly introductions: Uint8Array[] = []
  readonly uploads: { key: string; revision: number; atMs: number }[] = []
  readonly #rng: Rng
  readonly #random = new Map<number, Uint8Array>()
  readonly #listeners = new Set<() => void>()
  /** How far the consensus is ahead of the parties' clock. */
  skewSeconds = 0

  constructor(size: number, clock: Clock, rng: Rng) {
    this.clock = clock
    this.#rng = rng
    this.relays = Array.from({ length: size }, (_, i) => new FakeRelay(this, i, rng))
  }

  get nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000) + this.skewSeconds
  }

  /** A new consensus for everybody. */
  newConsensus(): void {
    for (const listener of this.#listeners) listener()
  }

  relayOf(specifiers: Parameters<typeof hopOf>[0]): FakeRelay {
    const hop = hopOf(specifiers, new Uint8Array(32))
    const found = this.relays.find((relay) => hop !== undefined && isSameHop(relay.hop, hop))
    if (found === undefined) throw new Error('no such relay')
    return found
  }

  #valueOf(run: number): Uint8Array {
    const value = this.#random.get(run) ?? this.#rng.bytes(32)
    this.#random.set(run, value)
    return value
  }

  /** One party's view and circuits. */
  party(): OnionNetwork {
    const rng = this.#rng
    return {
      clock: this.clock,
      rng,
      consensus: () => Promise.resolve(this.#consensus()),
      onConsensus: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      buildCircuit: async ({ last, signal }) => {
        await Promise.resolve()
        signal?.throwIfAborted()
        const relay = this.relays.find((one) => isSameHop(one.hop, last))
        if (relay === undefined || relay.misbehaves.build === 'fail')
          throw new TorError('tor/circuit', 'No circuit could be built.')
        return new FakeCircuit(relay, rng) as unknown as Circuit
      },
      prepareCircuit: async ({ second, signal }) => {
        await Promise.resolve()
        signal?.throwIfAborted()
        const { choose } = this.#consensus()
        const vanguard = second[second.length === 0 ? 0 : randomBelow(rng, second.length)]?.hop
        const guard = choose(vanguard === undefined ? [] : [vanguard])?.hop
        const end = choose([vanguard, guard].flatMap((hop) => hop ?? []))?.hop
        const relay = this.relays.find((one) => end !== undefined && isSameHop(one.hop, end))
        if (vanguard === undefined || guard === undefined || relay?.misbehaves.build !== undefined)
          throw new TorError('tor/circuit', 'No circuit could be built.')
        if (relay === undefined) throw new TorError('tor/path', 'The network is too small.')
        const circuit = new FakeCircuit(relay, rng)
        const path = [guard, vanguard, relay.hop]
        return {
          circuit: circuit as unknown as Circuit,
          path,
          isApartFrom: (hop) => !path.some((one) => isSameHop(one, hop)),
          extendTo: async (hop, { signal: limit } = {}) => {
            await Promise.resolve()
            const next = this.relays.find((one) => isSameHop(one.hop, hop))
            if (limit?.aborted === true || next === undefined || next.misbehaves.build === 'fail')
              circuit.close()
            limit?.throwIfAborted()
            if (!circuit.isOpen || next === undefined)
              throw new TorError('tor/circuit', 'The circuit could not be extended.')
            circuit.relay = next
            return circuit as unknown as Circuit
          },
        }
      },
    }
  }

  #consensus(): OnionConsensus {
    const validAfterSeconds = Math.floor(this.nowSeconds / HOUR_SECONDS) * HOUR_SECONDS
    const times = { validAfterSeconds, votingIntervalSeconds: HOUR_SECONDS, periodLengthMinutes: 1440 }
    const run = sharedRandomRunStartSeconds(times) / sharedRandomRunSeconds(times)
    return {
      times,
      validUntilSeconds: validAfterSeconds + 3 * HOUR_SECONDS,
      sharedRandom: { current: this.#valueOf(run), previous: this.#valueOf(run - 1) },
      ring: DEFAULT_RING_PARAMETERS,
      rendezvousAttempts: 2,
      directories: this.relays,
      choose: (apartFrom) => {
        const free = this.relays.filter((relay) => !apartFrom.some((hop) => isSameHop(hop, relay.hop)))
        return free[free.length === 0 ? 0 : randomBelow(this.#rng, free.length)]
      },
      has: (hop) => this.relays.some((relay) => isSameHop(relay.hop, hop)),
    }
  }
}
