import { hostname } from 'node:os'
import { deviceName } from '@warren/identity'
import { systemClock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import {
  type ClientEnvironment,
  type Device,
  type DeviceKeyMaterial,
  decodeKeyMaterial,
  deviceOf,
  encodeKeyMaterial,
  generateKeyMaterial,
  VaultApi,
} from '@warren/vault/client'
import { PRIVATE_URL, type PrivateReach } from '@warren/vault/protocol'
import type { Terminal } from '../terminal.ts'
import { clientEnvironment } from './environment.ts'
import type { NewDeviceFlags } from './flags.ts'
import { type DeviceRecord, Home, HomeError, homePaths } from './home.ts'
import { lockHome } from './home-lock-node.ts'
import { storedReach, storeReach } from './reach.ts'
import { createKeystore, openKeystore } from './unlock.ts'

export const KEYS_FILE = 'device.sealed'
export const KEYS_LABEL = 'warren/device/1'

const NEW_LINK_PATIENCE_MS = 180_000

/** A device on its way into an account. */
export interface NewDevice {
  terminal: Terminal
  home: Home
  record: DeviceRecord
  device: Device
  environment: ClientEnvironment
}

function defaultDeviceName(): string {
  try {
    return deviceName(hostname())
  } catch {
    return 'device'
  }
}

/**
 * Prepares a home for a device that is not yet part of an account, and closes it when `use` has ended. The keys are
 * made and sealed first, so that a command that was stopped in the middle goes on with the same device when it is
 * called again.
 */
export async function asNewDevice<T>(
  terminal: Terminal,
  flags: NewDeviceFlags,
  target: { url: string; reach?: PrivateReach },
  use: (made: NewDevice) => Promise<T>,
): Promise<T> {
  const { url } = target
  const paths = homePaths(flags.home, process.env)
  const home = await Home.open(paths)
  const lock = await lockHome(paths, terminal, systemClock)
  try {
    const former = await home.record()
    if (former?.account !== undefined)
      throw new HomeError(
        'cli/home-in-use',
        'conflict',
        'this home is a device of an account already: use another one with --home',
      )
    const reach = target.reach ?? (await formerReach(home, former, url, flags, terminal))
    // The vault is asked before anything is made: what it says of itself is the suite of every key.
    let suite: DeviceRecord['suite'] = 'cai-liu'
    const currentSuite = () => Promise.resolve(suite)
    // A link that is new may not be published yet.
    const patienceMs = target.reach === undefined ? 0 : NEW_LINK_PATIENCE_MS
    const environment = clientEnvironment(paths, url, currentSuite, terminal, reach, patienceMs)
    try {
      const vault = await new VaultApi(environment).vault()
      suite = vault.suite
      const name = flags.device ?? former?.device.name ?? defaultDeviceName()
      const { keys, kind, publicKey } = await keysOf(home, former, flags, environment, terminal, reach)
      const device = deviceOf(keys, deviceName(name), publicKey)
      const record: DeviceRecord = {
        schema: 'warren.device/1',
        url,
        vault: vault.id,
        suite: vault.suite,
        keystore: kind,
        device: { name: device.identity.name, encryptionKey: base64urlText.encode(publicKey) },
        ...(former?.recovery === undefined ? {} : { recovery: former.recovery }),
      }
      await home.write(record)
      return await use({ terminal, home, record, device, environment })
    } finally {
      environment.transport.close()
    }
  } finally {
    lock.release()
  }
}

/** The way to a private vault that a command kept which was stopped before this device was in an account. */
async function formerReach(
  home: Home,
  former: DeviceRecord | undefined,
  url: string,
  flags: NewDeviceFlags,
  terminal: Terminal,
): Promise<PrivateReach | undefined> {
  if (former === undefined || url !== PRIVATE_URL) return undefined
  const keystore = await openKeystore(home, former.keystore, flags, terminal)
  const reach = await storedReach(home, keystore, url)
  keystore.close()
  return reach
}

async function keysOf(
  home: Home,
  former: DeviceRecord | undefined,
  flags: NewDeviceFlags,
  environment: ClientEnvironment,
  terminal: Terminal,
  reach: PrivateReach | undefined,
): Promise<{ keys: DeviceKeyMaterial; kind: DeviceRecord['keystore']; publicKey: Uint8Array }> {
  if (former !== undefined && (await home.directory.has(KEYS_FILE))) {
    const keystore = await openKeystore(home, former.keystore, flags, terminal)
    const keys = decodeKeyMaterial(await keystore.unseal(KEYS_LABEL, await home.directory.read(KEYS_FILE)))
    if (reach !== undefined) await storeReach(home, keystore, reach)
    keystore.close()
    return { keys, kind: former.keystore, publicKey: base64urlText.decode(former.device.encryptionKey) }
  }
  // Left over from a command that was stopped before anything was made with it.
  await home.directory.remove('keystore.passphrase')
  const keystore = await createKeystore(home, flags, terminal)
  const suite = await environment.suite()
  const keys = generateKeyMaterial(suite, systemRng)
  if (reach !== undefined) await storeReach(home, keystore, reach)
  await home.directory.write(KEYS_FILE, await keystore.seal(KEYS_LABEL, encodeKeyMaterial(keys)))
  keystore.close()
  return {
    keys,
    kind: flags.unprotected === true ? 'unprotected' : 'passphrase',
    publicKey: suite.publicKeyOf(keys.encryptionKey),
  }
}
