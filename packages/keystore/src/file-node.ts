import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { KeystoreError } from './errors.ts'
import { type Keystore, SECRET_LIMIT } from './keystore.ts'
import {
  createPassphraseKeystore,
  openPassphraseKeystore,
  PASSPHRASE_HEADER_BYTES,
  type PassphraseOptions,
} from './passphrase.ts'
import { KEYSTORE_KEY_BYTES } from './sealing.ts'
import { unsafeUnprotectedKeystoreUnderKey } from './unprotected.ts'

// Small files that must be whole or absent, docs/formats/keystore.md §3: written beside, fsynced, renamed, and the
// directory fsynced, before the call returns.

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
const TEMPORARY = '.tmp-'
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/
/** The largest sealed blob: magic, salt, secret, tag. */
const BLOB_LIMIT = SECRET_LIMIT + 52
export const PASSPHRASE_HEADER_FILE = 'keystore.passphrase'
export const UNPROTECTED_KEY_FILE = 'keystore.unprotected'

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

function storageError(what: string, cause: unknown): KeystoreError {
  return new KeystoreError(
    'keystore/storage',
    'transient',
    `${what}: ${codeOf(cause) ?? 'failed'} in the keystore's directory`,
    {
      cause,
    },
  )
}

/** A directory of small files for one device's sealed keys. */
export interface KeystoreDirectory {
  /** Replaces the file at once: after a crash there is the old one or the new one. Durable when it resolves. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** As `write`, but throws `keystore/exists` if there is one already. */
  create(name: string, bytes: Uint8Array): Promise<void>
  /** Throws `keystore/not-found`; `keystore/permissions` if group or others may touch the file. */
  read(name: string): Promise<Uint8Array>
  has(name: string): Promise<boolean>
  /** Nothing happens if there is none. Durable when it resolves. */
  remove(name: string): Promise<void>
  list(): Promise<string[]>
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Opens the directory, making it (mode 0700) if it is not there. `rng` names temporary files. */
export async function openKeystoreDirectory(path: string, rng: Rng): Promise<KeystoreDirectory> {
  await mkdir(path, { recursive: true, mode: DIRECTORY_MODE })

  const place = (name: string) => {
    if (!NAME.test(name)) throw new RangeError('keystore file: not a plain name')
    return join(path, name)
  }

  async function put(
    name: string,
    bytes: Uint8Array,
    publish: (temporary: string, target: string) => Promise<void>,
  ) {
    const target = place(name)
    const temporary = join(path, TEMPORARY + base64urlText.encode(rng.bytes(12)))
    try {
      await writeWhole(await open(temporary, 'wx', FILE_MODE), bytes)
      await publish(temporary, target)
      await syncDirectory(path)
    } catch (error) {
      await unlink(temporary).catch(() => undefined)
      if (codeOf(error) === 'EEXIST')
        throw new KeystoreError('keystore/exists', 'conflict', `${name} is there already`, { cause: error })
      throw storageError(`cannot write ${name}`, error)
    }
  }

  return {
    write: (name, bytes) => put(name, bytes, rename),
    create: (name, bytes) =>
      put(name, bytes, async (temporary, target) => {
        // link, unlike rename, refuses to replace.
        await link(temporary, target)
        await unlink(temporary)
      }),
    async read(name) {
      const target = place(name)
      let file: FileHandle
      try {
        file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW)
      } catch (error) {
        if (codeOf(error) === 'ENOENT')
          throw new KeystoreError('keystore/not-found', 'not-found', `there is no ${name}`, { cause: error })
        throw storageError(`cannot read ${name}`, error)
      }
      try {
        const { mode, size } = await file.stat()
        if (process.platform !== 'win32' && (mode & 0o077) !== 0)
          throw new KeystoreError(
            'keystore/permissions',
            'bad-input',
            `${name} may be touched by others: chmod 600 it, and take its keys for known if others use this machine`,
          )
        if (size > BLOB_LIMIT)
          throw new KeystoreError('keystore/malformed', 'bad-input', `${name} is too large`)
        return new Uint8Array(await file.readFile())
      } catch (error) {
        throw error instanceof KeystoreError ? error : storageError(`cannot read ${name}`, error)
      } finally {
        await file.close()
      }
    },
    async has(name) {
      const target = place(name)
      try {
        await stat(target)
        return true
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return false
        throw storageError(`cannot look for ${name}`, error)
      }
    },
    async remove(name) {
      const target = place(name)
      try {
        await unlink(target)
        await syncDirectory(path)
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw storageError(`cannot remove ${name}`, error)
      }
    },
    async list() {
      return (await readdir(path)).filter((name) => NAME.test(name)).toSorted()
    },
  }
}

/** A new passphrase keystore with its header in the directory. Throws `keystore/exists` rather than replace one. */
export async function createPassphraseKeystoreIn(
  directory: KeystoreDirectory,
  passphrase: Secret,
  rng: Rng,
  options: PassphraseOptions = {},
): Promise<Keystore> {
  const { keystore, header } = await createPassphraseKeystore(passphrase, rng, options)
  try {
    await directory.create(PASSPHRASE_HEADER_FILE, header)
  } catch (error) {
    keystore.close()
    throw error
  }
  return keystore
}

/** Throws as `openPassphraseKeystore`, and `keystore/not-found`. */
export async function openPassphraseKeystoreIn(
  directory: KeystoreDirectory,
  passphrase: Secret,
  rng: Rng,
  options: Pick<PassphraseOptions, 'unsafeAcceptLowCost'> = {},
): Promise<Keystore> {
  const header = await directory.read(PASSPHRASE_HEADER_FILE)
  if (header.length !== PASSPHRASE_HEADER_BYTES)
    throw new KeystoreError('keystore/malformed', 'bad-input', 'keystore header is malformed')
  return openPassphraseKeystore(passphrase, header, rng, options)
}

/** Opens the keystore whose key lies in the directory (mode 0600), making it if there is none. For scripts. */
export async function unsafeUnprotectedKeystore(directory: KeystoreDirectory, rng: Rng): Promise<Keystore> {
  if (!(await directory.has(UNPROTECTED_KEY_FILE)))
    try {
      await directory.create(UNPROTECTED_KEY_FILE, rng.bytes(KEYSTORE_KEY_BYTES))
    } catch (error) {
      // Another process was quicker: its key is the key.
      if (!(error instanceof KeystoreError) || error.code !== 'keystore/exists') throw error
    }
  const bytes = await directory.read(UNPROTECTED_KEY_FILE)
  if (bytes.length !== KEYSTORE_KEY_BYTES)
    throw new KeystoreError('keystore/malformed', 'bad-input', 'unprotected key file is malformed')
  const key = new Secret(bytes)
  bytes.fill(0)
  return unsafeUnprotectedKeystoreUnderKey(key, rng)
}
