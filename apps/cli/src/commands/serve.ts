import { resolve } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import { PRIVATE_URL } from '@warren/vault/protocol'
import { openEmbeddedVault } from '@warren/vault/server'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { serverDataPath } from '../device/home.ts'
import { UsageError } from '../exit.ts'
import { localError } from '../files/local-error.ts'
import { makeDirectory } from '../files/make-directory-node.ts'
import type { PrivateFlags } from '../private/serve-node.ts'
import { errorText, type Terminal } from '../terminal.ts'

interface Flags extends PrivateFlags {
  listen?: string
  private?: true
  data?: string
  development?: true
  json?: true
}

const DEFAULT_ADDRESS = '127.0.0.1:8484'
/** Beside the sources, and ignored by git: trying it out leaves nothing elsewhere. */
const DEVELOPMENT_DATA = '.warren/vault'

function parseAddress(text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) throw new UsageError(`--listen ${text}: expected HOST:PORT`)
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function listenError(address: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new WarrenError(
      'cli/listen',
      'conflict',
      `something listens on ${address} already: choose another with --listen`,
      {
        cause: error,
      },
    )
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new WarrenError('cli/listen', 'bad-input', `cannot listen on ${address} (${code})`, {
      cause: error,
    })
  return error as Error
}

async function serve(terminal: Terminal, flags: Flags): Promise<void> {
  const address = flags.listen ?? (flags.private === true ? undefined : DEFAULT_ADDRESS)
  const listen = address === undefined ? undefined : parseAddress(address)
  const data = resolve(
    flags.data ?? (flags.development === true ? DEVELOPMENT_DATA : serverDataPath(process.env)),
  )
  const onFailure = (error: unknown) => terminal.say(`failure: ${errorText(error, true)}`)
  const hidden =
    flags.private === true
      ? await (await import('../private/serve-node.ts')).preparePrivateService(
          terminal,
          data,
          flags,
          onFailure,
        )
      : undefined
  await makeDirectory(data)
  const vault = await openEmbeddedVault(data, {
    onFailure,
    ...(hidden === undefined ? {} : { privateClients: hidden.register }),
  }).catch((error: unknown) => {
    const { syscall, path } = error as NodeJS.ErrnoException
    throw syscall === undefined ? error : localError(path ?? data, error)
  })
  try {
    const started = await hidden?.start(vault)
    const url =
      listen === undefined
        ? PRIVATE_URL
        : await vault.listen(listen).catch((error: unknown) => {
            throw listenError(address ?? '', error)
          })
    const link = started === undefined ? vault.setupLink(url) : started.setupLink
    report(terminal, { url, data, link, isPrivate: started !== undefined }, flags)
    void started?.published.then(() => terminal.say('The private service is published.')).catch(onFailure)
    if (listen !== undefined && !isLoopback(listen.host))
      terminal.say(
        'warning: this address can be reached by others over plain HTTP; files stay encrypted, but who talks when is seen: put TLS in front of it.',
      )
    await new Promise<void>((stop) => {
      if (terminal.signal.aborted) stop()
      terminal.signal.addEventListener('abort', () => stop(), { once: true })
    })
  } finally {
    await hidden?.close()
    await vault.close()
  }
}

function report(
  terminal: Terminal,
  { url, data, link, isPrivate }: { url: string; data: string; link: string | undefined; isPrivate: boolean },
  flags: Flags,
): void {
  if (flags.json === true) {
    terminal.json({
      schema: 'warren.serve/1',
      url,
      data,
      private: isPrivate,
      ...(link === undefined ? {} : { link }),
    })
    return
  }
  const way = isPrivate ? `a private service${url === PRIVATE_URL ? '' : `, and at ${url}`}` : `at ${url}`
  terminal.print(`The vault is ${way}, its data in ${data}`)
  terminal.print(
    link === undefined
      ? 'To join it: somebody who is in runs `warren invite`, and you `warren join LINK --name NAME`'
      : `To join it: npx warren init '${link}' --name NAME`,
  )
}

export function define(command: Command, choose: (action: Action) => void): void {
  command
    .option('--listen <host:port>', `where to listen; port 0 takes a free one (default: ${DEFAULT_ADDRESS})`)
    .option('--private', 'publish it as a private service; listens nowhere, unless --listen says so')
    .option('--tor-network <file>', 'with --private: the Tor network, as `npm run tor-network` describes it')
    .option('--i-have-read-the-limits', 'with --tor-network public: see packages/tor/README.md')
    .option(
      '--publication-delay <seconds>',
      'with --private: how long an invitation may wait to be published, so that it cannot be linked to another',
      '30',
    )
    .option(
      '--requests-per-hour <number>',
      'with --private: how often one client may come; every command of hers is one',
      '60',
    )
    .option('--passphrase-file <file>', 'with --private: a passphrase for the keys of the service')
    .option('--data <dir>', "the vault's directory (default: $XDG_DATA_HOME/warren)")
    .option('--development', `keep the data in ${DEVELOPMENT_DATA} below the folder where you are`)
    .option('--json', 'one JSON document, when it listens')
    .action((flags: Flags) => choose((terminal) => serve(terminal, flags)))
}
