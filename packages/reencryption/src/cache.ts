/** Keeps the most recently used values, up to `limit`. What it holds may be secret: `clear` drops all of it. */
export class ConstantsCache {
  readonly #limit: number
  readonly #values = new Map<string, unknown>()

  /** An entry is between 0.2 and 25 KB; of a public key that is used again and again, 75 KB. */
  constructor(limit = 1024) {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`cache: limit ${limit}`)
    this.#limit = limit
  }

  get size(): number {
    return this.#values.size
  }

  recall(kind: string, key: Uint8Array): unknown {
    const name = nameOf(kind, key)
    const value = this.#values.get(name)
    if (value !== undefined) {
      this.#values.delete(name)
      this.#values.set(name, value)
    }
    return value
  }

  keep(kind: string, key: Uint8Array, value: unknown): void {
    const name = nameOf(kind, key)
    this.#values.delete(name)
    this.#values.set(name, value)
    if (this.#values.size > this.#limit) {
      const [oldest] = this.#values.keys()
      if (oldest !== undefined) this.#values.delete(oldest)
    }
  }

  clear(): void {
    this.#values.clear()
  }
}

/** What the cache has under `kind` and `key`, else what `make` makes. Without a cache, always what `make` makes. */
export function remembered<T>(
  cache: ConstantsCache | undefined,
  kind: string,
  key: Uint8Array,
  make: () => T,
): T {
  const known = cache?.recall(kind, key)
  if (known !== undefined) return known as T
  const value = make()
  cache?.keep(kind, key, value)
  return value
}

// Every byte has a character of its own in this encoding.
const oneCharacterPerByte = new TextDecoder('latin1')

function nameOf(kind: string, key: Uint8Array): string {
  return `${kind}/${oneCharacterPerByte.decode(key)}`
}
