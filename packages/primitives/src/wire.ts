import { assertBytes, fromUtf8, utf8 } from './bytes.ts'
import { WarrenError } from './errors.ts'

/** A decoder's refusal: what was expected at which offset, never what was there. */
export class DecodeError extends WarrenError<'decode'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('decode', 'bad-input', message, options)
    this.name = 'DecodeError'
  }
}

/** Appends big-endian fields to a growing buffer. */
export class ByteWriter {
  #buffer: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(capacity = 64) {
    this.#buffer = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  #grow(extra: number): number {
    const at = this.#length
    this.#length += extra
    if (this.#length > this.#buffer.length) {
      const next = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2))
      next.set(this.#buffer.subarray(0, at))
      this.#buffer = next
    }
    return at
  }

  #unsigned(value: number, size: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** size)
      throw new RangeError(`u${size * 8}: ${value} is out of range`)
    const at = this.#grow(size)
    let rest = value
    for (let i = size - 1; i >= 0; i--) {
      this.#buffer[at + i] = rest % 256
      rest = Math.floor(rest / 256)
    }
    return this
  }

  u8(value: number): this {
    return this.#unsigned(value, 1)
  }
  u16(value: number): this {
    return this.#unsigned(value, 2)
  }
  u32(value: number): this {
    return this.#unsigned(value, 4)
  }
  /** 8 bytes; the value must be a safe integer. */
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`u64: ${value} is out of range`)
    return this.#unsigned(Math.floor(value / 2 ** 32), 4).#unsigned(value % 2 ** 32, 4)
  }
  raw(bytes: Uint8Array): this {
    assertBytes(bytes, 'raw')
    const at = this.#grow(bytes.length)
    this.#buffer.set(bytes, at)
    return this
  }
  /** Length (u8) and bytes. */
  bytes8(bytes: Uint8Array): this {
    return this.u8(bytes.length).raw(bytes)
  }
  /** Length (u16) and bytes. */
  bytes16(bytes: Uint8Array): this {
    return this.u16(bytes.length).raw(bytes)
  }
  /** Length (u32) and bytes. */
  bytes32(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes)
  }
  /** Length (u16) and UTF-8. */
  text16(text: string): this {
    return this.bytes16(utf8(text))
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length)
  }
}

/** Reads big-endian fields and refuses to read past the end. Call `end()` last: leftover bytes are an error. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #offset = 0

  /** `what` names the structure in error messages. */
  constructor(bytes: Uint8Array, what: string) {
    assertBytes(bytes, what)
    this.#bytes = bytes
    this.#what = what
  }

  get offset(): number {
    return this.#offset
  }
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  #take(length: number): number {
    const at = this.#offset
    if (length > this.remaining)
      throw new DecodeError(`${this.#what}: needs ${length} bytes at offset ${at}, has ${this.remaining}`)
    this.#offset += length
    return at
  }

  /** The next `length` bytes as they lie in what is read, not copied. */
  view(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** A copy of the next `length` bytes. */
  raw(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view(length))
  }

  #unsigned(size: number): number {
    const at = this.#take(size)
    let value = 0
    for (let i = at; i < at + size; i++) value = value * 256 + (this.#bytes[i] as number)
    return value
  }

  u8(): number {
    return this.#unsigned(1)
  }
  u16(): number {
    return this.#unsigned(2)
  }
  u32(): number {
    return this.#unsigned(4)
  }
  /** 8 bytes; more than 2^53−1 is refused. */
  u64(): number {
    const value = this.#unsigned(4) * 2 ** 32 + this.#unsigned(4)
    if (!Number.isSafeInteger(value)) throw new DecodeError(`${this.#what}: number too large`)
    return value
  }

  #bounded(length: number, limit: number): Uint8Array<ArrayBuffer> {
    if (length > limit)
      throw new DecodeError(
        `${this.#what}: field of ${length} bytes at offset ${this.#offset}, limit ${limit}`,
      )
    return this.raw(length)
  }
  bytes8(limit = 0xff): Uint8Array<ArrayBuffer> {
    return this.#bounded(this.u8(), limit)
  }
  bytes16(limit = 0xffff): Uint8Array<ArrayBuffer> {
    return this.#bounded(this.u16(), limit)
  }
  bytes32(limit: number): Uint8Array<ArrayBuffer> {
    return this.#bounded(this.u32(), limit)
  }
  text16(limit = 0xffff): string {
    const bytes = this.bytes16(limit)
    try {
      return fromUtf8(bytes)
    } catch (cause) {
      throw new DecodeError(`${this.#what}: text is not UTF-8`, { cause })
    }
  }

  end(): void {
    if (this.remaining !== 0) throw new DecodeError(`${this.#what}: ${this.remaining} bytes left over`)
  }
}
