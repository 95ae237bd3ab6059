import { WarrenError } from '@warren/primitives/errors'
import { VaultError } from '../protocol/errors.ts'

/**
 * Opens what the service re-encrypted. A capsule or a sealed key that does not open is the service's doing, not the
 * user's: `vault/log`, because the log fixes what it should have been.
 */
export function openAnswer<T>(message: string, open: () => T): T {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof WarrenError && !(cause instanceof VaultError))
      throw new VaultError('vault/log', message, { cause })
    throw cause
  }
}
