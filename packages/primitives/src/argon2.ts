import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js'

/** RFC 9106. `memoryKib` KiB, `passes`, `lanes`: the cost is chosen by the caller and stored beside the salt. */
export interface Argon2Cost {
  memoryKib: number
  passes: number
  lanes: number
}

/** Argon2id of a passphrase; `salt` ≥ 8 bytes. */
export function argon2id(
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  length: number,
): Promise<Uint8Array> {
  return Promise.resolve(
    nobleArgon2id(passphrase, salt, { t: cost.passes, m: cost.memoryKib, p: cost.lanes, dkLen: length }),
  )
}
