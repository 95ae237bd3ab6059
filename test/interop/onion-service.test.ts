import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { base32Text } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import { describeWithTools } from '@warren/testkit/tools-node'
import { networkConfiguration, startTorNetwork, type TorNetwork } from '@warren/testkit/tor-network-node'
import { createTorClient, type NodeTorClient, onionNetwork, toDuplex } from '@warren/tor'
import { createOnionService, generateX25519, type IncomingStream, type OnionService } from '@warren/tor/onion'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const BIG = Buffer.alloc(2_000_000, 'warren ')

describeWithTools(
  ['tor', 'tor-gencert', 'curl'],
  'onion services on a private network of tor daemons',
  () => {
    let network: TorNetwork
    let host: NodeTorClient
    let client: NodeTorClient
    let web: Server
    let port: number
    let service: OnionService

    beforeAll(async () => {
      web = createServer((request, response) =>
        response.end(request.url === '/big' ? BIG : `page ${request.url}`),
      ).listen(0, '127.0.0.1')
      await once(web, 'listening')
      port = (web.address() as AddressInfo).port
      network = await startTorNetwork()
      const directory = networkConfiguration(network)
      ;[host, client] = await Promise.all([createTorClient({ directory }), createTorClient({ directory })])
      service = createOnionService({
        network: onionNetwork(host.core),
        identitySeed: systemRng.bytes(32),
        onStream: passOn,
      })
      await service.published
    })
    afterAll(async () => {
      service?.close()
      client?.close()
      host?.close()
      web?.closeAllConnections()
      web?.close()
      await network?.stop()
    })

    /** Hands a stream of the onion service to the web server, as `HiddenServicePort 80` does. */
    function passOn(stream: IncomingStream): void {
      if (stream.port !== 80) return stream.reject(3)
      const far = toDuplex(stream.accept())
      const near = connect(port, '127.0.0.1')
      near.pipe(far).pipe(near)
      for (const end of [near, far])
        end.on('error', () => {
          near.destroy()
          far.destroy()
        })
    }

    async function get(address: string, path: string, options = {}): Promise<string> {
      const stream = await client.connect(address, 80, options)
      stream.write(`GET ${path} HTTP/1.0\r\n\r\n`)
      const answer = await text(stream)
      return answer.slice(answer.indexOf('\r\n\r\n') + 4)
    }

    /** A stock service needs some seconds until its descriptor is out. */
    async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
      for (let tries = 1; ; tries++)
        try {
          return await attempt()
        } catch (error) {
          if (tries === 40) throw error
          await new Promise((resolve) => setTimeout(resolve, 1000))
        }
    }

    it('our client reaches our service, also with more than every window', async () => {
      expect(await get(service.address, '/one')).toBe('page /one')
      expect(await get(service.address, '/big')).toBe(BIG.toString())
    })

    it('a port that the service does not have is refused', async () => {
      await expect(client.connect(service.address, 81)).rejects.toMatchObject({ code: 'tor/stream' })
    })

    it('a stock tor with curl fetches a page from our service', async () => {
      const stock = await network.addClient()
      const { stdout } = await patiently(() =>
        run('curl', [
          '-sf',
          '--max-time',
          '30',
          '--socks5-hostname',
          `127.0.0.1:${stock.socksPort}`,
          `http://${service.address}/stock`,
        ]),
      )
      expect(stdout).toBe('page /stock')
      await stock.stop()
    })

    it('our client reaches a stock service', async () => {
      const stock = await network.addService({ virtualPort: 80, target: `127.0.0.1:${port}` })
      expect(await patiently(() => get(stock.hostname, '/stock'))).toBe('page /stock')
      await stock.stop()
    })

    it('our client reaches a stock service with client authorisation by its key, and not without', async () => {
      const [alice, eve] = [generateX25519(systemRng), generateX25519(systemRng)]
      const stock = await network.addService({
        virtualPort: 80,
        target: `127.0.0.1:${port}`,
        authorised: [base32Text.encode(alice.publicKey)],
      })
      const asAlice = { clientSecret: alice.secretKey, isolation: 'alice' }
      expect(await patiently(() => get(stock.hostname, '/closed', asAlice))).toBe('page /closed')
      const other = await createTorClient({ directory: networkConfiguration(network) })
      for (const options of [{}, { clientSecret: eve.secretKey }])
        await expect(other.connect(stock.hostname, 80, options)).rejects.toMatchObject({
          code: 'tor/descriptor',
        })
      other.close()
      await stock.stop()
    })

    it('a stock client with its key reaches our service for authorised clients, and nobody else does', async () => {
      const alice = generateX25519(systemRng)
      const closed = createOnionService({
        network: onionNetwork(host.core),
        identitySeed: systemRng.bytes(32),
        clients: [alice.publicKey],
        onStream: passOn,
      })
      await closed.published
      const keys = await mkdtemp(join(tmpdir(), 'warren-onion-keys-'))
      const name = closed.address.replace('.onion', '')
      await writeFile(
        join(keys, 'alice.auth_private'),
        `${name}:descriptor:x25519:${base32Text.encode(alice.secretKey)}\n`,
        { mode: 0o600 },
      )
      const stock = await network.addClient([`ClientOnionAuthDir ${keys}`])
      const { stdout } = await patiently(() =>
        run('curl', [
          '-sf',
          '--max-time',
          '30',
          '--socks5-hostname',
          `127.0.0.1:${stock.socksPort}`,
          `http://${closed.address}/authorised`,
        ]),
      )
      expect(stdout).toBe('page /authorised')
      expect(await get(closed.address, '/ours', { clientSecret: alice.secretKey })).toBe('page /ours')
      const eve = await createTorClient({ directory: networkConfiguration(network) })
      await expect(eve.connect(closed.address, 80)).rejects.toMatchObject({ code: 'tor/descriptor' })
      eve.close()
      closed.close()
      await stock.stop()
      await rm(keys, { recursive: true })
    })

    it('an address that nobody serves is not found, and a wrong one is refused before anything is asked', async () => {
      const nobody = createOnionService({
        network: onionNetwork(host.core),
        identitySeed: systemRng.bytes(32),
        onStream: passOn,
      })
      nobody.close()
      await expect(client.connect(nobody.address, 80)).rejects.toMatchObject({ code: 'tor/not-found' })
      await expect(client.connect('example.onion', 80)).rejects.toMatchObject({ code: 'tor/address' })
    })
  },
)
