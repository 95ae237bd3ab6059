import { type ErrorKind, WarrenError } from '@warren/primitives/errors'

/** Every failure of the vault, on either side of the wire. The HTTP status is what the service answers with. */
const CODES = {
  'vault/bad-request': { kind: 'bad-input', status: 400 },
  'vault/name': { kind: 'bad-input', status: 400 },
  'vault/unauthenticated': { kind: 'auth-failed', status: 401 },
  'vault/forbidden': { kind: 'auth-failed', status: 403 },
  'vault/invitation': { kind: 'auth-failed', status: 403 },
  'vault/not-found': { kind: 'not-found', status: 404 },
  'vault/no-chain': { kind: 'auth-failed', status: 403 },
  'vault/conflict': { kind: 'conflict', status: 409 },
  'vault/too-large': { kind: 'bad-input', status: 413 },
  'vault/wrong-share': { kind: 'integrity', status: 422 },
  'vault/busy': { kind: 'transient', status: 503 },
  'vault/disk-full': { kind: 'transient', status: 507 },
  // What only a client says:
  'vault/unreachable': { kind: 'transient', status: 503 },
  'vault/response': { kind: 'integrity', status: 502 },
  'vault/log': { kind: 'integrity', status: 502 },
  'vault/rollback': { kind: 'integrity', status: 502 },
  'vault/fork': { kind: 'integrity', status: 502 },
  'vault/content': { kind: 'integrity', status: 502 },
  'vault/file-changed': { kind: 'conflict', status: 409 },
  'vault/local-disk': { kind: 'transient', status: 507 },
  'vault/words': { kind: 'integrity', status: 422 },
  'vault/recovery': { kind: 'auth-failed', status: 403 },
  'vault/state': { kind: 'bad-input', status: 500 },
} as const satisfies Record<string, { kind: ErrorKind; status: number }>

export type VaultErrorCode = keyof typeof CODES

export class VaultError extends WarrenError<VaultErrorCode> {
  constructor(code: VaultErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, CODES[code].kind, message, options)
    this.name = 'VaultError'
  }

  get status(): number {
    return CODES[this.code].status
  }
}

export function isVaultErrorCode(code: string): code is VaultErrorCode {
  return Object.hasOwn(CODES, code)
}
