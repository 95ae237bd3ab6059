import { WarrenError } from '@warren/primitives/errors'
import { VaultError, type VaultErrorCode } from '../protocol/errors.ts'

/**
 * Opens what the service re-encrypted or handed on. A capsule, key or proof that does not open is the service's doing,
 * not the user's: `vault/log` where the log fixes what it should have been, `vault/response` where nothing does.
 */
export function openAnswer<T>(
  message: string,
  open: () => T,
  code: Extract<VaultErrorCode, 'vault/log' | 'vault/response'> = 'vault/log',
): T {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof WarrenError && !(cause instanceof VaultError))
      throw new VaultError(code, message, { cause })
    throw cause
  }
}
