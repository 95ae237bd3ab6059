import { type Measured, openRelaysMeasurement } from '@warren/lab/private-services/on-relays'
import { networkConfiguration, startTorNetwork } from '@warren/testkit/tor-network-node'
import { measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

/** Beyond the sizes of the lab's `private-services/on-relays`, whose code measures. */
const SIZES = [1, 10, 100]
const POINTS = 3
const LIMIT_SECONDS = 120

function rowsOf(clients: number, ours: readonly Measured[], stock: readonly Measured[]): Row[] {
  const row = (
    name: string,
    unit: string,
    of: (one: Measured) => number | undefined,
    goal?: Row['goal'],
  ): Row[] => {
    const [mine, theirs] = [ours, stock].map((all) => all.flatMap((one) => of(one) ?? []))
    // What the system does not tell, and what did not happen in time, cannot be quoted.
    if (mine === undefined || theirs === undefined || mine.length < ours.length) return []
    const isLate = stock.some((one) => one.foundSeconds === undefined)
    return [
      {
        name: `${clients} clients: ${name}`,
        measured: measurement(name, unit, mine),
        peer: {
          name: `${clients} stock services`,
          ...(theirs.length === stock.length ? { measured: measurement(name, unit, theirs) } : {}),
          ...(isLate ? { quoted: `given up after ${LIMIT_SECONDS} s` } : {}),
        },
        ...(goal === undefined ? {} : { goal }),
      },
    ]
  }
  return [
    ...row('introduction circuits', 'circuits', (one) => one.standingCircuits, {
      text: `${POINTS}, where separate services need ${POINTS * clients} at least`,
      met: ours.every((one) => one.standingCircuits === POINTS),
    }),
    ...row('circuits built until all find it', 'circuits', (one) => one.builtCircuits),
    ...row('uploads until all find it', 'uploads', (one) => one.uploads),
    ...row('until all find it', 's', (one) => one.foundSeconds),
    ...row('processor time until then', 's', (one) => one.cpuSeconds),
    ...row('resident memory', 'MiB', (one) => one.residentBytes && one.residentBytes / 2 ** 20),
  ]
}

/** What n clients cost, measured on a private network of real relays: one private service beside n stock services. */
export const benchmark: Benchmark = {
  async run({ runs = 1, log }): Promise<Report> {
    log('starting a network')
    const network = await startTorNetwork()
    const rows: Row[] = []
    const lab = await openRelaysMeasurement({
      network: networkConfiguration(network),
      delayMs: 0,
      limitSeconds: LIMIT_SECONDS,
      signal: new AbortController().signal,
    })
    try {
      for (const clients of SIZES) {
        const [ours, stock]: [Measured[], Measured[]] = [[], []]
        for (let run = 0; run < runs; run++) {
          log(`${clients} clients, run ${run + 1} of ${runs}: ours`)
          ours.push(await lab.measure('extension', clients))
          log(`${clients} services of stock tor`)
          stock.push(await lab.measure('one per client', clients))
        }
        rows.push(...rowsOf(clients, ours, stock))
      }
    } finally {
      lab.close()
      await network.stop()
    }
    const notes = [
      `Eight relays, all of them directories: each descriptor goes to all of them, and all of them are asked for it. Services were given up after ${LIMIT_SECONDS} s, whatever they had by then. Stock tor stands at three introduction points for each of a service's two descriptors, this period's and the next one's. Ours is one process with Node's own memory in it; stock services share one daemon.`,
    ]
    return { schema: 'warren.bench/1', name: 'private-network', machine: machine(), rows, notes }
  },
}
