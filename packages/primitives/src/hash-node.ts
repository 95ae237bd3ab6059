import { createHash, type Hash, hash as hashOnce } from 'node:crypto'
import { concatBytes } from './bytes.ts'
import type { RunningHash } from './hash.ts'

export type { RunningHash } from './hash.ts'

/** Below this, copying the parts together and one call of OpenSSL is faster than a hash object. */
const SMALL_BYTES = 4096

function once(algorithm: string, parts: readonly Uint8Array[], outputLength?: number): Uint8Array {
  const options = outputLength === undefined ? undefined : { outputLength }
  const [only] = parts
  let length = 0
  for (const part of parts) length += part.length
  if (length <= SMALL_BYTES) {
    const data = parts.length === 1 && only !== undefined ? only : concatBytes(...parts)
    return new Uint8Array(hashOnce(algorithm, data, { ...options, outputEncoding: 'buffer' }))
  }
  const hash = createHash(algorithm, options)
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

function wrap(hash: Hash): RunningHash {
  const self: RunningHash = {
    update(bytes) {
      hash.update(bytes)
      return self
    },
    copy: () => wrap(hash.copy()),
    digest: () => new Uint8Array(hash.digest()),
    peekInto(out) {
      // A string of one character a byte costs less than a Buffer, which lives outside the heap.
      const text = hash.copy().digest('binary')
      for (let i = 0; i < out.length; i++) out[i] = text.charCodeAt(i)
    },
  }
  return self
}

/** As `unsafeSha1` of `hash.ts`, by OpenSSL. */
export function unsafeSha1(...parts: readonly Uint8Array[]): Uint8Array {
  return once('sha1', parts)
}
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return once('sha256', parts)
}
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return once('sha512', parts)
}
export function sha3_256(...parts: readonly Uint8Array[]): Uint8Array {
  return once('sha3-256', parts)
}
/** `length` bytes of SHAKE256. */
export function shake256(length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return once('shake256', parts, length)
}
export function runningSha256(): RunningHash {
  return wrap(createHash('sha256'))
}
export function unsafeRunningSha1(): RunningHash {
  return wrap(createHash('sha1'))
}
export function runningSha3_256(): RunningHash {
  return wrap(createHash('sha3-256'))
}
