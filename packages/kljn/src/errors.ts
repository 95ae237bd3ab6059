import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

export type KljnErrorCode =
  /** A resistance, temperature, bandwidth, length, count … that is out of its range. */
  | 'kljn/parameter'
  /** A time step that makes a solver diverge. */
  | 'kljn/unstable-step'
  /** The parties disagree about the protocol, or a message does not decode. */
  | 'kljn/protocol'
  /** What the public channel delivered is not what the other side authenticated. */
  | 'kljn/authentication'
  /** No key can be distilled: Eve may know as much as there is. */
  | 'kljn/no-secret-left'
  /** An instantaneous comparison of the two ends found what the line cannot do. */
  | 'kljn/alarm'

const KIND: Record<KljnErrorCode, ErrorKind> = {
  'kljn/parameter': 'bad-input',
  'kljn/unstable-step': 'bad-input',
  'kljn/protocol': 'protocol-violation',
  'kljn/authentication': 'auth-failed',
  'kljn/no-secret-left': 'conflict',
  'kljn/alarm': 'integrity',
}

export class KljnError extends WarrenError<KljnErrorCode> {
  constructor(code: KljnErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, KIND[code], message, options)
    this.name = 'KljnError'
  }
}
