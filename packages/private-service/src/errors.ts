import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type PrivateServiceErrorCode =
  | 'private-service/unreachable'
  | 'private-service/credential'
  | 'private-service/state'
  | 'private-service/unknown-client'
  | 'private-service/group'
  | 'private-service/too-many-groups'
  | 'private-service/closed'

const KIND: Record<PrivateServiceErrorCode, ErrorKind> = {
  'private-service/unreachable': 'not-found',
  'private-service/credential': 'bad-input',
  'private-service/state': 'integrity',
  'private-service/unknown-client': 'not-found',
  'private-service/group': 'bad-input',
  'private-service/too-many-groups': 'conflict',
  'private-service/closed': 'cancelled',
}

export class PrivateServiceError extends WarrenError<PrivateServiceErrorCode> {
  constructor(code: PrivateServiceErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'PrivateServiceError'
  }
}

/**
 * The one error for every way in which a service cannot be reached. "Removed", "never was" and "switched off" must
 * not differ, so the text names all of them and the cause is dropped.
 */
export function unreachable(): PrivateServiceError {
  return new PrivateServiceError(
    'private-service/unreachable',
    'The service cannot be reached: it is switched off, or this invitation is not valid (any more). Try again later, or ask for a new invitation.',
  )
}
