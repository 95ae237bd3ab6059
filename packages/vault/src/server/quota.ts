import { VaultError } from '../protocol/index.ts'

/** Bytes of all chunks, against what the vault may hold. */
export class Quota {
  readonly #limitBytes: number
  #used: number

  constructor(limitBytes: number, usedBytes: number) {
    this.#limitBytes = limitBytes
    this.#used = usedBytes
  }

  get usedBytes(): number {
    return this.#used
  }

  /** Throws `vault/disk-full` when this many more do not fit. */
  need(bytes: number): void {
    if (this.#used + bytes > this.#limitBytes)
      throw new VaultError('vault/disk-full', 'the vault has reached its quota')
  }

  add(bytes: number): void {
    this.#used += bytes
  }
}
