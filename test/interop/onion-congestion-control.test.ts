import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemRng } from '@warren/primitives/rng'
import {
  networkConfiguration,
  startTorNetwork,
  type TorClientDaemon,
  type TorNetwork,
  type TorServiceDaemon,
} from '@warren/testkit/tor-network-node'
import { createTorClient, type NodeTorClient, onionNetwork, toDuplex } from '@warren/tor'
import { createOnionService, type OnionService } from '@warren/tor/onion'
import { describeWithTools } from '@warren/testkit/tools-node'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
/** More than our side holds for a slow reader: a sender who does not stop at XOFF is cut off, and the test fails. */
const BIG = Buffer.alloc(8_000_000, 'warren ')

// Congestion control is on wherever the consensus does not forbid it: a stock tor then wants SENDMEs, XON and XOFF of
// proposal 324, and closes a circuit that does otherwise.
describeWithTools(['tor', 'tor-gencert', 'curl'], 'congestion control with stock tor', () => {
  let directory: string
  let network: TorNetwork
  let host: NodeTorClient
  let client: NodeTorClient
  let web: Server
  let service: OnionService
  let stockClient: TorClientDaemon
  let stockService: TorServiceDaemon

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'warren-cc-'))
    await writeFile(join(directory, 'big'), BIG)
    web = createServer((request, response) => {
      if (request.method === 'POST')
        void buffer(request).then((body) => response.end(body.equals(BIG) ? 'whole' : 'broken'))
      else response.end(request.url === '/big' ? BIG : 'small')
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as AddressInfo
    network = await startTorNetwork()
    const configuration = networkConfiguration(network)
    ;[host, client] = await Promise.all([
      createTorClient({ directory: configuration }),
      createTorClient({ directory: configuration }),
    ])
    service = createOnionService({
      network: onionNetwork(host.core),
      identitySeed: systemRng.bytes(32),
      onStream(incoming) {
        const far = toDuplex(incoming.accept())
        const near = connect(port, '127.0.0.1')
        near.pipe(far).pipe(near)
        for (const end of [near, far])
          end.on('error', () => {
            near.destroy()
            far.destroy()
          })
      },
    })
    ;[stockService, stockClient] = await Promise.all([
      network.addService({ virtualPort: 80, target: `127.0.0.1:${port}` }),
      network.addClient(),
      service.published,
    ])
  })
  afterAll(async () => {
    service?.close()
    client?.close()
    host?.close()
    web?.closeAllConnections()
    web?.close()
    await network?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const curl = async (path: string, ...options: string[]) => {
    const { stdout } = await run(
      'curl',
      [
        '-sf',
        '--max-time',
        '60',
        '--socks5-hostname',
        `127.0.0.1:${stockClient.socksPort}`,
        ...options,
        `http://${service.address}${path}`,
      ],
      { encoding: 'buffer', maxBuffer: 2 * BIG.length },
    )
    return stdout
  }
  /** Until descriptors are out. */
  const patiently = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++)
      try {
        return await attempt()
      } catch (error) {
        if (tries === 40) throw error
        await pause(1000)
      }
  }
  const open = () => patiently(() => client.connect(stockService.hostname, 80))
  const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)

  it('a stock client downloads from our service', async () => {
    await patiently(() => curl('/'))
    expect((await curl('/big')).equals(BIG)).toBe(true)
  })

  it('a stock client that reads slowly makes our service wait, and gets everything', async () => {
    expect((await curl('/big', '--limit-rate', '4M')).equals(BIG)).toBe(true)
  })

  it('a stock client uploads to our service', async () => {
    const answer = await curl('/', '-H', 'Expect:', '--data-binary', `@${join(directory, 'big')}`)
    expect(answer.toString()).toBe('whole')
  })

  it('our client downloads from a stock service', async () => {
    const stream = await open()
    stream.write('GET /big HTTP/1.0\r\n\r\n')
    expect(bodyOf(await text(stream))).toBe(BIG.toString())
  })

  it('our client that reads slowly makes a stock service wait, and gets everything', async () => {
    const stream = await open()
    stream.write('GET /big HTTP/1.0\r\n\r\n')
    await once(stream, 'readable')
    await pause(2000) // nobody reads: what arrives in this time is would be too much without XOFF
    expect(bodyOf(await text(stream))).toBe(BIG.toString())
  })

  it('our client uploads to a stock service', async () => {
    const stream = await open()
    stream.write(`POST / HTTP/1.0\r\nContent-Length: ${BIG.length}\r\n\r\n`)
    stream.write(BIG)
    expect(bodyOf(await text(stream))).toBe('whole')
  })
})
