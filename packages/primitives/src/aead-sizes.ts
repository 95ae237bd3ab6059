import { WarrenError } from './errors.ts'

// Apart from the implementations: OpenSSL's does not load the portable one.

export const AEAD_KEY_BYTES = 32
export const AEAD_NONCE_BYTES = 12
export const AEAD_TAG_BYTES = 16

/** One error for whatever does not open: a caller, and so an attacker, learns nothing else. */
export class AeadError extends WarrenError<'aead'> {
  constructor() {
    super('aead', 'integrity', 'sealed data does not open: wrong key, or changed on the way')
    this.name = 'AeadError'
  }
}
