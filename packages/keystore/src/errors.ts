import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type KeystoreErrorCode =
  | 'keystore/wrong-passphrase'
  | 'keystore/does-not-open'
  | 'keystore/malformed'
  | 'keystore/cost'
  | 'keystore/closed'
  | 'keystore/not-found'
  | 'keystore/exists'
  | 'keystore/permissions'
  | 'keystore/storage'

/** Everything this package refuses. No message holds a secret, a passphrase or a sealed blob. */
export class KeystoreError extends WarrenError<KeystoreErrorCode> {
  constructor(code: KeystoreErrorCode, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(code, kind, message, options)
    this.name = 'KeystoreError'
  }
}

/** The one error for whatever does not unseal: wrong label, other keystore, changed or cut short. */
export function doesNotOpen(): KeystoreError {
  return new KeystoreError(
    'keystore/does-not-open',
    'integrity',
    'sealed key does not open: made by another keystore, for another purpose, or changed',
  )
}
