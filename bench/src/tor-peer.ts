import { connect } from 'node:net'
import { systemRng } from '@warren/primitives/rng'
import { createTorClient, type NetworkConfiguration, onionNetwork, toDuplex } from '@warren/tor'
import { createOnionService } from '@warren/tor/onion'

/**
 * Our client or our onion service in a process of its own, so that its processor time and memory can be told from the
 * others'. Started by tor.bench.ts with an IPC channel; answers one order at a time.
 */
export type Order =
  | { kind: 'client'; network: NetworkConfiguration }
  | { kind: 'service'; network: NetworkConfiguration; targetPort: number }
  | { kind: 'get'; address: string; bytes: number; isolation: string }
  | { kind: 'usage' }

export interface Answer {
  address?: string
  /** Of a `get`. */
  firstByteMs?: number
  totalMs?: number
  bytes?: number
  cpuSeconds?: number
  residentBytes?: number
}

let client: Awaited<ReturnType<typeof createTorClient>> | undefined

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'client':
      client = await createTorClient({ directory: order.network })
      return {}
    case 'service': {
      client = await createTorClient({ directory: order.network })
      const service = createOnionService({
        network: onionNetwork(client.core),
        identitySeed: systemRng.bytes(32),
        onStream(incoming) {
          const socket = connect(order.targetPort, '127.0.0.1')
          socket.on('error', () => {})
          const stream = toDuplex(incoming.accept())
          stream.on('error', () => socket.destroy())
          stream.once('close', () => socket.destroy())
          socket.once('close', () => stream.destroy())
          stream.pipe(socket).pipe(stream)
        },
      })
      await service.published
      return { address: service.address }
    }
    case 'get': {
      if (client === undefined) throw new Error('no client')
      const started = performance.now()
      const stream = await client.connect(order.address, 80, { isolation: order.isolation })
      stream.write(`${order.bytes}\n`)
      let bytes = 0
      let firstByteMs = 0
      for await (const chunk of stream) {
        if (bytes === 0) firstByteMs = performance.now() - started
        bytes += (chunk as Uint8Array).length
        if (bytes >= order.bytes) break
      }
      return { bytes, firstByteMs, totalMs: performance.now() - started }
    }
    case 'usage': {
      const { user, system } = process.cpuUsage()
      return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
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
