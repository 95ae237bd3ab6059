import { ctr } from '@noble/ciphers/aes.js'
import { assertBytes, concatBytes } from './bytes.ts'

export const AES_BLOCK_BYTES = 16

/** A running key stream: `apply` encrypts or decrypts the next bytes, and never reuses a position. */
export interface AesCtrStream {
  apply(data: Uint8Array): Uint8Array
  /** The same, written over `data`: leaves no garbage behind. */
  applyInPlace(data: Uint8Array): void
}

/** AES-128/192/256 in counter mode (SP 800-38A §6.5) by the key's length, 128-bit big-endian counter starting at `iv`. */
export function aesCtr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  checkAesCtr(key, iv)
  return ctr(key, iv).encrypt(data)
}

/** As `aesCtr`, in pieces of any size. */
export function aesCtrStream(key: Uint8Array, iv: Uint8Array): AesCtrStream {
  checkAesCtr(key, iv)
  const counter = Uint8Array.from(iv)
  const zeros = new Uint8Array(AES_BLOCK_BYTES)
  let held: Uint8Array = new Uint8Array(0)
  const self: AesCtrStream = {
    apply(data) {
      const blocks = Math.ceil(Math.max(0, data.length - held.length) / AES_BLOCK_BYTES)
      let stream = held
      if (blocks > 0) {
        const zero = blocks === 1 ? zeros : new Uint8Array(blocks * AES_BLOCK_BYTES)
        stream = concatBytes(held, ctr(key, counter).encrypt(zero))
        advance(counter, blocks)
      }
      held = stream.slice(data.length)
      return data.map((byte, i) => byte ^ (stream[i] as number))
    },
    applyInPlace: (data) => data.set(self.apply(data)),
  }
  return self
}

export function checkAesCtr(key: Uint8Array, iv: Uint8Array): void {
  assertBytes(key, 'key')
  if (key.length !== 16 && key.length !== 24 && key.length !== 32)
    throw new RangeError(`key: expected 16, 24 or 32 bytes, got ${key.length}`)
  assertBytes(iv, 'iv', AES_BLOCK_BYTES)
}

function advance(counter: Uint8Array, blocks: number): void {
  let carry = blocks
  for (let i = AES_BLOCK_BYTES - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i] as number
    counter[i] = carry % 256
    carry = Math.floor(carry / 256)
  }
}
