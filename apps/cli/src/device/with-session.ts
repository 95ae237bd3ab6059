import { systemClock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import {
  type ClientEnvironment,
  decodeKeyMaterial,
  deviceOf,
  openSession,
  type Session,
} from '@warren/vault/client'
import type { AccountId } from '@warren/vault/protocol'
import type { Action } from '../command.ts'
import type { Terminal } from '../terminal.ts'
import { clientEnvironment } from './environment.ts'
import type { DeviceFlags } from './flags.ts'
import { type DeviceRecord, Home, HomeError, homePaths } from './home.ts'
import { lockHome } from './home-lock-node.ts'
import { KEYS_FILE, KEYS_LABEL } from './new-device.ts'
import { storedReach } from './reach.ts'
import { openKeystore } from './unlock.ts'

/** What a command is given that works as a device of an account. */
export interface Context {
  terminal: Terminal
  session: Session
  environment: ClientEnvironment
  record: DeviceRecord
  home: Home
}

function assertMember(record: DeviceRecord | undefined): DeviceRecord & { account: AccountId } {
  if (record?.account !== undefined) return { ...record, account: record.account }
  throw new HomeError(
    'cli/not-signed-in',
    'auth-failed',
    record?.recovery === undefined
      ? 'this device has no account yet: `warren init LINK` or `warren join LINK` gives it one'
      : 'this device waits for its recovery: `warren recover` goes on with it',
  )
}

/** Opens home, keystore and session, one command at a time in a home, and closes them when `use` has ended. */
export function asDevice<Flags extends DeviceFlags>(
  flags: Flags,
  use: (context: Context) => Promise<number | void>,
): Action {
  return async (terminal) => {
    const paths = homePaths(flags.home, process.env)
    const home = await Home.open(paths)
    assertMember(await home.record())
    const lock = await lockHome(paths, terminal, systemClock)
    try {
      const record = assertMember(await home.record())
      const keystore = await openKeystore(home, record.keystore, flags, terminal)
      const sealed = await home.directory.read(KEYS_FILE)
      const keys = decodeKeyMaterial(await keystore.unseal(KEYS_LABEL, sealed))
      const reach = await storedReach(home, keystore, record.url)
      keystore.close()
      const device = deviceOf(keys, record.device.name, base64urlText.decode(record.device.encryptionKey))
      const suite = () => Promise.resolve(record.suite)
      const environment = clientEnvironment(paths, record.url, suite, terminal, reach)
      try {
        const session = openSession(environment, device, record.account, record.vault)
        return await use({ terminal, session, environment, record, home })
      } finally {
        environment.transport.close()
      }
    } finally {
      lock.release()
    }
  }
}
