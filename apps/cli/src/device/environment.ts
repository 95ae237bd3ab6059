import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { type ClientEnvironment, directoryState, httpTransport } from '@warren/vault/client'
import type { Terminal } from '../terminal.ts'
import type { DeviceRecord, HomePaths } from './home.ts'

/** What a client stands on here: HTTP, this home, the machine's clock and randomness. The pairing library comes late. */
export function clientEnvironment(
  paths: HomePaths,
  url: string,
  suite: () => Promise<DeviceRecord['suite']>,
  terminal: Terminal,
): ClientEnvironment {
  return {
    transport: httpTransport(url),
    state: directoryState(paths.state),
    clock: systemClock,
    rng: systemRng,
    suite: async () => (await import('@warren/reencryption')).loadSuite(await suite()),
    signal: terminal.signal,
  }
}
