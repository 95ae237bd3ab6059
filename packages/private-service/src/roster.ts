import type { TimePeriod } from '@warren/tor/onion'
import type { ClientId, ClientKey } from './client-key.ts'
import { type ServicePeriodKeys, servicePeriodKeys } from './period-keys.ts'

/**
 * The clients with their keys of the periods in which descriptors are published. Keys are derived once for each
 * period, off the path of an introduction: blinding is slow, and not constant-time.
 */
export class Roster {
  readonly #clients = new Map<ClientId, ClientKey>()
  readonly #keys = new Map<ClientId, ServicePeriodKeys[]>()
  readonly #derive: (client: ClientKey, period: TimePeriod) => ServicePeriodKeys
  #periods: readonly TimePeriod[] = []

  /** `derive` is another function only in the lab's largest simulations. */
  constructor(derive: typeof servicePeriodKeys = servicePeriodKeys) {
    this.#derive = derive
  }

  add(client: ClientKey): void {
    this.#clients.set(client.id, client)
    this.#keys.set(
      client.id,
      this.#periods.map((period) => this.#derive(client, period)),
    )
  }

  /** Forgets a client and clears its secrets; `undefined` where there is none of this name. */
  remove(id: ClientId): ClientKey | undefined {
    const client = this.#clients.get(id)
    this.#clients.delete(id)
    this.#keys.delete(id)
    client?.seed.clear()
    client?.cookie.clear()
    return client
  }

  get(id: ClientId): ClientKey | undefined {
    return this.#clients.get(id)
  }

  get size(): number {
    return this.#clients.size
  }

  clients(): readonly ClientKey[] {
    return [...this.#clients.values()]
  }

  /** Moves to other periods; keys of a period that stays are kept. */
  setPeriods(periods: readonly TimePeriod[]): void {
    const isSame = (a: TimePeriod, b: TimePeriod) =>
      a.number === b.number && a.lengthMinutes === b.lengthMinutes
    this.#periods = periods
    for (const [id, client] of this.#clients) {
      const held = this.#keys.get(id) ?? []
      this.#keys.set(
        id,
        periods.map(
          (period) => held.find((keys) => isSame(keys.period, period)) ?? this.#derive(client, period),
        ),
      )
    }
  }

  keysOf(id: ClientId, period: TimePeriod): ServicePeriodKeys | undefined {
    return this.#keys.get(id)?.find((keys) => keys.period.number === period.number)
  }

  /** Every client's introduction credential in every period, for trial verification. */
  introductionCredentials(): { clients: ClientId[]; credentials: Uint8Array[] } {
    const clients: ClientId[] = []
    const credentials: Uint8Array[] = []
    for (const [id, keys] of this.#keys)
      for (const key of keys) {
        clients.push(id)
        credentials.push(key.introductionCredential)
      }
    return { clients, credentials }
  }
}
