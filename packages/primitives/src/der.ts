import { ByteReader, DecodeError } from './wire.ts'

/** Tags of X.690 that certificates and RSA keys use. */
export const DER = {
  integer: 0x02,
  bitString: 0x03,
  sequence: 0x30,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const

/** One element of X.690's distinguished encoding: `whole` includes tag and length. */
export interface DerElement {
  tag: number
  content: Uint8Array
  whole: Uint8Array
}

/** Reads elements one after another from `bytes`. Lengths are definite, minimal and at most 3 bytes long (X.690 §10.1). */
export class DerReader {
  #rest: Uint8Array
  readonly #what: string

  constructor(bytes: Uint8Array, what: string) {
    this.#rest = bytes
    this.#what = what
  }

  get isAtEnd(): boolean {
    return this.#rest.length === 0
  }

  /** The next element's tag; 0 at the end. */
  peek(): number {
    return this.#rest[0] ?? 0
  }

  next(tag?: number): DerElement {
    const reader = new ByteReader(this.#rest, this.#what)
    const found = reader.u8()
    if (tag !== undefined && found !== tag)
      throw new DecodeError(`${this.#what}: expected element ${tag}, found ${found}`)
    let length = reader.u8()
    if (length >= 0x80) {
      const size = length - 0x80
      if (size < 1 || size > 3) throw new DecodeError(`${this.#what}: length of an unsupported form`)
      length = 0
      for (const byte of reader.raw(size)) length = length * 256 + byte
      if (length < 0x80 || length < 256 ** (size - 1))
        throw new DecodeError(`${this.#what}: length is not minimal`)
    }
    const end = reader.offset + length
    if (end > this.#rest.length) throw new DecodeError(`${this.#what}: element longer than its container`)
    const element = {
      tag: found,
      content: this.#rest.subarray(reader.offset, end),
      whole: this.#rest.subarray(0, end),
    }
    this.#rest = this.#rest.subarray(end)
    return element
  }

  /** A reader of the next element's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).content, this.#what)
  }

  /** An INTEGER that is not negative and is minimal. */
  unsigned(): bigint {
    const { content } = this.next(DER.integer)
    const [first, second] = content
    if (first === undefined || first >= 0x80 || (first === 0 && second !== undefined && second < 0x80))
      throw new DecodeError(`${this.#what}: integer is negative or not minimal`)
    let value = 0n
    for (const byte of content) value = (value << 8n) | BigInt(byte)
    return value
  }

  /** The bytes of a BIT STRING without unused bits. */
  bits(): Uint8Array {
    const { content } = this.next(DER.bitString)
    if (content[0] !== 0) throw new DecodeError(`${this.#what}: bit string with unused bits`)
    return content.subarray(1)
  }

  end(): void {
    if (this.#rest.length > 0) throw new DecodeError(`${this.#what}: ${this.#rest.length} bytes left over`)
  }
}
