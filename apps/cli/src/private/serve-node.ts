import { join } from 'node:path'
import {
  openKeystoreDirectory,
  PASSPHRASE_HEADER_FILE,
  UNPROTECTED_KEY_FILE,
} from '@warren/keystore/file-node'
import { systemRng } from '@warren/primitives/rng'
import { createPrivateService } from '@warren/private-service'
import { fileStateStore } from '@warren/private-service/file-store'
import {
  createTorClient,
  encodeNetwork,
  type NetworkConfiguration,
  type NodeTorClient,
  onionNetwork,
  toDuplex,
  unsafePublicNetwork,
} from '@warren/tor'
import { asSocket } from '@warren/vault/client'
import { PRIVATE_URL } from '@warren/vault/protocol'
import type { VaultServer } from '@warren/vault/server'
import { createKeystore, openKeystore } from '../device/unlock.ts'
import { UsageError } from '../exit.ts'
import { makeDirectory } from '../files/make-directory-node.ts'
import type { Terminal } from '../terminal.ts'
import { ClientRegister } from './clients.ts'
import { readTorNetwork } from './network-file.ts'
import { openSealers } from './sealer.ts'

export interface PrivateFlags {
  torNetwork?: string
  iHaveReadTheLimits?: true
  publicationDelay: string
  requestsPerHour: string
  passphraseFile?: string
}

/** What packages/tor/README.md says at length. */
const LIMITS = [
  'The public Tor network: Warren speaks the Tor protocol by itself. It is young and not audited; whoever watches its',
  'connections can tell it from tor; its timing is not protected. A private vault on the public network is hidden from',
  'who does not look for it, not from who does. Where anonymity matters, use tor.',
].join(' ')

async function networkOf(terminal: Terminal, flags: PrivateFlags): Promise<NetworkConfiguration> {
  if (flags.torNetwork === undefined)
    throw new UsageError('--private needs --tor-network FILE, as `npm run tor-network` describes one')
  if (flags.torNetwork !== 'public') return readTorNetwork(flags.torNetwork)
  terminal.say(LIMITS)
  if (flags.iHaveReadTheLimits !== true)
    throw new UsageError('--tor-network public needs --i-have-read-the-limits')
  return unsafePublicNetwork
}

function wholeNumber(text: string, flag: string, least: number): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`${flag} ${text}: expected a whole number ≥ ${least}`)
  return number
}

export interface PreparedPrivateService {
  register: ClientRegister
  /** Publishes the vault. Resolves when the service runs; `published` when invited clients find it. */
  start(vault: VaultServer): Promise<{ setupLink: string | undefined; published: Promise<void> }>
  close(): Promise<void>
}

/** Reads flags and state; nothing is published before `start`. State lies below `data`, sealed, mode 0600. */
export async function preparePrivateService(
  terminal: Terminal,
  data: string,
  flags: PrivateFlags,
  failed: (error: unknown) => void,
): Promise<PreparedPrivateService> {
  const delayMs = wholeNumber(flags.publicationDelay, '--publication-delay', 0) * 1000
  const requestsPerHour = wholeNumber(flags.requestsPerHour, '--requests-per-hour', 1)
  const network = await networkOf(terminal, flags)
  const folder = join(data, 'private')
  await makeDirectory(folder)
  const directory = await openKeystoreDirectory(folder, systemRng)
  const keystore = await keystoreOf(terminal, directory, flags)
  const sealerOf = await openSealers(directory, keystore, systemRng)
  keystore.close()
  const register = await ClientRegister.open({
    network: encodeNetwork(network),
    store: fileStateStore(join(folder, 'accounts.sealed')),
    sealer: sealerOf('accounts'),
    failed,
  })
  const undo: (() => Promise<void> | void)[] = []
  return {
    register,
    async start(vault) {
      await vault.app.ready()
      terminal.progress('reaching the Tor network …')
      const tor = await createTorClient({
        directory: network,
        stateDirectory: join(folder, 'tor'),
        signal: terminal.signal,
      })
      undo.push(() => tor.close())
      undo.push(warnOfGuards(tor, (line) => terminal.say(line)))
      const service = await createPrivateService({
        tor: onionNetwork(tor.core),
        store: fileStateStore(join(folder, 'service.sealed')),
        sealer: sealerOf('service'),
        delay: { spacingMs: delayMs, spreadMs: delayMs },
        requestsPerHour,
        onConnection({ client, stream }) {
          const socket = asSocket(toDuplex(stream))
          socket.on('error', () => undefined)
          register.connected(socket, client)
          vault.app.server.emit('connection', socket)
        },
      })
      undo.push(() => service.close())
      register.serve(service)
      terminal.progress('')
      const isNew = vault.setupLink(PRIVATE_URL, NO_REACH) !== undefined
      const setupLink = isNew ? vault.setupLink(PRIVATE_URL, await register.makeFirst()) : undefined
      return { setupLink, published: service.published }
    },
    async close() {
      for (const step of undo.toReversed()) await step()
    },
  }
}

/** Says once of each guard that it lets strangely few circuits through. Returns what ends it. */
function warnOfGuards({ core }: NodeTorClient, say: (line: string) => void): () => void {
  const warned = new Set<string>()
  return core.onDirectory(() => {
    for (const guard of core.suspectGuards) {
      if (warned.has(guard)) continue
      warned.add(guard)
      say(
        `The Tor relay ${guard}, one of this vault's guards, lets few of its circuits through. It may be overloaded, or choose which it lets through in order to find the vault.`,
      )
    }
  })
}

/** Only to ask whether the vault is set up. */
const NO_REACH = { network: new Uint8Array(0), credential: new Uint8Array(0) }

async function keystoreOf(
  terminal: Terminal,
  directory: Awaited<ReturnType<typeof openKeystoreDirectory>>,
  flags: PrivateFlags,
) {
  const device = flags.passphraseFile === undefined ? {} : { passphraseFile: flags.passphraseFile }
  if (await directory.has(PASSPHRASE_HEADER_FILE))
    return openKeystore({ directory }, 'passphrase', device, terminal)
  if (flags.passphraseFile !== undefined && !(await directory.has(UNPROTECTED_KEY_FILE)))
    return createKeystore({ directory }, device, terminal)
  terminal.say(
    'The keys of the private service lie unprotected in the data directory: a server has nobody to ask for a passphrase (--passphrase-file FILE names one).',
  )
  return openKeystore({ directory }, 'unprotected', {}, terminal)
}
