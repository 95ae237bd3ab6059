import { networkConfiguration, startTorNetwork } from '@warren/testkit/tor-network-node'
import { measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import { startPeer } from './peer-node.ts'
import type { Answer, Order } from './private-peer.ts'
import type { Benchmark } from './registry.ts'

const DEFAULT_MINUTES = 60
const CLIENTS = 10
const FETCH_BYTES = 200_000
const BETWEEN_MS = 1000
/** Every so many fetches meet the service anew. */
const FRESH_EVERY = 20
const SAMPLE_EVERY = 10
/** Flat: the last quarter of the time against the second one; the first is for compilers and caches. */
const MOST_GROWTH = 1.1

interface Sample {
  resident: number
  heap: number
}

async function sampleOf(usage: Promise<Answer>): Promise<Sample> {
  const { residentBytes = 0, heapBytes = 0 } = await usage
  return { resident: residentBytes / 2 ** 20, heap: heapBytes / 2 ** 20 }
}

function quarter<T>(samples: readonly T[], index: number): T[] {
  const from = Math.floor((samples.length * index) / 4)
  return samples.slice(from, Math.max(from + 1, Math.floor((samples.length * (index + 1)) / 4)))
}

function rowsOf(who: string, samples: readonly Sample[]): Row[] {
  const row = (what: string, of: (sample: Sample) => number, isGoal: boolean): Row => {
    const before = measurement(what, 'MiB', quarter(samples, 1).map(of))
    const after = measurement(what, 'MiB', quarter(samples, 3).map(of))
    const growth = after.median / before.median
    return {
      name: `${who}: ${what} (last quarter ${growth.toFixed(2)} of the second)`,
      measured: after,
      peer: { name: 'second quarter', measured: before },
      ...(isGoal ? { goal: { text: `at most ${MOST_GROWTH}`, met: growth <= MOST_GROWTH } } : {}),
    }
  }
  return [
    row('resident memory', (sample) => sample.resident, true),
    row('heap in use', (sample) => sample.heap, false),
  ]
}

/** Memory of a private service and of its client under steady traffic: an hour, or `--minutes`. */
export const benchmark: Benchmark = {
  async run({ minutes = DEFAULT_MINUTES, log }): Promise<Report> {
    log('starting a network')
    const network = await startTorNetwork()
    const service = startPeer<Order, Answer>('private-peer.ts')
    const client = startPeer<Order, Answer>('private-peer.ts')
    const samples: { service: Sample[]; client: Sample[] } = { service: [], client: [] }
    let [fetches, failures] = [0, 0]
    try {
      const configuration = networkConfiguration(network)
      const served = await service.ask({ kind: 'service', network: configuration, clients: CLIENTS })
      await client.ask({ kind: 'client', network: configuration, credential: served.credentials?.[0] ?? '' })
      const started = performance.now()
      for (let round = 0; performance.now() - started < minutes * 60_000; round++) {
        const due = started + round * BETWEEN_MS
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
        const fresh = round % FRESH_EVERY === 0
        await client.ask({ kind: 'get', bytes: FETCH_BYTES, fresh }).then(
          () => fetches++,
          (error: unknown) => {
            failures++
            log(`a fetch failed: ${String(error)}`)
          },
        )
        if (round % SAMPLE_EVERY !== 0) continue
        samples.service.push(await sampleOf(service.ask({ kind: 'usage' })))
        samples.client.push(await sampleOf(client.ask({ kind: 'usage' })))
        log(`${((performance.now() - started) / 60_000).toFixed(1)} min, ${fetches} fetches`)
      }
    } finally {
      service.stop()
      client.stop()
      await network.stop()
    }
    return {
      schema: 'warren.bench/1',
      name: 'private-memory',
      machine: machine(),
      rows: [...rowsOf('service', samples.service), ...rowsOf('client', samples.client)],
      notes: [
        `${minutes} minutes, ${fetches} fetches of ${FETCH_BYTES / 1000} kB, one each second, every ${FRESH_EVERY}th by a rendezvous of its own; ${failures} failed. ${CLIENTS} clients published, one of them active; a new consensus every 20 s and a new time period every 8 minutes. Node's own memory is included.`,
      ],
    }
  },
}
