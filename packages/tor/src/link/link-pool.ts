import type { Clock } from '@warren/primitives/clock'
import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { withDeadline } from '../deadline.ts'
import { TorError } from '../errors.ts'
import type { RelayIdentity } from './certs.ts'
import { type Link, openLink } from './link.ts'
import type { Connect, RelayAddress } from './transport.ts'

/** A connection without circuits is closed after this time. */
const IDLE_MS = 180_000
const CONNECT_MS = 30_000

/** One connection to each relay, shared by all circuits that begin there. */
export class LinkPool {
  readonly #connect: Connect
  readonly #clock: Clock
  readonly #rng: Rng
  readonly #links = new Map<string, Promise<Link>>()
  readonly #lastUsed = new Map<string, number>()
  #isClosed = false

  constructor({ connect, clock, rng }: { connect: Connect; clock: Clock; rng: Rng }) {
    this.#connect = connect
    this.#clock = clock
    this.#rng = rng
  }

  /** The open connection to this relay, or a new one. Rejects with the TorError of `openLink`. */
  get(identity: RelayIdentity, address: RelayAddress): Promise<Link> {
    if (this.#isClosed) return Promise.reject(new TorError('tor/link', 'The client is closed.'))
    this.#closeIdle()
    const key = `${hexText.encode(identity.rsaId)} ${address.address}:${address.port}`
    this.#lastUsed.set(key, this.#clock.monotonic())
    const known = this.#links.get(key)
    if (known !== undefined) return known
    // Not tied to one caller's signal: others may wait for the same connection.
    const opening = withDeadline(
      { clock: this.#clock, ms: CONNECT_MS, what: 'Connecting to a relay' },
      async (signal) => {
        const transport = await this.#connect(address, { signal })
        return openLink(transport, identity, { clock: this.#clock, rng: this.#rng, signal })
      },
    )
    this.#links.set(key, opening)
    const forget = () => {
      if (this.#links.get(key) === opening) this.#links.delete(key)
    }
    opening.then((link) => link.closed).then(forget, forget)
    return opening
  }

  #closeIdle(): void {
    const now = this.#clock.monotonic()
    for (const [key, opening] of this.#links) {
      if (now - (this.#lastUsed.get(key) ?? now) < IDLE_MS) continue
      opening.then(
        (link) => {
          if (link.circuits === 0) link.close()
          else this.#lastUsed.set(key, this.#clock.monotonic())
        },
        () => {},
      )
    }
  }

  close(): void {
    this.#isClosed = true
    for (const opening of this.#links.values()) {
      opening.then(
        (link) => link.close(),
        () => {},
      )
    }
    this.#links.clear()
  }
}
