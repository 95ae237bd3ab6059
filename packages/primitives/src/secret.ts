import { assertBytes, equalBytes } from './bytes.ts'

const REDACTED = '[secret]'

/**
 * Secret bytes that do not print: `String(s)`, `JSON.stringify(s)` and Node's `inspect(s)` give `[secret]`.
 * The bytes are copied in, readable by `reveal` only, and zeroed by `clear`. JavaScript may hold further copies:
 * zeroing narrows the window, it does not close it.
 */
export class Secret {
  readonly #bytes: Uint8Array<ArrayBuffer>
  #cleared = false

  constructor(bytes: Uint8Array) {
    assertBytes(bytes, 'secret')
    this.#bytes = Uint8Array.from(bytes)
  }

  /** The bytes themselves, not a copy. Throws after `clear`. */
  reveal(): Uint8Array<ArrayBuffer> {
    if (this.#cleared) throw new Error('secret: used after it was cleared')
    return this.#bytes
  }

  get length(): number {
    return this.#bytes.length
  }

  equals(other: Secret): boolean {
    return equalBytes(this.reveal(), other.reveal())
  }

  clear(): void {
    this.#bytes.fill(0)
    this.#cleared = true
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  toString(): string {
    return REDACTED
  }
  toJSON(): string {
    return REDACTED
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}
