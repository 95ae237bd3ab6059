import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { type ClientEnvironment, directoryState, httpTransport } from '@warren/vault/client'
import type { PrivateReach } from '@warren/vault/protocol'
import type { Terminal } from '../terminal.ts'
import type { DeviceRecord, HomePaths } from './home.ts'
import { privateTransport } from './private-transport-node.ts'

/**
 * What a client stands on here: HTTP or a private service, this home, the machine's clock and randomness. The pairing
 * library comes late, and so does Tor.
 */
export function clientEnvironment(
  paths: HomePaths,
  url: string,
  suite: () => Promise<DeviceRecord['suite']>,
  terminal: Terminal,
  reach?: PrivateReach,
  patienceMs = 0,
): ClientEnvironment {
  return {
    transport:
      reach === undefined ? httpTransport(url) : privateTransport(reach, paths, terminal, patienceMs),
    state: directoryState(paths.state),
    clock: systemClock,
    rng: systemRng,
    suite: async () => (await import('@warren/reencryption')).loadSuite(await suite()),
    signal: terminal.signal,
  }
}
