import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { networkConfiguration, startTorNetwork, type TorNetwork } from '@warren/testkit/tor-network-node'
import { measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import { startPeer } from './peer-node.ts'
import type { Answer, Order } from './private-peer.ts'
import type { Benchmark } from './registry.ts'
import { TorControl } from './tor-control-node.ts'

/** §3.2 beside §4: services of stock tor, one for each client, and one private service with as many clients. */
const SIZES = [1, 10, 100]
const POINTS = 3
/** All that a directory ring of eight relays holds of one service: two replicas on four each, of the period of now. */
const COPIES = 8
const LONGEST_MS = 120_000

interface Measured {
  circuits: number
  uploads: number
  mib: number
  cpuSeconds: number
  seconds: number
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Until every service has its introduction circuits and its descriptor at every directory. */
async function measureStock(network: TorNetwork, services: number): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'warren-bench-services-'))
  const port = await freePort()
  const started = performance.now()
  const daemon = await network.addClient([
    `ControlPort 127.0.0.1:${port}`,
    ...Array.from({ length: services }, (_, i) => [
      `HiddenServiceDir ${join(directory, `service${i}`)}`,
      'HiddenServicePort 80 127.0.0.1:9',
    ]).flat(),
  ])
  const control = await TorControl.open(port)
  try {
    for (;;) {
      const circuits = await control.introductionCircuits()
      const published = [...control.uploads.values()].filter((count) => count >= COPIES).length
      const seconds = (performance.now() - started) / 1000
      if ((circuits >= POINTS * services && published >= services) || seconds * 1000 > LONGEST_MS)
        return {
          circuits,
          uploads: [...control.uploads.values()].reduce((sum, count) => sum + count, 0),
          mib: (await daemon.residentBytes()) / 2 ** 20,
          cpuSeconds: await daemon.cpuSeconds(),
          seconds,
        }
      await sleep(500)
    }
  } finally {
    control.close()
    await daemon.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function measureOurs(network: TorNetwork, clients: number): Promise<Measured> {
  const service = startPeer<Order, Answer>('private-peer.ts')
  try {
    const started = performance.now()
    await service.ask({ kind: 'service', network: networkConfiguration(network), clients })
    const seconds = (performance.now() - started) / 1000
    const usage = (await service.ask({ kind: 'usage' })) as Required<Answer>
    return {
      circuits: usage.introductionPoints,
      uploads: usage.uploads,
      mib: usage.residentBytes / 2 ** 20,
      cpuSeconds: usage.cpuSeconds,
      seconds,
    }
  } finally {
    service.stop()
  }
}

function rowsOf(clients: number, ours: readonly Measured[], stock: readonly Measured[]): Row[] {
  const row = (name: string, unit: string, of: (one: Measured) => number, goal?: Row['goal']): Row => ({
    name: `${clients} clients: ${name}`,
    measured: measurement(name, unit, ours.map(of)),
    peer: { name: `${clients} stock services`, measured: measurement(name, unit, stock.map(of)) },
    ...(goal === undefined ? {} : { goal }),
  })
  return [
    row('introduction circuits', 'circuits', (one) => one.circuits, {
      text: `${POINTS}, where separate services need ${POINTS * clients} at least`,
      met: ours.every((one) => one.circuits === POINTS),
    }),
    row('uploads until all find it', 'uploads', (one) => one.uploads),
    row('until all find it', 's', (one) => one.seconds),
    row('processor time until then', 's', (one) => one.cpuSeconds),
    row('resident memory', 'MiB', (one) => one.mib),
  ]
}

/** What n clients cost, measured on a private network of real relays: one private service beside n stock services. */
export const benchmark: Benchmark = {
  async run({ runs = 1, log }): Promise<Report> {
    log('starting a network')
    const network = await startTorNetwork()
    const rows: Row[] = []
    try {
      for (const clients of SIZES) {
        const [ours, stock]: [Measured[], Measured[]] = [[], []]
        for (let run = 0; run < runs; run++) {
          log(`${clients} clients, run ${run + 1} of ${runs}: ours`)
          ours.push(await measureOurs(network, clients))
          log(`${clients} services of stock tor`)
          stock.push(await measureStock(network, clients))
        }
        rows.push(...rowsOf(clients, ours, stock))
      }
    } finally {
      await network.stop()
    }
    const notes = [
      `Eight relays, all of them directories: each descriptor goes to all of them. Stock services were given up after ${LONGEST_MS / 1000} s, whatever they had by then. Stock tor stands at three introduction points for each of a service's two descriptors, this period's and the next one's. Ours is one process with Node's own memory in it; stock services share one daemon.`,
    ]
    return { schema: 'warren.bench/1', name: 'private-network', machine: machine(), rows, notes }
  },
}
