import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type KeystoreDirectory, openKeystoreDirectory } from '@warren/keystore/file-node'
import { WarrenError } from '@warren/primitives/errors'
import { systemRng } from '@warren/primitives/rng'
import type { AccountId, RecoveryId } from '@warren/vault/protocol'
import { localError } from '../files/local-error.ts'
import { makeDirectory } from '../files/make-directory-node.ts'

/** Where a device keeps what is its own. */
export interface HomePaths {
  /** What the device is, and its sealed keys. */
  config: string
  /** What can be fetched and verified again: logs followed, uploads under way. */
  state: string
}

/** What is in the open about a device: its sealed keys and its sealed state lie beside it. */
export interface DeviceRecord {
  schema: 'warren.device/1'
  url: string
  /** The vault's own id: requests are signed for it and for no other. */
  vault: string
  suite: 'cai-liu' | 'split'
  keystore: 'passphrase' | 'unprotected'
  device: { name: string; encryptionKey: string }
  /** Absent while the device is not yet part of an account. */
  account?: AccountId
  /** A recovery that was asked for and is not done. */
  recovery?: { id: RecoveryId; account: string }
}

const RECORD_FILE = 'device.json'

export class HomeError extends WarrenError<'cli/home' | 'cli/not-signed-in' | 'cli/home-in-use'> {}

/** `--home`, else WARREN_HOME, else the XDG directories. */
export function homePaths(flag: string | undefined, env: NodeJS.ProcessEnv): HomePaths {
  const whole = flag ?? env['WARREN_HOME']
  if (whole !== undefined && whole !== '') {
    const home = resolve(whole)
    return { config: join(home, 'config'), state: join(home, 'state') }
  }
  const xdg = (name: string, fallback: string) => {
    // The specification says that a relative path is to be ignored.
    const value = env[name]
    return join(value?.startsWith('/') === true ? value : join(homedir(), fallback), 'warren')
  }
  return { config: xdg('XDG_CONFIG_HOME', '.config'), state: xdg('XDG_STATE_HOME', '.local/state') }
}

/** Where `serve` keeps the vault, unless it is told. */
export function serverDataPath(env: NodeJS.ProcessEnv): string {
  const value = env['XDG_DATA_HOME']
  return join(value?.startsWith('/') === true ? value : join(homedir(), '.local/share'), 'warren')
}

/** A device's home, opened. */
export class Home {
  readonly paths: HomePaths
  readonly directory: KeystoreDirectory

  private constructor(paths: HomePaths, directory: KeystoreDirectory) {
    this.paths = paths
    this.directory = directory
  }

  static async open(paths: HomePaths): Promise<Home> {
    try {
      await makeDirectory(paths.config)
      const directory = await openKeystoreDirectory(paths.config, systemRng)
      await makeDirectory(paths.state)
      return new Home(paths, directory)
    } catch (error) {
      throw localError((error as NodeJS.ErrnoException).path ?? paths.config, error)
    }
  }

  async record(): Promise<DeviceRecord | undefined> {
    if (!(await this.directory.has(RECORD_FILE))) return undefined
    const text = new TextDecoder().decode(await this.directory.read(RECORD_FILE))
    try {
      const record = JSON.parse(text) as DeviceRecord
      if (record.schema === 'warren.device/1') return record
    } catch {
      // told below
    }
    throw new HomeError(
      'cli/home',
      'bad-input',
      `${join(this.paths.config, RECORD_FILE)} is damaged: restore it, or begin again in another home (--home)`,
    )
  }

  async write(record: DeviceRecord): Promise<void> {
    await this.directory.write(RECORD_FILE, new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`))
  }
}
