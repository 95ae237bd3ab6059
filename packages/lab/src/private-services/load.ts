import type { Series } from '../figure.ts'
import { pause } from '../pause.ts'
import { defineScenario } from '../scenario.ts'
import {
  LOAD_APPROACHES,
  type Load,
  type LoadApproach,
  runTogether,
  simulateLoad,
} from './load-simulation.ts'

interface Parameters {
  clients: number
  relays: number
  days: number
  refreshes: boolean
}

interface Result {
  parameters: Parameters
  loads: Load[]
  /** 16 clients on 4000 directories: mean number of pairs on one directory in a period. */
  pairs: { mean: number; periods: number }
}

/** Hash gaps are uneven: a directory holds a descriptor with mean 8/N and mean square 80/N². */
function expectedPairs(clients: number, directories: number): number {
  return ((clients * (clients - 1)) / 2) * (80 / directories)
}

const PAIR_CLIENTS = 16
const PAIR_DIRECTORIES = 4000
const PAIR_DAYS = 30

function at(result: Result, approach: LoadApproach, clients = result.parameters.clients): Load {
  const found = result.loads.find((load) => load.approach === approach && load.clients === clients)
  if (found === undefined) throw new Error(`no load of ${approach} with ${clients} clients`)
  return found
}

function growth(loads: readonly Load[], title: string, label: string, of: (row: Load) => number): Series {
  return {
    kind: 'series',
    title,
    x: { label: 'clients', scale: 'log' },
    y: { label, scale: 'log' },
    lines: LOAD_APPROACHES.map((name) => ({
      name,
      points: loads.filter((row) => row.approach === name).map((row) => [row.clients, of(row)] as const),
    })),
  }
}

