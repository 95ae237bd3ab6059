import { argon2 } from 'node:crypto'
import type { Argon2Cost } from './argon2.ts'

export type { Argon2Cost } from './argon2.ts'

/** As `argon2id` of `argon2.ts`, by OpenSSL. */
export function argon2id(
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  length: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      {
        message: passphrase,
        nonce: salt,
        parallelism: cost.lanes,
        tagLength: length,
        memory: cost.memoryKib,
        passes: cost.passes,
      },
      (error, key) => (error === null ? resolve(new Uint8Array(key)) : reject(error)),
    )
  })
}
