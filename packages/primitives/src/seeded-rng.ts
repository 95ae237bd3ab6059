import { chacha20 } from '@noble/ciphers/chacha.js'
import { utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'
import type { Rng } from './rng.ts'

const BLOCK = 4096
const SMALL = 32

/**
 * A reproducible stream (ChaCha20 under SHA-256 of the seed) for simulations and tests. Never for keys that protect
 * anything: whoever knows the seed knows every number.
 */
export function unsafeSeededRng(seed: string | number): Rng {
  const key = sha256(utf8(`warren seeded rng/${seed}`))
  const nonce = new Uint8Array(12)
  const zeros = new Uint8Array(BLOCK)
  let counter = 0
  let block = new Uint8Array(0)
  let used = 0
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      // Simulations draw a few bytes at a time, by the thousand million: no view is made for them.
      if (length <= SMALL && length <= block.length - used) {
        for (let i = 0; i < length; i++) out[i] = block[used + i] as number
        used += length
        return out
      }
      let filled = 0
      while (filled < length) {
        if (used === block.length) {
          block = Uint8Array.from(chacha20(key, nonce, zeros, undefined, counter))
          counter += BLOCK / 64
          used = 0
          if (counter >= 2 ** 32 - BLOCK / 64) {
            counter = 0
            nonce[0] = (nonce[0] as number) + 1
          }
        }
        const take = Math.min(length - filled, block.length - used)
        out.set(block.subarray(used, used + take), filled)
        used += take
        filled += take
      }
      return out
    },
  }
}
