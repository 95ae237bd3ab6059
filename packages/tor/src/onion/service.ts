import { equalBytes } from '@warren/primitives/bytes'
import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { ed25519Expand } from '@warren/primitives/ed25519-expanded'
import { shuffle } from '@warren/primitives/rng'
import type { Circuit, IncomingStream } from '../circuit/index.ts'
import { onionAddress } from './address.ts'
import { type BlindedKeyPair, blindingFactor, blindKeyPair, subcredential } from './blinding.ts'
import {
  AUTH_CLIENT_MULTIPLE,
  authoriseClient,
  DESCRIPTOR_COOKIE_BYTES,
  fakeAuthClient,
} from './client-authorisation.ts'
import { encodeDescriptor } from './descriptor.ts'
import { generateX25519, openIntroduction } from './hs-ntor.ts'
import { storeEpochs } from './hsdir-ring.ts'
import { decodeIntroduce2, decodeIntroductionPlaintext } from './introduce.ts'
import type { IntroductionKeys } from './introduction-keys.ts'
import { IntroductionPool } from './introduction-pool.ts'
import type { OnionNetwork } from './network.ts'
import type { TimePeriod } from './period.ts'
import { Publisher, uploadAtOnce } from './publisher.ts'
import { joinRendezvous } from './rendezvous-service.ts'
import { ReplayCache } from './replay-cache.ts'
import { Vanguards } from './vanguards.ts'

export interface OnionServiceOptions {
  network: OnionNetwork
  /** The service's identity: a 32-byte Ed25519 seed, kept by the caller. */
  identitySeed: Uint8Array
  /** X25519 public keys of authorised clients; without any, everybody who knows the address may come. */
  clients?: readonly Uint8Array[]
  /** Default 3. */
  introductionPoints?: number
  /** A stream that a client begins; `stream.port` is what it asks for. */
  onStream(stream: IncomingStream): void
}

/** A version 3 onion service, as C-tor offers it. */
export interface OnionService {
  /** `….onion` */
  readonly address: string
  /** Resolves once introduction points stand and clients find the descriptor. */
  readonly published: Promise<void>
  close(): void
}

/** Publishes a service and serves it until `close`. For a service that only invited people find: `private-service`. */
export function createOnionService(options: OnionServiceOptions): OnionService {
  const { network, clients = [], introductionPoints = 3, onStream } = options
  const identity = ed25519PublicKey(options.identitySeed)
  const expanded = ed25519Expand(options.identitySeed)
  const vanguards = new Vanguards(network)
  const replays = new ReplayCache()
  const circuits = new Set<Circuit>()
  const stop = new AbortController()
  const keys = new Map<number, { blinded: BlindedKeyPair; credential: Uint8Array; cookie: Uint8Array }>()
  const keysOf = (period: TimePeriod) => {
    let held = keys.get(period.number)
    if (held === undefined) {
      const blinded = blindKeyPair(expanded, blindingFactor(identity, period))
      held = {
        blinded,
        credential: subcredential(identity, blinded.publicKey),
        cookie: network.rng.bytes(DESCRIPTOR_COOKIE_BYTES),
      }
      keys.set(period.number, held)
      for (const number of keys.keys()) if (number < period.number - 2) keys.delete(number)
    }
    return held
  }

  const onIntroduce = async (cell: Uint8Array, point: IntroductionKeys) => {
    const { times, sharedRandom } = await network.consensus()
    const { first, second } = storeEpochs(times, sharedRandom)
    const credentials = [first, second].map((epoch) => keysOf(epoch.period).credential)
    const message = decodeIntroduce2(cell)
    if (!equalBytes(message.authKey, point.authKey)) return
    const opened = openIntroduction(point, credentials, message.header, message.encrypted)
    if (opened === undefined) return
    const plaintext = decodeIntroductionPlaintext(opened.plaintext)
    if (!replays.admit(plaintext.rendezvousCookie, network.clock.now())) return
    // The cache is about to forget: requests to introduction points that are gone cannot be repeated.
    if (replays.isNearlyFull) {
      replays.clear()
      pool.replaceAll()
    }
    const circuit = await joinRendezvous(network, vanguards, plaintext, opened.answer, onStream, stop.signal)
    circuits.add(circuit)
    void circuit.closed.then(() => circuits.delete(circuit))
  }

  const pool = new IntroductionPool({
    network,
    vanguards,
    size: introductionPoints,
    // Whatever is wrong with a request, the service is silent.
    onIntroduce: (cell, point) => void onIntroduce(cell, point).catch(() => {}),
    onChange: () => publisher.changed(),
  })
  const publisher = new Publisher({
    network,
    vanguards,
    publications: () => [
      {
        id: 'service',
        blinded: (period) => keysOf(period).blinded,
        encode(period, revision, nowSeconds) {
          const points = pool.points()
          if (points.length === 0) return undefined
          const { blinded, credential, cookie } = keysOf(period)
          const ephemeral = generateX25519(network.rng)
          const lines = clients.map((client) =>
            authoriseClient(credential, ephemeral.secretKey, client, cookie, network.rng),
          )
          while (lines.length === 0 || lines.length % AUTH_CLIENT_MULTIPLE !== 0)
            lines.push(fakeAuthClient(network.rng))
          return encodeDescriptor(
            {
              blinded,
              subcredential: credential,
              revision,
              introductionPoints: points,
              authClients: { ephemeralKey: ephemeral.publicKey, lines: shuffle(network.rng, lines) },
              nowSeconds,
              ...(clients.length === 0 ? {} : { cookie }),
            },
            network.rng,
          )
        },
      },
    ],
    plan: uploadAtOnce,
    firstMomentMs: (nowMs) => nowMs,
    revisions: new Map(),
  })
  const published = pool.established.then(() => publisher.published)
  published.catch(() => {})
  return {
    address: onionAddress(identity),
    published,
    close() {
      stop.abort()
      pool.close()
      publisher.close()
      vanguards.close()
      for (const circuit of circuits) circuit.close()
    },
  }
}
