import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { shuffle } from '@warren/primitives/rng'
import {
  DEFAULT_RING_PARAMETERS,
  decodeDescriptor,
  decodeIntroduce2,
  type HsdirRing,
  hsdirRing,
  INTRODUCE_STATUS,
  responsibleDirectories,
  type TimePeriod,
} from '@warren/tor/onion'

/** A simulated relay: a directory, an introduction point, a rendezvous point. */
export interface LabRelay {
  name: string
  ed25519Identity: Uint8Array
  onionKey: Uint8Array
}

/** What a directory or an introduction point writes down, if it is curious. */
export interface Sighting {
  relay: LabRelay
  /** Blinded key or introduction key, in hex. */
  key: string
  atSeconds: number
}

interface Stored {
  text: string
  revision: number
  untilSeconds: number
}

export const LAB_PERIOD_MINUTES = 1440

/** The status of an upload, as C-tor answers it. */
type UploadStatus = 200 | 400

/**
 * A Tor network that consists of what the private service needs of it. Directories judge uploads as C-tor's do (size,
 * lifetime, certificate, signature, rising revision); introduction points know keys and circuits, and acknowledge.
 */
export class LabNetwork {
  readonly relays: readonly LabRelay[]
  readonly uploads: Sighting[] = []
  readonly fetches: Sighting[] = []
  readonly introductions: Sighting[] = []
  nowSeconds: number
  readonly #rng: Rng
  readonly #stores = new Map<LabRelay, Map<string, Stored>>()
  readonly #circuits = new Map<LabRelay, Map<string, (cell: Uint8Array) => void>>()
  readonly #rings = new Map<number, HsdirRing<LabRelay>>()

  constructor(size: number, rng: Rng, nowSeconds = 1_790_000_000) {
    this.#rng = rng
    this.nowSeconds = nowSeconds
    this.relays = Array.from({ length: size }, (_, i) => ({
      name: `relay ${i}`,
      ed25519Identity: rng.bytes(32),
      onionKey: rng.bytes(32),
    }))
  }

  get period(): TimePeriod {
    return {
      number: Math.floor(this.nowSeconds / 60 / LAB_PERIOD_MINUTES),
      lengthMinutes: LAB_PERIOD_MINUTES,
    }
  }

  directoriesOf(blindedKey: Uint8Array, period = this.period): LabRelay[] {
    let ring = this.#rings.get(period.number)
    if (ring === undefined) {
      ring = hsdirRing(this.relays, this.#rng.bytes(32), period)
      this.#rings.set(period.number, ring)
    }
    const { replicas, spreadStore } = DEFAULT_RING_PARAMETERS
    return responsibleDirectories(ring, blindedKey, replicas, spreadStore)
  }

  upload(relay: LabRelay, text: string): UploadStatus {
    let outer: ReturnType<ReturnType<typeof decodeDescriptor>['verify']>
    try {
      outer = decodeDescriptor(text).verify({ nowSeconds: this.nowSeconds })
    } catch {
      return 400
    }
    const key = hexText.encode(outer.blindedKey)
    const store = this.#stores.get(relay) ?? new Map<string, Stored>()
    if ((store.get(key)?.revision ?? -1) >= outer.revision) return 400
    store.set(key, {
      text,
      revision: outer.revision,
      untilSeconds: this.nowSeconds + outer.lifetimeMinutes * 60,
    })
    this.#stores.set(relay, store)
    this.uploads.push({ relay, key, atSeconds: this.nowSeconds })
    return 200
  }

  fetch(relay: LabRelay, blindedKey: Uint8Array): string | undefined {
    const key = hexText.encode(blindedKey)
    this.fetches.push({ relay, key, atSeconds: this.nowSeconds })
    const stored = this.#stores.get(relay)?.get(key)
    return stored !== undefined && stored.untilSeconds > this.nowSeconds ? stored.text : undefined
  }

  /** Everything that one directory holds: what its operator can read at leisure. */
  holdings(relay: LabRelay): string[] {
    return [...(this.#stores.get(relay)?.values() ?? [])].map((stored) => stored.text)
  }

  establish(relay: LabRelay, authKey: Uint8Array, onCell: (cell: Uint8Array) => void): { close(): void } {
    const circuits = this.#circuits.get(relay) ?? new Map<string, (cell: Uint8Array) => void>()
    const key = hexText.encode(authKey)
    circuits.set(key, onCell)
    this.#circuits.set(relay, circuits)
    return { close: () => void circuits.delete(key) }
  }

  /** INTRODUCE1: the acknowledgement tells whether a circuit for this key is open, and nothing of what is inside. */
  introduce(relay: LabRelay, cell: Uint8Array): number {
    const key = hexText.encode(decodeIntroduce2(cell).authKey)
    const circuit = this.#circuits.get(relay)?.get(key)
    this.introductions.push({ relay, key, atSeconds: this.nowSeconds })
    if (circuit === undefined) return INTRODUCE_STATUS.unknownService
    circuit(cell)
    return INTRODUCE_STATUS.success
  }

  /** Circuits that stand at introduction points. */
  get openIntroductionCircuits(): number {
    let open = 0
    for (const circuits of this.#circuits.values()) open += circuits.size
    return open
  }

  /** By chance; those of `last` only where there are not enough others. */
  someRelays(count: number, last: readonly LabRelay[] = []): LabRelay[] {
    const shuffled = shuffle(this.#rng, [...this.relays])
    const isLast = (relay: LabRelay) => last.includes(relay)
    return [...shuffled.filter((relay) => !isLast(relay)), ...shuffled.filter(isLast)].slice(0, count)
  }

  relayNamed(ed25519Identity: Uint8Array): LabRelay {
    const wanted = hexText.encode(ed25519Identity)
    const found = this.relays.find((relay) => hexText.encode(relay.ed25519Identity) === wanted)
    if (found === undefined) throw new Error('no such relay in this network')
    return found
  }
}
