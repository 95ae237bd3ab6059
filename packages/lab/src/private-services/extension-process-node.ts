import { systemClock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import { createPrivateService } from '@warren/private-service'
import {
  type Connect,
  connectTls,
  memoryStore,
  type NetworkConfiguration,
  onionNetwork,
  TorClient,
} from '@warren/tor'
import type { OnionNetwork } from '@warren/tor/onion'

/**
 * The product's private service in a process of its own, so that its memory and processor time can be told from
 * others'. Started with an IPC channel: answers each order with a report, and ends with the channel.
 */
export type Order =
  | { kind: 'start'; network: NetworkConfiguration; clients: number; delayMs: number }
  | { kind: 'usage' }

export interface Usage {
  /** Every client's descriptors are acknowledged by the directories that clients ask now. */
  isPublished: boolean
  standingCircuits: number
  builtCircuits: number
  uploads: number
  /** Cells and what surrounds them on links, without the framing of TLS. */
  sentBytes: number
  receivedBytes: number
  cpuSeconds: number
  residentBytes: number
}

export type Report =
  | { kind: 'started'; credentials: string[] }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'failed'; message: string }

const counted = { builtCircuits: 0, sentBytes: 0, receivedBytes: 0 }

const countingTls: Connect = async (address, options) => {
  const transport = await connectTls(address, options)
  return {
    ...transport,
    start: ({ bytes, drained, closed }) =>
      transport.start({
        bytes(chunk) {
          counted.receivedBytes += chunk.length
          bytes(chunk)
        },
        drained,
        closed,
      }),
    send(bytes) {
      counted.sentBytes += bytes.length
      return transport.send(bytes)
    },
  }
}

function countingNetwork(network: OnionNetwork): OnionNetwork {
  const count = <T>(circuit: T) => {
    counted.builtCircuits++
    return circuit
  }
  return {
    ...network,
    buildCircuit: (path) => network.buildCircuit(path).then(count),
    prepareCircuit: (path) => network.prepareCircuit(path).then(count),
  }
}

let usage: () => Usage = () => {
  throw new Error('no service was started')
}

async function start({ network, clients, delayMs }: Order & { kind: 'start' }): Promise<Report> {
  const core = await TorClient.start({
    directory: network,
    store: memoryStore(),
    connect: countingTls,
    clock: systemClock,
    rng: systemRng,
  })
  // Nothing outlives the process: where the state would be kept and how it would be sealed does not matter.
  const same = (bytes: Uint8Array) => Promise.resolve(bytes)
  const service = await createPrivateService({
    tor: countingNetwork(onionNetwork(core)),
    store: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
    sealer: { seal: same, open: same },
    delay: { spacingMs: delayMs, spreadMs: delayMs },
    onConnection: ({ stream }) => void stream.end(),
  })
  const credentials: string[] = []
  for (let i = 0; i < clients; i++)
    credentials.push(base64urlText.encode((await service.invite(`client ${i}`)).credential))
  let isPublished = false
  service.published.then(
    () => {
      isPublished = true
    },
    () => {}, // it stays unpublished, and is reported so
  )
  usage = () => {
    const { introductionPoints, uploads } = service.status()
    const { user, system } = process.cpuUsage()
    return {
      isPublished,
      standingCircuits: introductionPoints,
      uploads: uploads.uploaded,
      ...counted,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
    }
  }
  return { kind: 'started', credentials }
}

process.on('message', (order: Order) => {
  const answer = (report: Report) => process.send?.(report)
  Promise.resolve(order)
    .then((what): Promise<Report> | Report =>
      what.kind === 'start' ? start(what) : { kind: 'usage', usage: usage() },
    )
    .then(answer, (error: unknown) =>
      answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
})
process.on('disconnect', () => process.exit(0))
