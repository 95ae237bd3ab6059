import type { ClientId } from './client-key.ts'

const HOUR_MS = 3_600_000

/** At most so many requests an hour for each client (§4.6, limitation 2), in a sliding window. */
export class RequestLimit {
  readonly #admitted = new Map<ClientId, number[]>()
  readonly #perHour: number

  constructor(perHour: number) {
    if (!Number.isSafeInteger(perHour) || perHour < 1)
      throw new RangeError(`requests per hour: ${perHour} is not a whole number ≥ 1`)
    this.#perHour = perHour
  }

  admit(client: ClientId, nowMs: number): boolean {
    // A time after now was written by a clock since set back: it counts from now on, not from then.
    const times = (this.#admitted.get(client) ?? [])
      .map((time) => Math.min(time, nowMs))
      .filter((time) => nowMs - time < HOUR_MS)
    const isFree = times.length < this.#perHour
    if (isFree) times.push(nowMs)
    this.#admitted.set(client, times)
    return isFree
  }

  forget(client: ClientId): void {
    this.#admitted.delete(client)
  }

  entries(): { client: ClientId; times: readonly number[] }[] {
    return [...this.#admitted].map(([client, times]) => ({ client, times }))
  }

  restore(client: ClientId, times: readonly number[]): void {
    this.#admitted.set(client, times.slice(-this.#perHour))
  }
}
