import { createHash, type Hash } from 'node:crypto'
import type { RunningHash } from './hash.ts'

export type { RunningHash } from './hash.ts'

function once(algorithm: string, parts: readonly Uint8Array[], outputLength?: number): Uint8Array {
  const hash = createHash(algorithm, outputLength === undefined ? undefined : { outputLength })
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
