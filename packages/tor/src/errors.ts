import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type TorErrorCode =
  | 'tor/network'
  | 'tor/network-file'
  | 'tor/timeout'
  | 'tor/link'
  | 'tor/link-protocol'
  | 'tor/relay-identity'
  | 'tor/handshake'
  | 'tor/circuit'
  | 'tor/circuit-protocol'
  | 'tor/stream'
  | 'tor/consensus'
  | 'tor/consensus-time'
  | 'tor/directory'
  | 'tor/path'
  | 'tor/address'
  | 'tor/descriptor'
  | 'tor/hs-ntor'
  | 'tor/introduction'
  | 'tor/rendezvous'
  | 'tor/not-found'

const KIND: Record<TorErrorCode, ErrorKind> = {
  'tor/network': 'transient',
  'tor/network-file': 'bad-input',
  'tor/timeout': 'transient',
  'tor/link': 'transient',
  'tor/link-protocol': 'protocol-violation',
  'tor/relay-identity': 'integrity',
  'tor/handshake': 'integrity',
  'tor/circuit': 'transient',
  'tor/circuit-protocol': 'protocol-violation',
  'tor/stream': 'transient',
  'tor/consensus': 'integrity',
  'tor/consensus-time': 'transient',
  'tor/directory': 'transient',
  'tor/path': 'transient',
  'tor/address': 'bad-input',
  'tor/descriptor': 'protocol-violation',
  'tor/hs-ntor': 'auth-failed',
  'tor/introduction': 'transient',
  'tor/rendezvous': 'transient',
  'tor/not-found': 'not-found',
}

/** Every failure of this package; the code says which, the kind what a caller may do. */
export class TorError extends WarrenError<TorErrorCode> {
  constructor(code: TorErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'TorError'
  }
}
