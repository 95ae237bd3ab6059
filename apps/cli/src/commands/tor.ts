import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  createTorClient,
  type NetworkConfiguration,
  parseNetworkFile,
  startSocksServer,
  unsafePublicNetwork,
} from '@warren/tor'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { UsageError } from '../exit.ts'

interface ProxyFlags {
  network?: string
  publicNetwork?: true
  listen: string
  state?: string
  json?: true
}

const READ_THE_LIMITS =
  'Warren speaks the Tor protocol by itself. It is not audited, and can be told from other clients by whoever watches ' +
  'the connection. Where anonymity matters, use tor.'

export function define(command: Command, choose: (action: Action) => void): void {
  command
    .command('proxy')
    .description('a SOCKS 5 proxy into a Tor network, onion services included')
    .option('--network <file>', 'the network, as `npm run tor-network` describes it')
    .option('--public-network', 'the public Tor network; read packages/tor/README.md, “Limits”, first')
    .option('--listen <address:port>', 'where programs find the proxy', '127.0.0.1:9050')
    .option('--state <directory>', 'where guards and the directory are kept')
    .option('--json', 'say where it listens as one JSON document')
    .action((flags: ProxyFlags) => choose((terminal) => proxy(flags, terminal)))
}

const proxy = async (flags: ProxyFlags, terminal: Parameters<Action>[0]): Promise<void> => {
  const listen = /^(.+):(\d{1,5})$/.exec(flags.listen)
  const port = Number(listen?.[2])
  if (listen === null || port > 65_535) throw new UsageError('--listen: expected address:port')
  const directory = await network(flags)
  terminal.progress('learning the network …')
  const client = await createTorClient({
    directory,
    stateDirectory: flags.state ?? join(stateHome(), flags.network === undefined ? 'public' : 'private'),
    signal: terminal.signal,
  })
  const server = await startSocksServer({
    address: listen[1] as string,
    port,
    connect: ({ host, port: wanted, isolation }, signal) =>
      client.connect(host, wanted, { isolation, signal }),
    onFailure: (error) => terminal.say(error instanceof Error ? error.message : 'a connection failed'),
  })
  terminal.progress('')
  const address = `${listen[1]}:${server.port}`
  if (flags.json === true)
    terminal.json({ schema: 'warren.tor-proxy/1', address, relays: client.core.directory.relays.length })
  else terminal.print(`SOCKS 5 on ${address}`)
  await new Promise<void>((resolve) =>
    terminal.signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  await server.close()
  client.close()
}

async function network(flags: ProxyFlags): Promise<NetworkConfiguration> {
  if (flags.network !== undefined && flags.publicNetwork === true)
    throw new UsageError('--network and --public-network exclude each other')
  if (flags.publicNetwork === true) return unsafePublicNetwork
  if (flags.network === undefined)
    throw new UsageError(`name a network with --network, or opt in to --public-network. ${READ_THE_LIMITS}`)
  return parseNetworkFile(await readFile(flags.network, 'utf8'))
}

function stateHome(): string {
  const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return join(base, 'warren', 'tor')
}
