import { hexText } from '@warren/primitives/encoding'

/**
 * The rendezvous cookies of valid requests (rend-spec-v3 §3.3; §4.6 of the paper on private services): an introduction point that relays a request twice
 * moves the service once. Bounded: past `capacity` the oldest is forgotten, and the caller must have replaced the
 * introduction points by then, which makes old requests worthless (`isNearlyFull`).
 */
export class ReplayCache {
  readonly #seen = new Map<string, number>()
  readonly #capacity: number

  constructor(capacity = 16_384) {
    this.#capacity = capacity
  }

  /** Whether the cookie is new; a new one is remembered. */
  admit(rendezvousCookie: Uint8Array, nowMs: number): boolean {
    const key = hexText.encode(rendezvousCookie)
    if (this.#seen.has(key)) return false
    this.#seen.set(key, nowMs)
    if (this.#seen.size > this.#capacity) {
      const oldest = this.#seen.keys().next().value
      if (oldest !== undefined) this.#seen.delete(oldest)
    }
    return true
  }

  get isNearlyFull(): boolean {
    return this.#seen.size >= this.#capacity * 0.9
  }

  get size(): number {
    return this.#seen.size
  }

  /** Once all introduction points are new, requests to the old ones cannot be opened any more. */
  clear(): void {
    this.#seen.clear()
  }

  entries(): { cookie: Uint8Array; seenMs: number }[] {
    return [...this.#seen].map(([key, seenMs]) => ({ cookie: hexText.decode(key), seenMs }))
  }
}
