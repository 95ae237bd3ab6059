import { appendFileSync, closeSync, openSync } from 'node:fs'
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Clock, systemClock } from '@warren/primitives/clock'
import { type Rng, systemRng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { loadSuite } from '@warren/reencryption'
import { LINK_SECRET_BYTES, VaultError } from '../protocol/index.ts'
import type { Audit } from './audit.ts'
import { openFileBlobs } from './blobs/file-blobs-node.ts'
import type { Limits } from './limits.ts'
import type { PrivateClients } from './private-clients.ts'
import { threadedWork } from './reencryptor/threaded-work-node.ts'
import { openSqliteStore } from './store/sqlite-node.ts'
import { createVaultServer, type VaultServer } from './vault-server.ts'

export interface EmbeddedOptions {
  suiteId?: 'cai-liu' | 'split'
  limits?: Partial<Limits>
  metricsEverywhere?: boolean
  /** For re-encryption; by default one for each processor but the first. */
  threads?: number
  /** Where the vault is a private service: who its clients are. */
  privateClients?: PrivateClients
  onFailure?(error: unknown): void
  clock?: Clock
  rng?: Rng
}

/**
 * A vault in one directory (docs/formats/store.md): node:sqlite and files. Rejects with VaultError `vault/state` when
 * another process has it open or a newer program wrote it.
 */
export async function openEmbeddedVault(
  directory: string,
  options: EmbeddedOptions = {},
): Promise<VaultServer> {
  const { suiteId = 'cai-liu', clock = systemClock, rng = systemRng } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const unlock = lock(directory)
  const undo: (() => unknown)[] = [unlock]
  try {
    const store = openSqliteStore(directory)
    undo.push(() => store.close())
    const blobs = await openFileBlobs(join(directory, 'blobs'))
    const suite = await loadSuite(suiteId)
    const setup = join(directory, 'setup-secret')
    const server = await createVaultServer({
      store,
      blobs,
      suite,
      suiteId,
      work: threadedWork(suite, options.threads ?? Math.max(1, availableParallelism() - 1)),
      clock,
      rng,
      setupSecret: await setupSecret(setup, rng),
      onSetUp: () => rm(setup, { force: true }),
      log: auditFile(join(directory, 'audit.jsonl')),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.privateClients === undefined ? {} : { privateClients: options.privateClients }),
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
      ...(options.metricsEverywhere === undefined ? {} : { metricsEverywhere: options.metricsEverywhere }),
    })
    return {
      ...server,
      close: async () => {
        await server.close()
        unlock()
      },
    }
  } catch (error) {
    for (const step of undo.toReversed()) await step()
    throw error
  }
}

/** An exclusive transaction that is never ended: the operating system ends it with the process, however that dies. */
function lock(directory: string): () => void {
  const path = join(directory, 'lock.sqlite')
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    database.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (cause) {
    database.close()
    throw new VaultError('vault/state', 'this vault is being served by another process', { cause })
  }
  return () => {
    if (database.isOpen) database.close()
  }
}

/** The secret of the set-up link: the same at each start until the first account is there. */
async function setupSecret(path: string, rng: Rng): Promise<Secret> {
  try {
    const bytes = await readFile(path)
    if (bytes.length === LINK_SECRET_BYTES) return new Secret(bytes)
  } catch {
    // Not there yet, or not any more: then the vault takes no notice of a new one once it has an account.
  }
  const secret = new Secret(rng.bytes(LINK_SECRET_BYTES))
  const file = await open(path, 'w', 0o600)
  try {
    await file.write(secret.reveal())
    await file.sync()
  } finally {
    await file.close()
  }
  return secret
}

/** One JSON line a record. A log that cannot be written must not stop the vault from reading. */
function auditFile(path: string): Audit {
  return (record) => {
    try {
      appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 })
    } catch {
      // A full disk: what the record is about has been refused for the same reason.
    }
  }
}
