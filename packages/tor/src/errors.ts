import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type TorErrorCode =
  | 'tor/address'
  | 'tor/descriptor'
  | 'tor/hs-ntor'
  | 'tor/introduction'
  | 'tor/rendezvous'
  | 'tor/not-found'

const KIND: Record<TorErrorCode, ErrorKind> = {
  'tor/address': 'bad-input',
  'tor/descriptor': 'protocol-violation',
  'tor/hs-ntor': 'auth-failed',
  'tor/introduction': 'transient',
  'tor/rendezvous': 'transient',
  'tor/not-found': 'not-found',
}

export class TorError extends WarrenError<TorErrorCode> {
  constructor(code: TorErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'TorError'
  }
}
