import type { Clock } from '@warren/primitives/clock'
import { IdentityError } from './errors.ts'

export interface ReplayCacheOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** How long a signature is accepted on either side of its time: the `toleranceSeconds` of `verifyRequest`. */
  readonly toleranceSeconds: number
  /** Nonces held in all; about 100 bytes each. */
  readonly capacity: number
  /** Nonces held for one key, so that one device cannot lock the others out. */
  readonly capacityPerKey: number
}

/**
 * Remembers nonces for as long as their signatures could be accepted. When it is full it refuses: forgetting a nonce
 * early would allow its replay. It lives in one process: after a restart, requests of the last `toleranceSeconds` could
 * be replayed, so either wait that long or make requests idempotent; several server processes need a shared one.
 */
export class ReplayCache {
  readonly #options: ReplayCacheOptions
  readonly #windowMs: number
  // A Map keeps the order of insertion, and every entry lives equally long: the oldest is always first.
  readonly #expiry = new Map<string, { at: number; keyid: string }>()
  readonly #perKey = new Map<string, number>()

  constructor(options: ReplayCacheOptions) {
    this.#options = options
    // Accepted from created − tolerance to created + tolerance.
    this.#windowMs = 2000 * options.toleranceSeconds + 1000
  }

  get size(): number {
    return this.#expiry.size
  }

  #forgetExpired(now: number): void {
    for (const [entry, { at, keyid }] of this.#expiry) {
      if (at > now) return
      this.#expiry.delete(entry)
      const left = (this.#perKey.get(keyid) ?? 0) - 1
      if (left > 0) this.#perKey.set(keyid, left)
      else this.#perKey.delete(keyid)
    }
  }

  /** True if it was seen before; else remembers it. Throws IdentityError `identity/replay-cache-full` (transient). */
  seen(keyid: string, nonce: string): boolean {
    const now = this.#options.clock.monotonic()
    this.#forgetExpired(now)
    const entry = JSON.stringify([keyid, nonce])
    if (this.#expiry.has(entry)) return true
    const held = this.#perKey.get(keyid) ?? 0
    if (held >= this.#options.capacityPerKey || this.#expiry.size >= this.#options.capacity)
      throw new IdentityError('identity/replay-cache-full', 'transient', 'too many requests: try again later')
    this.#expiry.set(entry, { at: now + this.#windowMs, keyid })
    this.#perKey.set(keyid, held + 1)
    return false
  }
}
