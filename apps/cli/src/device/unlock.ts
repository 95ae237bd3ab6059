import { readFile } from 'node:fs/promises'
import { type Keystore, passphraseSecret } from '@warren/keystore'
import {
  createPassphraseKeystoreIn,
  openPassphraseKeystoreIn,
  unsafeUnprotectedKeystore,
} from '@warren/keystore/file-node'
import { systemRng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import { UsageError } from '../exit.ts'
import { askSecret } from '../prompt.ts'
import type { Terminal } from '../terminal.ts'
import type { DeviceFlags } from './flags.ts'
import type { Home } from './home.ts'

const FLAG = '--passphrase-file'

function secretOf(text: string): Secret {
  try {
    return passphraseSecret(text)
  } catch (cause) {
    throw new UsageError('the passphrase must have 1 … 1024 bytes', { cause })
  }
}

/** From the file that a flag or WARREN_PASSPHRASE_FILE names, else asked for; undefined when there is no file. */
async function passphraseFromFile(flags: DeviceFlags): Promise<Secret | undefined> {
  const file = flags.passphraseFile ?? process.env['WARREN_PASSPHRASE_FILE']
  if (file === undefined || file === '') return undefined
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`cannot read the passphrase from ${file}`, { cause })
  }
  return secretOf(text.replace(/\r?\n$/, ''))
}

/** Opens the keystore that this home was made with. */
export async function openKeystore(
  home: Pick<Home, 'directory'>,
  kind: 'passphrase' | 'unprotected',
  flags: DeviceFlags,
  terminal: Terminal,
): Promise<Keystore> {
  if (kind === 'unprotected') return unsafeUnprotectedKeystore(home.directory, systemRng)
  const passphrase =
    (await passphraseFromFile(flags)) ??
    secretOf(await askSecret(terminal, 'Passphrase of this device: ', FLAG))
  try {
    return await openPassphraseKeystoreIn(home.directory, passphrase, systemRng)
  } finally {
    passphrase.clear()
  }
}

/** A keystore for a new device: under a passphrase, unless `--unprotected`. */
export async function createKeystore(
  home: Pick<Home, 'directory'>,
  flags: DeviceFlags & { unprotected?: true },
  terminal: Terminal,
): Promise<Keystore> {
  if (flags.unprotected === true) {
    terminal.say(
      'warning: --unprotected: this device keeps its keys in the open; whoever reads its files has them.',
    )
    return unsafeUnprotectedKeystore(home.directory, systemRng)
  }
  let passphrase = await passphraseFromFile(flags)
  if (passphrase === undefined) {
    const first = await askSecret(terminal, 'New passphrase for this device: ', `${FLAG} (or --unprotected)`)
    const second = await askSecret(terminal, 'The same again: ', FLAG)
    if (first !== second) throw new UsageError('the two passphrases differ')
    passphrase = secretOf(first)
  }
  try {
    return await createPassphraseKeystoreIn(home.directory, passphrase, systemRng)
  } finally {
    passphrase.clear()
  }
}
