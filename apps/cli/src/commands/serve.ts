import { resolve } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import { openEmbeddedVault } from '@warren/vault/server'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { serverDataPath } from '../device/home.ts'
import { UsageError } from '../exit.ts'
import { errorText, type Terminal } from '../terminal.ts'

interface Flags {
  listen: string
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
  const { host, port } = parseAddress(flags.listen)
  const data = resolve(
    flags.data ?? (flags.development === true ? DEVELOPMENT_DATA : serverDataPath(process.env)),
  )
  const vault = await openEmbeddedVault(data, {
    onFailure: (error) => terminal.say(`failure: ${errorText(error, true)}`),
  })
  try {
    const url = await vault.listen({ host, port }).catch((error: unknown) => {
      throw listenError(flags.listen, error)
    })
    const link = vault.setupLink(url)
    if (flags.json === true)
      terminal.json({ schema: 'warren.serve/1', url, data, ...(link === undefined ? {} : { link }) })
    else {
      terminal.print(`The vault is at ${url}, its data in ${data}`)
      terminal.print(
        link === undefined
          ? 'To join it: somebody who is in runs `warren invite`, and you `warren join LINK --name NAME`'
          : `To join it: npx warren init '${link}' --name NAME`,
      )
    }
    if (!isLoopback(host))
      terminal.say(
        'warning: this address can be reached by others over plain HTTP; files stay encrypted, but who talks when is seen: put TLS in front of it.',
      )
    await new Promise<void>((stop) => {
      if (terminal.signal.aborted) stop()
      terminal.signal.addEventListener('abort', () => stop(), { once: true })
    })
  } finally {
    await vault.close()
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  command
    .option('--listen <host:port>', 'where to listen; port 0 takes a free one', DEFAULT_ADDRESS)
    .option('--data <dir>', "the vault's directory (default: $XDG_DATA_HOME/warren)")
    .option('--development', `keep the data in ${DEVELOPMENT_DATA} below the folder where you are`)
    .option('--json', 'one JSON document, when it listens')
    .action((flags: Flags) => choose((terminal) => serve(terminal, flags)))
}