export const load = defineScenario<Parameters, Result>({
  id: 'private-services/load',
  title: 'Load on the network as the number of clients grows',
  source: { paper: 'private-services', section: '3.2, 4.2, 5' },
  summary:
    'A discrete-event simulation of publication and introduction points for one service, one service for each client, and the extension, with and without spreading the change of period. The approaches share where descriptors lie, so that they differ by what they do. A year of 10 000 clients and 7000 relays takes six minutes; `--param refreshes=false` counts first publications only. Each client uses the service ten times a day. `private-services/on-relays` measures small numbers on real relays.',
  parameters: {
    clients: { kind: 'integer', help: 'clients of the largest service', default: 100, min: 2, max: 10_000 },
    relays: { kind: 'integer', help: 'relays, all of them directories', default: 1000, min: 20, max: 7000 },
    days: { kind: 'integer', help: 'time simulated', unit: 'd', default: 2, min: 1, max: 366 },
    refreshes: {
      kind: 'flag',
      help: 'whether descriptors are refreshed every 60 to 120 minutes',
      default: true,
    },
  },
  async run(parameters, { rng, signal, progress }) {
    const { clients, relays, days, refreshes } = parameters
    const sizes = [...new Set([1, 10, clients].filter((n) => n <= clients))]
    const runs = LOAD_APPROACHES.flatMap((approach) => sizes.map((n) => [approach, n] as const))
    const simulate = ([approach, n]: (typeof runs)[number]) =>
      simulateLoad({ approach, clients: n, relays, days, refreshes }, rng)
    const loads = await runTogether(runs.map(simulate), relays, rng, async (period) => {
      progress.report(period / (days + 1), `day ${period} of ${days}`)
      await pause(signal)
    })
    const sixteen = simulateLoad(
      {
        approach: 'extension',
        clients: PAIR_CLIENTS,
        relays: PAIR_DIRECTORIES,
        days: PAIR_DAYS,
        refreshes: false,
      },
      rng,
    )
    const [pairs] = await runTogether([sixteen], PAIR_DIRECTORIES, rng, () => pause(signal))
    return { parameters, loads, pairs: { mean: pairs?.sharedPairs ?? 0, periods: PAIR_DAYS + 1 } }
  },
  figures: ({ loads }) => [
    {
      kind: 'table',
      title: 'Load',
      columns: [
        { name: 'approach' },
        { name: 'clients' },
        { name: 'introduction circuits standing' },
        { name: 'introduction circuits built', unit: '1/d' },
        { name: 'upload circuits built', unit: '1/d' },
        { name: 'descriptors held' },
        { name: 'messages', unit: '1/d' },
        { name: 'busiest minute', unit: 'uploads' },
        { name: 'all clients served after', unit: 's' },
        { name: 'pairs on one directory, a period' },
      ],
      rows: loads.map((row) => [
        row.approach,
        row.clients,
        row.standingCircuits,
        row.introductionCircuitsPerDay,
        row.uploadCircuitsPerDay,
        row.descriptorsHeld,
        row.messagesPerDay,
        row.busiestMinute,
        row.startSeconds,
        row.sharedPairs,
      ]),
    },
    growth(loads, 'Introduction circuits', 'circuits standing', (row) => row.standingCircuits),
    growth(loads, 'Messages of the service', 'messages a day', (row) => row.messagesPerDay),
  ],
  claims: [
    {
      id: 'separate-circuits',
      statement: 'A separate service for each client needs a separate set of introduction points for each.',
      source: '§3.2, Network Load',
      stands: 'holds',
      check(result) {
        const { standingCircuits, clients } = at(result, 'one per client')
        return {
          verdict: standingCircuits === 3 * clients ? 'holds' : 'fails',
          measured: `${standingCircuits} circuits for ${clients} clients`,
          expected: `${3 * clients}`,
        }
      },
    },
    {
      id: 'shared-circuits',
      statement: 'The extension reuses one set of introduction points for any number of clients.',
      source: '§4.2, §5, Network Load',
      stands: 'holds',
      check(result) {
        const counts = result.loads
          .filter((row) => row.approach === 'extension')
          .map((row) => row.standingCircuits)
        return {
          verdict: counts.every((count) => count === 3) ? 'holds' : 'fails',
          measured: `${counts.join(', ')} circuits`,
          expected: '3, whatever the number of clients',
        }
      },
    },
    {
      id: 'descriptors-proportional',
      statement:
        'It issues a number of descriptors that is proportional to the number of clients, like separate services.',
      source: '§5, Network Load',
      stands: 'holds',
      check(result) {
        const ours = at(result, 'extension')
        const one = at(result, 'extension', 1)
        const separate = at(result, 'one per client')
        const ratio = ours.uploadCircuitsPerDay / (one.uploadCircuitsPerDay * ours.clients)
        const beside = ours.uploadCircuitsPerDay / separate.uploadCircuitsPerDay
        return {
          verdict: Math.abs(ratio - 1) < 0.25 && beside > 0.75 && beside <= 1.05 ? 'holds' : 'fails',
          measured: `${ratio.toFixed(3)} of proportional, ${beside.toFixed(3)} of separate services`,
          expected:
            '1 ± 0.25 (one client’s days vary), and 0.75 … 1 (the next period’s descriptors start later, at random)',
        }
      },
    },
    {
      id: 'directories-carry-it',
      statement:
        'The load that grows with the clients is the directories’: what they hold and are sent. That of the relays that stand as introduction points does not grow.',
      source: '§4.3, §5, Network Load',
      stands: 'holds',
      check(result) {
        const [one, many] = [at(result, 'extension', 1), at(result, 'extension')]
        const held = many.descriptorsHeld / (one.descriptorsHeld * many.clients)
        return {
          verdict:
            Math.abs(held - 1) < 0.25 && many.standingCircuits === one.standingCircuits ? 'holds' : 'fails',
          measured: `${many.descriptorsHeld.toFixed(0)} descriptors held for ${many.clients} clients, ${held.toFixed(3)} of proportional; ${many.standingCircuits} introduction circuits for 1 client and for ${many.clients}`,
          expected: '1 ± 0.25 (one client’s days vary), and as many circuits',
        }
      },
    },
    {
      id: 'total-load',
      statement:
        'So the approach scales better than a service for each client: fewer circuits stand and are built.',
      source: '§4.2',
      stands: 'holds',
      check(result) {
        const ours = at(result, 'extension')
        const separate = at(result, 'one per client')
        return {
          verdict:
            ours.standingCircuits < separate.standingCircuits &&
            ours.introductionCircuitsPerDay < separate.introductionCircuitsPerDay
              ? 'holds'
              : 'fails',
          measured: `${ours.standingCircuits} against ${separate.standingCircuits} standing, ${ours.introductionCircuitsPerDay.toFixed(1)} against ${separate.introductionCircuitsPerDay.toFixed(1)} built a day`,
          expected: 'fewer',
        }
      },
    },
    {
      id: 'no-bursts',
      statement:
        'Identifiers do not change at the same time for all clients, so that there are no bursts of publication (here: each at a random moment of the overlap).',
      source: '§4.3; ERRATA',
      stands: 'holds',
      check(result) {
        const spread = at(result, 'extension').busiestMinute
        const together = at(result, 'extension without spreading').busiestMinute
        return {
          verdict: spread * 3 < together ? 'holds' : 'fails',
          measured: `${spread} uploads in the busiest minute, ${together} without spreading`,
          expected: 'less than a third',
        }
      },
    },
    {
      id: 'delay-cost',
      statement:
        'There is a conflict between hiding links and making the service available in a timely manner: the delay is the time until clients find it.',
      source: '§4.5',
      stands: 'holds',
      check(result) {
        const ours = at(result, 'extension').startSeconds
        const stock = at(result, 'one per client').startSeconds
        return {
          verdict: stock === 0 && ours > 30 ? 'holds' : 'fails',
          measured: `${ours.toFixed(0)} s until the last of ${result.parameters.clients} clients is served, ${stock} s without delay`,
          expected: 'more than the delay of 30 s, against none',
        }
      },
    },
    {
      id: 'pairs-on-one-directory',
      statement:
        'With 16 clients and 4000 directories about two pairs share a directory in each period: the spacing matters.',
      source: 'beyond the paper; §4.5',
      stands: 'holds',
      check({ pairs }) {
        const expected = expectedPairs(PAIR_CLIENTS, PAIR_DIRECTORIES)
        // Counts of 31 periods, nearly Poisson: 4 standard errors, a false alarm in less than 1 of 1000 runs.
        const tolerance = 4 * Math.sqrt((expected * 1.5) / pairs.periods)
        return {
          verdict: Math.abs(pairs.mean - expected) < tolerance ? 'holds' : 'fails',
          measured: `${pairs.mean.toFixed(2)} on average over ${pairs.periods} periods`,
          expected: `${expected.toFixed(2)} ± ${tolerance.toFixed(2)}: 120 pairs · 80/4000`,
        }
      },
    },
  ],
})
