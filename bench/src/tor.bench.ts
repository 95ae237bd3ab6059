import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { systemRng } from '@warren/primitives/rng'
import {
  networkConfiguration,
  startTorNetwork,
  type TorClientDaemon,
  type TorNetwork,
} from '@warren/testkit/tor-network-node'
import { type HopKeys, RelayCrypto } from '@warren/tor/circuit'
import { measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import { startPeer } from './peer-node.ts'
import type { Benchmark } from './registry.ts'
import { handshakeRow } from './tor-handshake.ts'
import type { Answer, Order } from './tor-peer.ts'

const DOWNLOAD_BYTES = 50_000_000
const CELL_BYTES = 509
const DATA_BYTES = 498
const FRESH_FETCHES = 7
/** Method, login and connection: 2, 2 and 10 bytes. */
const SOCKS_ANSWER_BYTES = 14

/** Sends as many bytes as the first line asks for. */
async function startSource(): Promise<{ port: number; close(): void }> {
  const block = Buffer.alloc(1 << 20, 'warren')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (line) => {
      let left = Number(line.toString())
      const pour = () => {
        while (left > 0) {
          const size = Math.min(left, block.length)
          left -= size
          if (!socket.write(block.subarray(0, size))) return void socket.once('drain', pour)
        }
        socket.end()
      }
      pour()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

/** One download through a stock client; `user` keeps circuits apart. */
async function stockGet(
  client: TorClientDaemon,
  host: string,
  bytes: number,
  user: string,
): Promise<Required<Pick<Answer, 'firstByteMs' | 'totalMs'>>> {
  const socket = connect(client.socksPort, '127.0.0.1')
  await once(socket, 'connect')
  const started = performance.now()
  const login = Buffer.from(user)
  const name = Buffer.from(host)
  // tor looks at what it holds only when more arrives: each message waits for the answer to the one before.
  const turns: [number, Buffer][] = [
    [2, Buffer.from([1, login.length, ...login, 1, 120])],
    [4, Buffer.from([5, 1, 0, 3, name.length, ...name, 0, 80])],
    [SOCKS_ANSWER_BYTES, Buffer.from(`${bytes}\n`)],
  ]
  socket.write(Buffer.from([5, 1, 2]))
  let head = Buffer.alloc(0)
  let got = 0
  let firstByteMs = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const missing = SOCKS_ANSWER_BYTES - head.length
    head = Buffer.concat([head, chunk.subarray(0, missing)])
    if (head.length > 5 && head[5] !== 0) throw new Error(`the stock client answered ${head[5]}`)
    while (turns[0] !== undefined && head.length >= turns[0][0])
      socket.write((turns.shift() as [number, Buffer])[1])
    const data = chunk.subarray(missing)
    if (got === 0 && data.length > 0) firstByteMs = performance.now() - started
    got += data.length
    if (got >= bytes) break
  }
  if (got < bytes) throw new Error('the stock client ended early')
  return { firstByteMs, totalMs: performance.now() - started }
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work()
    } catch (error) {
      if (attempt >= 15) throw error
      await new Promise((resolve) => setTimeout(resolve, 2000))
    }
}

interface Samples {
  mbPerSecond: number[]
  clientCpu: number[]
  serviceCpu: number[]
  firstByteMs: number[]
}

const empty = (): Samples => ({ mbPerSecond: [], clientCpu: [], serviceCpu: [], firstByteMs: [] })

/** Ours with ours and stock with stock on one network, in turn. */
async function compare(
  network: TorNetwork,
  runs: number,
  log: (line: string) => void,
): Promise<{ ours: Samples; stock: Samples; clientMiB: number; serviceMiB: number }> {
  const source = await startSource()
  const client = startPeer<Order, Answer>('tor-peer.ts')
  const service = startPeer<Order, Answer>('tor-peer.ts')
  try {
    const configuration = networkConfiguration(network)
    const stockService = await network.addService({ virtualPort: 80, target: `127.0.0.1:${source.port}` })
    const stockClient = await network.addClient()
    log('starting ours')
    await client.ask({ kind: 'client', network: configuration })
    const { address = '' } = await service.ask({
      kind: 'service',
      network: configuration,
      targetPort: source.port,
    })
    const get = (bytes: number, isolation: string) =>
      client.ask({ kind: 'get', address, bytes, isolation }).then((answer) => answer as Required<Answer>)
    const theirs = (bytes: number, user: string) => stockGet(stockClient, stockService.hostname, bytes, user)
    log('first fetch of tor')
    await patiently(() => theirs(1000, 'warm'))
    log('first fetch of ours')
    await patiently(() => get(1000, 'warm'))
    const [ours, stock] = [empty(), empty()]
    for (let run = 0; run < runs; run++) {
      log(`download ${run + 1} of ${runs}`)
      const before = await Promise.all([client.ask({ kind: 'usage' }), service.ask({ kind: 'usage' })])
      const mine = await patiently(() => get(DOWNLOAD_BYTES, `download ${run}`))
      const after = await Promise.all([client.ask({ kind: 'usage' }), service.ask({ kind: 'usage' })])
      ours.mbPerSecond.push(DOWNLOAD_BYTES / 1000 / mine.totalMs)
      ours.clientCpu.push((after[0].cpuSeconds ?? 0) - (before[0].cpuSeconds ?? 0))
      ours.serviceCpu.push((after[1].cpuSeconds ?? 0) - (before[1].cpuSeconds ?? 0))
      const cpu = [await stockClient.cpuSeconds(), await stockService.cpuSeconds()] as const
      const other = await patiently(() => theirs(DOWNLOAD_BYTES, `download ${run}`))
      stock.mbPerSecond.push(DOWNLOAD_BYTES / 1000 / other.totalMs)
      stock.clientCpu.push((await stockClient.cpuSeconds()) - cpu[0])
      stock.serviceCpu.push((await stockService.cpuSeconds()) - cpu[1])
    }
    for (let run = 0; run < FRESH_FETCHES; run++) {
      ours.firstByteMs.push((await patiently(() => get(1000, `fresh ${run}`))).firstByteMs)
      stock.firstByteMs.push((await patiently(() => theirs(1000, `fresh ${run}`))).firstByteMs)
    }
    const [clientUsage, serviceUsage] = [
      await client.ask({ kind: 'usage' }),
      await service.ask({ kind: 'usage' }),
    ]
    const mib = (bytes: number | undefined) => (bytes ?? 0) / 2 ** 20
    return {
      ours,
      stock,
      clientMiB: mib(clientUsage.residentBytes),
      serviceMiB: mib(serviceUsage.residentBytes),
    }
  } finally {
    client.stop()
    service.stop()
    source.close()
  }
}

function row(
  name: string,
  unit: string,
  ours: number[],
  stock: number[],
  goal: { text: string; met(ratio: number): boolean },
): Row {
  const [mine, theirs] = [measurement(name, unit, ours), measurement('tor', unit, stock)]
  const ratio = mine.median / theirs.median
  return {
    name: `${name} (${ratio.toFixed(2)} of tor's)`,
    measured: mine,
    peer: { name: 'tor', measured: theirs },
    goal: { text: goal.text, met: goal.met(ratio) },
  }
}

/** Receiving at the rendezvous end: three relays and the other end, in batches. MB of stream data per second of one core. */
function relayCryptography(runs: number): number[] {
  const keys = (isVirtual: boolean): HopKeys => ({
    forwardDigest: systemRng.bytes(isVirtual ? 32 : 20),
    backwardDigest: systemRng.bytes(isVirtual ? 32 : 20),
    forwardKey: systemRng.bytes(isVirtual ? 32 : 16),
    backwardKey: systemRng.bytes(isVirtual ? 32 : 16),
  })
  const hops = [keys(false), keys(false), keys(false), keys(true)]
  const batch = 32
  const batches = 1500
  return Array.from({ length: runs }, () => {
    const [receiver, sender] = [new RelayCrypto(), new RelayCrypto()]
    for (const hop of hops) {
      receiver.addHop(hop)
      sender.addHop({
        forwardDigest: hop.backwardDigest,
        backwardDigest: hop.forwardDigest,
        forwardKey: hop.backwardKey,
        backwardKey: hop.forwardKey,
      })
    }
    const sealed = Array.from({ length: batches }, () => new Uint8Array(batch * CELL_BYTES))
    for (const bodies of sealed) sender.seal(hops.length - 1, bodies)
    const before = process.cpuUsage()
    for (const bodies of sealed) receiver.open(bodies)
    const { user, system } = process.cpuUsage(before)
    return (batches * batch * DATA_BYTES) / (user + system)
  })
}

/** `--part`: the cryptography alone, or one scheduler of the relays. */
const PARTS = ['cryptography', 'Vanilla', 'KIST'] as const

async function throughTor(
  scheduler: 'Vanilla' | 'KIST',
  runs: number,
  log: (line: string) => void,
): Promise<{ rows: Row[]; note: string }> {
  log(`starting a network with ${scheduler}`)
  const network = await startTorNetwork({ scheduler })
  try {
    const { ours, stock, clientMiB, serviceMiB } = await compare(network, runs, (line) =>
      log(`${scheduler}: ${line}`),
    )
    return {
      rows: [
        row(`${scheduler}: download of 50 MB`, 'MB/s', ours.mbPerSecond, stock.mbPerSecond, {
          text: '≥ 1.0',
          met: (ratio) => ratio >= 1,
        }),
        row(`${scheduler}: client processor time`, 's', ours.clientCpu, stock.clientCpu, {
          text: '≤ 1.3',
          met: (ratio) => ratio <= 1.3,
        }),
        row(`${scheduler}: service processor time`, 's', ours.serviceCpu, stock.serviceCpu, {
          text: '≤ 1.5',
          met: (ratio) => ratio <= 1.5,
        }),
        row(`${scheduler}: fresh rendezvous, first byte`, 'ms', ours.firstByteMs, stock.firstByteMs, {
          text: '≤ 1.0',
          met: (ratio) => ratio <= 1,
        }),
      ],
      note: `${scheduler}: resident memory after the downloads: client ${clientMiB.toFixed(0)} MiB, service ${serviceMiB.toFixed(0)} MiB (Node's own included).`,
    }
  } finally {
    await network.stop()
  }
}

/** Our client and service against Debian's tor on the same private network, with both of the relays' schedulers. */
export const benchmark: Benchmark = {
  async run({ runs = 5, part, log }): Promise<Report> {
    if (part !== undefined && !PARTS.some((one) => one === part))
      throw new Error(`The benchmark tor has the parts ${PARTS.join(', ')}.`)
    const wanted = PARTS.filter((one) => part === undefined || one === part)
    const rows: Row[] = []
    const notes: string[] = []
    for (const one of wanted) {
      if (one === 'cryptography') {
        const crypto = measurement('relay cryptography', 'MB/s', relayCryptography(runs))
        rows.push({
          name: 'relay cryptography, rendezvous end, one core',
          measured: crypto,
          goal: { text: '≥ 180 MB/s', met: crypto.median >= 180 },
        })
        rows.push(handshakeRow(runs))
        continue
      }
      const measured = await throughTor(one, runs, log)
      rows.push(...measured.rows)
      notes.push(measured.note)
    }
    return { schema: 'warren.bench/1', name: 'tor', machine: machine(), rows, notes }
  },
}
