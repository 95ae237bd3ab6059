/**
 * The kinds of failure that every package shares. A caller decides by kind; a person reads the message;
 * a test names the code.
 */
export type ErrorKind =
  | 'bad-input'
  | 'protocol-violation'
  | 'integrity'
  | 'auth-failed'
  | 'not-found'
  | 'conflict'
  | 'transient'
  | 'usage'
  | 'cancelled'
  | 'bug'

/**
 * Base of every package's error class. `code` is stable and specific (`tor/descriptor-signature`), `message` is
 * one sentence without secrets, `cause` is what lies below.
 */
export class WarrenError<Code extends string = string> extends Error {
  readonly code: Code
  readonly kind: ErrorKind

  constructor(code: Code, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'WarrenError'
    this.code = code
    this.kind = kind
  }
}
