import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type IdentityErrorCode =
  | 'identity/name'
  | 'identity/signature'
  | 'identity/certificate'
  | 'identity/revoked'
  | 'identity/safety-words'
  | 'identity/request-malformed'
  | 'identity/request-signature'
  | 'identity/request-time'
  | 'identity/request-replayed'
  | 'identity/replay-cache-full'

/** Everything this package refuses. `code` says which check, the message never quotes a key, a name or a signature. */
export class IdentityError extends WarrenError<IdentityErrorCode> {
  constructor(code: IdentityErrorCode, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(code, kind, message, options)
    this.name = 'IdentityError'
  }
}
