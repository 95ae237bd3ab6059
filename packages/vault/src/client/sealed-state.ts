import { open, seal } from '@warren/primitives/aead'
import { concatBytes, fromUtf8, utf8 } from '@warren/primitives/bytes'
import { base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { VaultError } from '../protocol/errors.ts'
import type { LocalState } from './environment.ts'

const NONCE_BYTES = 12

// JSON with bytes, maps and secrets in it: what a device writes for itself, sealed, and nobody else reads. Walked here
// and not by JSON's own callbacks, which are called for every number and string of a tree of a hundred thousand files.

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

function toPlain(value: unknown): Json {
  if (typeof value !== 'object' || value === null) return value as Json
  if (value instanceof Secret) return { $secret: base64urlText.encode(value.reveal()) }
  if (value instanceof Uint8Array) return { $bytes: base64urlText.encode(value) }
  if (value instanceof Map) return { $map: Array.from(value, toPlain) }
  if (Array.isArray(value)) return value.map(toPlain)
  const plain: { [key: string]: Json } = {}
  for (const [key, part] of Object.entries(value)) plain[key] = toPlain(part)
  return plain
}

/** In place. */
function fromPlain(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return base64urlText.decode(value['$bytes'] as string)
  if ('$secret' in value) return new Secret(base64urlText.decode(value['$secret'] as string))
  if ('$map' in value) return new Map((value['$map'] as Json[]).map(fromPlain) as [unknown, unknown][])
  const parts = value as Record<string, unknown>
  for (const key in parts) {
    const part = parts[key]
    if (typeof part === 'object') parts[key] = fromPlain(part as Json)
  }
  return value
}

/** The local state, sealed record by record under the device's state key; a record's name is bound into it. */
export class SealedState {
  readonly #state: LocalState
  readonly #key: Secret
  readonly #rng: Rng

  constructor(state: LocalState, key: Secret, rng: Rng) {
    this.#state = state
    this.#key = key
    this.#rng = rng
  }

  /** Undefined when there is no such record. Throws VaultError `vault/state` for one that does not open. */
  async read<T>(name: string): Promise<T | undefined> {
    const sealed = await this.#state.read(name)
    return sealed === undefined ? undefined : this.#open<T>(name, sealed)
  }

  #open<T>(name: string, sealed: Uint8Array): T {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const text = fromUtf8(open(this.#key.reveal(), nonce, sealed.subarray(NONCE_BYTES), utf8(name)))
      return fromPlain(JSON.parse(text) as Json) as T
    } catch (cause) {
      throw new VaultError(
        'vault/state',
        `what this device remembers (${name}) is damaged; \`warren doctor\` says what to do`,
        { cause },
      )
    }
  }

  /** As `read`, but opens and parses when it is asked to: for what is large and seldom needed. */
  async readLater<T>(name: string): Promise<(() => T) | undefined> {
    const sealed = await this.#state.read(name)
    return sealed === undefined ? undefined : () => this.#open<T>(name, sealed)
  }

  async write(name: string, value: unknown): Promise<void> {
    const nonce = this.#rng.bytes(NONCE_BYTES)
    const sealed = seal(this.#key.reveal(), nonce, utf8(JSON.stringify(toPlain(value))), utf8(name))
    await this.#state.write(name, concatBytes(nonce, sealed))
  }

  async remove(name: string): Promise<void> {
    await this.#state.remove(name)
  }
}
