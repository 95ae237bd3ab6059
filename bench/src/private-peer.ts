import {
  createPrivateClient,
  createPrivateService,
  type PrivateClient,
  type PrivateService,
} from '@warren/private-service'
import { createTorClient, type NetworkConfiguration, type NodeTorClient, onionNetwork } from '@warren/tor'

/**
 * Our private service, or a client of it, in a process of its own, so that its memory and processor time can be told
 * from others'. Started with an IPC channel; answers one order at a time.
 */
export type Order =
  | { kind: 'service'; network: NetworkConfiguration; clients: number }
  | { kind: 'client'; network: NetworkConfiguration; credential: string }
  | { kind: 'get'; bytes: number; fresh: boolean }
  | { kind: 'usage' }

export interface Answer {
  /** In hex, one for each client. */
  credentials?: string[]
  /** From the start of the service until every client finds it. */
  publishedMs?: number
  cpuSeconds?: number
  residentBytes?: number
  heapBytes?: number
}

const BLOCK = new Uint8Array(16 * 1024).fill(0x77)
/** Descriptors as soon as they are made, as C-tor does it; requests without a limit that a benchmark would meet. */
const OPTIONS = { delay: { spacingMs: 0, spreadMs: 0 }, requestsPerHour: 60_000 }

let tor: NodeTorClient | undefined
let service: PrivateService | undefined
let client: PrivateClient | undefined
let credential = new Uint8Array(0)

async function serve(network: NetworkConfiguration, clients: number): Promise<Answer> {
  tor = await createTorClient({ directory: network })
  const started = performance.now()
  let kept: Uint8Array | undefined
  const same = (bytes: Uint8Array) => Promise.resolve(bytes)
  service = await createPrivateService({
    ...OPTIONS,
    tor: onionNetwork(tor.core),
    store: {
      load: () => Promise.resolve(kept),
      save: (bytes) => {
        kept = Uint8Array.from(bytes)
        return Promise.resolve()
      },
    },
    sealer: { seal: same, open: same },
    onConnection: ({ stream }) =>
      void (async () => {
        const asked = await stream.read()
        for (let left = Number(new TextDecoder().decode(asked)); left > 0; left -= BLOCK.length)
          await stream.write(BLOCK.subarray(0, Math.min(left, BLOCK.length)))
        await stream.end()
      })().catch(() => {}),
  })
  const credentials: string[] = []
  for (let i = 0; i < clients; i++)
    credentials.push(Buffer.from((await service.invite('')).credential).toString('hex'))
  await service.published
  return { credentials, publishedMs: performance.now() - started }
}

async function get(bytes: number, fresh: boolean): Promise<Answer> {
  if (tor === undefined) throw new Error('no client')
  if (fresh) client?.close()
  if (fresh || client === undefined) client = createPrivateClient({ tor: onionNetwork(tor.core), credential })
  const stream = await client.connect()
  await stream.write(new TextEncoder().encode(`${bytes}`))
  let got = 0
  for (let part = await stream.read(); part !== undefined; part = await stream.read()) got += part.length
  if (got !== bytes) throw new Error(`${got} of ${bytes} bytes came`)
  return {}
}

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'service':
      return serve(order.network, order.clients)
    case 'client':
      tor = await createTorClient({ directory: order.network })
      credential = Uint8Array.from(Buffer.from(order.credential, 'hex'))
      return {}
    case 'get':
      return get(order.bytes, order.fresh)
    case 'usage': {
      const { user, system } = process.cpuUsage()
      const { rss, heapUsed } = process.memoryUsage()
      return { cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed }
    }
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
