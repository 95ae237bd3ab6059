import { AeadError } from '@warren/primitives/aead'
import { WarrenError } from '@warren/primitives/errors'
import { PairingError } from '@warren/primitives/pairing'
import { DecodeError } from '@warren/primitives/wire'

export type ReencryptionErrorCode = 'reencryption/refused'

/**
 * The one error for every key, capsule, re-encryption key or proof that is not accepted, whatever the reason: a caller,
 * and so an attacker, learns nothing else.
 */
export class ReencryptionError extends WarrenError<ReencryptionErrorCode> {
  constructor() {
    super('reencryption/refused', 'integrity', 're-encryption: a key, a capsule or a proof was refused')
    this.name = 'ReencryptionError'
  }
}

export function refuse(): never {
  throw new ReencryptionError()
}

/** Runs `work`; what a decoder or the pairing group refuses leaves as the one generic error, without a cause. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DecodeError || error instanceof PairingError || error instanceof AeadError) refuse()
    throw error
  }
}
