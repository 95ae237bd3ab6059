import { createCipheriv } from 'node:crypto'
import { type AesCtrStream, checkAesCtr } from './aes-ctr.ts'

export { AES_BLOCK_BYTES, type AesCtrStream } from './aes-ctr.ts'

/** As `aesCtr` of `aes-ctr.ts`, by OpenSSL. */
export function aesCtr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return aesCtrStream(key, iv).apply(data)
}

/** As `aesCtrStream` of `aes-ctr.ts`, by OpenSSL. */
export function aesCtrStream(key: Uint8Array, iv: Uint8Array): AesCtrStream {
  checkAesCtr(key, iv)
  const cipher = createCipheriv(`aes-${key.length * 8}-ctr`, key, iv)
  return {
    apply(data) {
      const out = cipher.update(data)
      return new Uint8Array(out.buffer, out.byteOffset, out.length)
    },
    applyInPlace(data) {
      const out = cipher.update(data)
      data.set(out)
      // Memory outside the heap, which would wait for the collector: giving it back at once halves the cost of a call.
      if (out.buffer.byteLength === out.length) out.buffer.transfer(0)
    },
  }
}
