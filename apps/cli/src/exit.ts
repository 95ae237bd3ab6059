import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

/** Exit codes of every command, printed in every `--help`. */
export const EXIT = {
  done: 0,
  error: 1,
  usage: 2,
  partly: 3,
  notAuthorised: 4,
  notFound: 5,
  conflict: 6,
  integrity: 7,
  unreachable: 8,
  cancelled: 130,
} as const

export const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 error, 2 usage, 3 partly done, 4 not signed in or not authorised, 5 not found, 6 conflict,
7 an integrity check failed, 8 cannot reach the vault, 130 cancelled.`

const BY_KIND: Record<ErrorKind, number> = {
  'bad-input': EXIT.error,
  'protocol-violation': EXIT.integrity,
  integrity: EXIT.integrity,
  'auth-failed': EXIT.notAuthorised,
  'not-found': EXIT.notFound,
  conflict: EXIT.conflict,
  transient: EXIT.unreachable,
  usage: EXIT.usage,
  cancelled: EXIT.cancelled,
  bug: EXIT.error,
}

/** Transient too, but not because the vault cannot be reached. */
const NOT_UNREACHABLE = new Set(['vault/disk-full', 'vault/local-disk', 'keystore/storage'])

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof WarrenError)) return EXIT.error
  return NOT_UNREACHABLE.has(error.code) ? EXIT.error : BY_KIND[error.kind]
}

/** A command was called wrongly; the message names the argument or flag. */
export class UsageError extends WarrenError<'cli/usage'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('cli/usage', 'usage', message, options)
    this.name = 'UsageError'
  }
}
