/** A source of random bytes. Every function that needs randomness takes one. */
export interface Rng {
  /** `length` fresh bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
}

const LARGEST_REQUEST = 65_536 // WebCrypto's limit for one call

const POOL_BYTES = 16_384
const POOLED_BYTES = 512
const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** Identifiers and nonces by the ten thousand: one call of the system for many. What is given out leaves the pool. */
function fromPool(length: number): Uint8Array<ArrayBuffer> {
  if (used + length > POOL_BYTES) {
    globalThis.crypto.getRandomValues(pool)
    used = 0
  }
  const out = pool.slice(used, used + length)
  pool.fill(0, used, used + length)
  used += length
  return out
}

/** The operating system's generator: the only source in production. */
export const systemRng: Rng = {
  bytes(length) {
    if (length <= POOLED_BYTES) return fromPool(length)
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i += LARGEST_REQUEST)
      globalThis.crypto.getRandomValues(out.subarray(i, Math.min(length, i + LARGEST_REQUEST)))
    return out
  },
}

/** A uniform integer in [0, bound), by rejection; 1 ≤ bound ≤ 2^48. */
export function randomBelow(rng: Rng, bound: number): number {
  if (!Number.isSafeInteger(bound) || bound < 1 || bound > 2 ** 48)
    throw new RangeError(`randomBelow: bound ${bound} is not in 1 … 2^48`)
  const limit = 2 ** 48 - (2 ** 48 % bound)
  for (;;) {
    let value = 0
    for (const byte of rng.bytes(6)) value = value * 256 + byte
    if (value < limit) return value % bound
  }
}

/** A uniform number in [0, 1) with 53 bits. */
export function randomUnit(rng: Rng): number {
  const drawn = rng.bytes(7)
  const at = (i: number) => drawn[i] ?? 0
  const high = ((at(0) & 0x1f) << 16) | (at(1) << 8) | at(2)
  const low = at(3) * 2 ** 24 + ((at(4) << 16) | (at(5) << 8) | at(6))
  return (high * 2 ** 32 + low) / 2 ** 53
}

/** Shuffles in place (Fisher–Yates). */
export function shuffle<T>(rng: Rng, items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomBelow(rng, i + 1)
    const held = items[i] as T
    items[i] = items[j] as T
    items[j] = held
  }
  return items
}
