import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import { sha3_256 as nobleSha3, shake256 as nobleShake } from '@noble/hashes/sha3.js'
import { concatBytes } from './bytes.ts'

/** An incremental hash. `copy` forks the state, so that a running digest can be read and continued. */
export interface RunningHash {
  update(bytes: Uint8Array): RunningHash
  copy(): RunningHash
  /** Ends the computation. */
  digest(): Uint8Array
  /** Writes the digest so far, or its beginning where `out` is shorter, and goes on: without garbage. */
  peekInto(out: Uint8Array): void
}

/** Broken for collisions: only where a protocol demands it (Tor's relay cells and fingerprints, WEP, old PGP). */
export function unsafeSha1(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha1(concatBytes(...parts))
}
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha512.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
export function sha3_256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha3.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
/** `length` bytes of SHAKE256. */
export function shake256(length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return nobleShake(concatBytes(...parts), { dkLen: length })
}

export function runningSha256(): RunningHash {
  return wrap(nobleSha256.create())
}
/** As `unsafeSha1`: only where a protocol demands it. */
export function unsafeRunningSha1(): RunningHash {
  return wrap(nobleSha1.create())
}
export function runningSha3_256(): RunningHash {
  return wrap(nobleSha3.create())
}

interface NobleHash {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  clone(): NobleHash
}

function wrap(hash: NobleHash): RunningHash {
  const self: RunningHash = {
    update(bytes) {
      hash.update(bytes)
      return self
    },
    copy: () => wrap(hash.clone()),
    digest: () => hash.digest(),
    peekInto: (out) => out.set(hash.clone().digest().subarray(0, out.length)),
  }
  return self
}
