import { VaultError } from '../protocol/index.ts'

/** Bytes of all chunks, and of those on their way in, against what the vault may hold. */
export class Quota {
  readonly #limitBytes: number
  #used: number
  #reserved = 0

  constructor(limitBytes: number, usedBytes: number) {
    this.#limitBytes = limitBytes
    this.#used = usedBytes
  }

  get usedBytes(): number {
    return this.#used
  }

  /** Room for what comes in, until `release`. Throws `vault/disk-full` when this many more do not fit. */
  reserve(bytes: number): void {
    if (this.#used + this.#reserved + bytes > this.#limitBytes)
      throw new VaultError('vault/disk-full', 'the vault has reached its quota')
    this.#reserved += bytes
  }

  release(bytes: number): void {
    this.#reserved -= bytes
  }

  add(bytes: number): void {
    this.#used += bytes
  }
}
