import { execFile, spawn } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describeWithTools } from '@warren/testkit/tools-node'
import { handshakesOf } from '@warren/testkit/tor-handshakes-node'
import { networkConfiguration, startTorNetwork, type TorNetwork } from '@warren/testkit/tor-network-node'
import { createTorClient, type NodeTorClient, TorError, unsafePublicNetwork } from '@warren/tor'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

const BIG = Buffer.alloc(3_000_000, 'warren ')

describeWithTools(['tor', 'tor-gencert', 'curl'], 'a client on a private network of tor daemons', () => {
  let network: TorNetwork
  let client: NodeTorClient
  let web: Server
  let port: number
  let state: string

  beforeAll(async () => {
    network = await startTorNetwork({ votingInterval: 10 })
    state = await mkdtemp(join(tmpdir(), 'warren-tor-client-'))
    client = await createTorClient({ directory: networkConfiguration(network), stateDirectory: state })
    web = createServer((request, response) => {
      if (request.method === 'POST') void text(request).then((body) => response.end(`${body.length}`))
      else response.end(request.url === '/big' ? BIG : `from ${request.url}`)
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    port = (web.address() as AddressInfo).port
  })
  afterAll(async () => {
    client?.close()
    web?.closeAllConnections()
    web?.close()
    await network?.stop()
    await rm(state, { recursive: true, force: true })
  })

  async function get(path: string, options = {}): Promise<string> {
    const stream = await client.connect('127.0.0.1', port, options)
    stream.write(`GET ${path} HTTP/1.0\r\n\r\n`)
    return text(stream)
  }

  it('knows every relay, signed by the authorities', () => {
    const { directory } = client.core
    expect(directory.relays).toHaveLength(8)
    expect(directory.missing).toEqual([])
    expect(directory.relays.every((relay) => relay.flags.has('HSDir'))).toBe(true)
  })

  it('fetches pages through three relays', async () => {
    expect(await get('/hello')).toMatch(/from \/hello$/)
    const circuit = await client.core.circuits.build({ exitPort: port })
    expect(circuit.hops).toBe(3)
    circuit.close()
  })

  it('speaks ntor of version 3 with the relays, by their own count', async () => {
    const { circuits, directory } = client.core
    const relays = [network.authorities[0], ...network.relays.slice(0, 2)].filter((one) => one !== undefined)
    const path = relays.map(({ fingerprint }) => {
      const hop = directory.byRsaId(Buffer.from(fingerprint, 'hex'))?.hop
      if (hop === undefined) throw new Error('no relay')
      return hop
    })
    const CIRCUITS = 20
    /** What the relays after the first count while so many circuits go through all of them; others build one now and then. */
    const count = async (hops: typeof path) => {
      const others = relays.slice(1) // a relay counts what relays ask of it, not what clients do
      await Promise.all(others.map(handshakesOf))
      for (let i = 0; i < CIRCUITS; i++) (await circuits.buildAlong(hops)).close()
      return Promise.all(others.map(handshakesOf))
    }
    expect(path.map(({ speaksNtorV3 }) => speaksNtorV3)).toEqual([true, true, true])
    for (const { ntor, ntorV3 } of await count(path)) {
      expect(ntorV3).toBeGreaterThanOrEqual(CIRCUITS)
      expect(ntor).toBeLessThan(CIRCUITS)
    }
    // Hops that link specifiers name are asked by version 1: the count can tell.
    for (const { ntor, ntorV3 } of await count(path.map((hop) => ({ ...hop, speaksNtorV3: false })))) {
      expect(ntor).toBeGreaterThanOrEqual(CIRCUITS)
      expect(ntorV3).toBeLessThan(CIRCUITS)
    }
  })

  it('agrees on congestion control with exits, and with no other relay', async () => {
    const exit = await client.core.circuits.build({ exitPort: port })
    const inside = await client.core.circuits.build()
    expect([exit.hasCongestionControl, inside.hasCongestionControl]).toEqual([true, false])
    exit.close()
    inside.close()
  })

  it('asks no resolver, neither for relays nor for destinations nor for onion names', async () => {
    const lookup = vi.spyOn(dns, 'lookup')
    try {
      const other = await createTorClient({ directory: networkConfiguration(network) })
      const stream = await other.connect('127.0.0.1', port)
      stream.write('GET /unresolved HTTP/1.0\r\n\r\n')
      expect(await text(stream)).toMatch(/from \/unresolved$/)
      await expect(other.connect(`${'A'.repeat(56)}.Onion.`, 80)).rejects.toMatchObject({
        code: 'tor/address',
      })
      other.close()
      expect(lookup).not.toHaveBeenCalled()
      // What such a connection does by itself is seen: the comparison can tell.
      connect(port, 'localhost').destroy()
      expect(lookup).toHaveBeenCalledTimes(1)
    } finally {
      lookup.mockRestore()
    }
  })

  it('downloads and uploads more than every window', async () => {
    const big = await get('/big')
    expect(big.slice(big.indexOf('\r\n\r\n') + 4)).toBe(BIG.toString())
    const stream = await client.connect('127.0.0.1', port)
    stream.write(`POST / HTTP/1.0\r\nContent-Length: ${BIG.length}\r\n\r\n`)
    stream.write(BIG)
    expect(await text(stream)).toMatch(/\r\n\r\n3000000$/)
  })

  it('carries many streams at once, in one circuit for each isolation key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => get(`/${i}`, { isolation: `user ${i % 2}` })),
    )
    answers.forEach((answer, i) => expect(answer).toMatch(new RegExp(`from /${i}$`)))
  })

  it('says why a destination cannot be reached', async () => {
    await expect(client.connect('127.0.0.1', 1)).rejects.toThrow(TorError)
    await expect(client.connect('example.onion', 80)).rejects.toThrow('not a version 3 onion address')
    await expect(client.connect('no name', 80)).rejects.toThrow('neither a name nor an address')
  })

  it('refuses a relay that is another than expected', async () => {
    const [one, other] = client.core.directory.relays
    if (one === undefined || other === undefined) throw new Error('no relays')
    const wrong = { ...one.hop, addresses: other.hop.addresses }
    await expect(client.core.circuits.buildAlong([wrong])).rejects.toThrow('Another relay answered')
    await expect(client.core.circuits.buildAlong([one.hop, wrong])).rejects.toThrow(TorError)
  })

  it('starts again from what it kept, and renews the consensus', async () => {
    expect((await stat(join(state, 'guards'))).mode & 0o777).toBe(0o600)
    const again = await createTorClient({ directory: networkConfiguration(network), stateDirectory: state })
    try {
      const before = again.core.directory.consensus.validAfter
      const current = () => again.core.directory.consensus.validAfter
      await expect.poll(current, { timeout: 90_000 }).toBeGreaterThan(before)
    } finally {
      again.close()
    }
  })

  it('is a SOCKS proxy for curl: `warren tor proxy`', async () => {
    const file = join(state, 'network.json')
    const description = { schema: 'warren.tor-network/1', ...networkConfiguration(network) }
    await writeFile(file, JSON.stringify(description))
    const warren = [
      'apps/cli/src/main.ts',
      'tor',
      'proxy',
      '--network',
      file,
      '--state',
      join(state, 'proxy'),
    ]
    const proxy = spawn(process.execPath, [...warren, '--listen', '127.0.0.1:0', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(proxy.stdout, 'data')) as [Buffer]
      const { address } = JSON.parse(line.toString()) as { address: string }
      const curl = async (url: string, ...more: string[]) => {
        const options = ['--silent', '--max-time', '60', '--socks5-hostname', address, ...more]
        return (await promisify(execFile)('curl', [...options, url])).stdout
      }
      expect(await curl(`http://127.0.0.1:${port}/curl`)).toBe('from /curl')
      expect(await curl(`http://127.0.0.1:${port}/user`, '--proxy-user', 'a:b')).toBe('from /user')
      await expect(curl('http://127.0.0.1:1/')).rejects.toThrow('curl')
    } finally {
      const ended = once(proxy, 'exit')
      proxy.kill('SIGTERM')
      await ended
    }
  })

  it('runs as the README shows', async () => {
    const readme = await readFile('packages/tor/README.md', 'utf8')
    const snippet = /## The smallest run\n\n```ts\n([^]*?)```/.exec(readme)?.[1] ?? ''
    const file = join(state, 'readme.json')
    await writeFile(
      file,
      JSON.stringify({ schema: 'warren.tor-network/1', ...networkConfiguration(network) }),
    )
    const code = snippet.replace('network.json', file).replace('8000', String(port))
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
    expect((await run).stdout).toMatch(/from \/$/)
  })

  it('believes nobody else', async () => {
    const configuration = networkConfiguration(network)
    const authorities = configuration.authorities.map((authority) => ({
      ...authority,
      v3Identity: authority.v3Identity.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    }))
    await expect(createTorClient({ directory: { ...configuration, authorities } })).rejects.toThrow(
      '0 valid signatures of 3 authorities; 2 are needed',
    )
  })
})

describeWithTools(['tor'], 'the public network', () => {
  it('has the authorities that the installed tor has built in', async () => {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v tor'])
    const program = (await readFile(stdout.trim(), 'latin1')).replaceAll(' ', '')
    for (const { nickname, orPort, v3Identity, address, fingerprint } of unsafePublicNetwork.authorities) {
      const start = program.indexOf(`${nickname}orport=${orPort}v3ident=${v3Identity}`)
      const line = program.slice(start, start + 300).split('\0')[0]
      expect(line).toContain(`${address}:`)
      expect(line).toContain(fingerprint)
    }
  })
})
