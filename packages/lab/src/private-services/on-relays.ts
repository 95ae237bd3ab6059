import type { Series } from '../figure.ts'
import { type Claim, defineScenario, torNetworkOf, type Verdict } from '../scenario.ts'
import type { Measured } from './relays-measurement-node.ts'
import type { RelayApproach } from './services-on-relays-node.ts'

const ID = 'private-services/on-relays'
const APPROACHES: readonly RelayApproach[] = ['one service', 'one per client', 'extension']
const SIZES = ['1', '2', '4', '8', '16', '32'] as const
const INTRODUCTION_POINTS = 3
/** C-tor 0.4.9 stands at three introduction points, and may at first keep two more, for each of two periods. */
const MOST_STOCK_CIRCUITS = 2 * (INTRODUCTION_POINTS + 2)
/** Messages 1 and 2 for an introduction point, 3 and 4 for an upload: one each way. */
const MESSAGES_EACH = 2

interface Parameters {
  clients: readonly (typeof SIZES)[number][]
  delay: number
  limit: number
}

interface Result {
  parameters: Parameters
  /** By number of clients, then by approach. */
  measured: Measured[]
}

function of({ measured }: Result, approach: RelayApproach): Measured[] {
  return measured.filter((one) => one.approach === approach)
}

function growth(result: Result, title: string, y: Series['y'], value: (one: Measured) => number): Series {
  return {
    kind: 'series',
    title,
    x: { label: 'clients', scale: 'log' },
    y: { ...y, scale: 'log' },
    lines: APPROACHES.map((name) => ({
      name,
      points: of(result, name)
        .filter((one) => one.foundSeconds !== undefined)
        .map((one) => [one.clients, value(one)] as const),
    })),
  }
}

/** A claim of what was measured in time: nothing is concluded from services that were given up. */
function claim(
  about: Omit<Claim<Result>, 'stands' | 'check'>,
  needed: number,
  check: (result: Result) => Verdict,
): Claim<Result> {
  return {
    ...about,
    stands: 'holds',
    check(result) {
      const late = result.measured.filter((one) => one.foundSeconds === undefined)
      const sizes = new Set(result.measured.map((one) => one.clients)).size
      const inconclusive = (measured: string, expected: string) =>
        ({ verdict: 'inconclusive', measured, expected }) as const
      if (late.length > 0)
        return inconclusive(
          late.map((one) => `${one.approach}, ${one.clients} clients: ${one.readers} found it`).join('; '),
          `all find it within ${result.parameters.limit} s`,
        )
      if (sizes < needed) return inconclusive(`${sizes} numbers of clients`, `${needed} at least`)
      return check(result)
    },
  }
}

function list(rows: readonly Measured[], value: (one: Measured) => string | number): string {
  return rows.map((one) => `${value(one)} for ${one.clients}`).join(', ')
}

function byApproach(result: Result, value: (one: Measured) => number): string {
  return APPROACHES.map((name) => `${name}: ${list(of(result, name), value)}`).join('; ')
}

function holdsIf(condition: boolean): Verdict['verdict'] {
  return condition ? 'holds' : 'fails'
}

/** §3 and §4 on a network of real relays: what `private-services/load` simulates, for as many clients as fit there. */
export const onRelays = defineScenario<Parameters, Result>({
  id: ID,
  title: 'The three approaches, measured on a private network of real relays',
  source: { paper: 'private-services', section: '3.1, 3.2, 4.2, 5' },
  summary:
    'Starts one stock service with all clients in its client authorisation, a stock service for each client, and the private service, one after the other and each in a process of its own; waits until the directories acknowledged every client’s descriptor; and then asks every responsible directory, and reads the descriptors as the clients do. Needs a Tor network (`npm run tor-network`) and Debian’s `tor`. Counts are of this run: nothing is drawn from a seed. Stock tor’s bytes have the framing of TLS in them, ours do not; our memory has Node’s own in it.',
  parameters: {
    clients: {
      kind: 'list',
      help: 'numbers of clients, measured one after the other',
      default: ['1', '2', '4', '8'],
      choices: SIZES,
    },
    delay: {
      kind: 'number',
      help: 'the extension’s publication delay (§4.5); stock tor has none',
      unit: 's',
      default: 0,
      min: 0,
      max: 600,
    },
    limit: {
      kind: 'integer',
      help: 'how long each service is waited for',
      unit: 's',
      default: 120,
      min: 1,
      max: 3600,
    },
  },
  needs: 'tor-network',
  async run(parameters, context) {
    const network = torNetworkOf(ID, context)
    const { signal, progress, emit } = context
    const { openRelaysMeasurement } = await import('./relays-measurement-node.ts')
    const sizes = parameters.clients.map(Number).toSorted((a, b) => a - b)
    const runs = sizes.flatMap((clients) => APPROACHES.map((approach) => ({ approach, clients })))
    const { delay, limit: limitSeconds } = parameters
    const measurement = await openRelaysMeasurement({ network, delayMs: delay * 1000, limitSeconds, signal })
    const measured: Measured[] = []
    try {
      for (const [i, { approach, clients }] of runs.entries()) {
        progress.report(i / runs.length, `${approach}, ${clients} clients`)
        const one = await measurement.measure(approach, clients)
        emit({ kind: 'measurement', label: `${approach}, ${clients} clients`, data: one })
        measured.push(one)
      }
    } finally {
      measurement.close()
    }
    return { parameters, measured }
  },
  figures: (result) => [
    {
      kind: 'table',
      title: 'Until all clients find the service',
      columns: [
        { name: 'approach' },
        { name: 'clients' },
        { name: 'found after', unit: 's' },
        { name: 'introduction circuits standing' },
        { name: 'circuits built' },
        { name: 'uploads' },
        { name: 'messages 1 to 4' },
        { name: 'copies at directories' },
        { name: 'introduction points that clients read' },
        { name: 'sent', unit: 'kB' },
        { name: 'received', unit: 'kB' },
        { name: 'processor time', unit: 's' },
        { name: 'resident memory', unit: 'MiB' },
      ],
      rows: result.measured.map((one) => [
        one.approach,
        one.clients,
        one.foundSeconds ?? null,
        one.standingCircuits,
        one.builtCircuits,
        one.uploads,
        MESSAGES_EACH * (one.standingCircuits + one.uploads),
        one.copies,
        one.introductionPoints,
        one.sentBytes / 1000,
        one.receivedBytes / 1000,
        one.cpuSeconds ?? null,
        one.residentBytes === undefined ? null : one.residentBytes / 2 ** 20,
      ]),
    },
    growth(result, 'Introduction circuits', { label: 'circuits standing' }, (one) => one.standingCircuits),
    growth(result, 'Uploads until all clients find the service', { label: 'uploads' }, (one) => one.uploads),
    growth(
      result,
      'Time until all clients find the service',
      { label: 'time', unit: 's' },
      (one) => one.foundSeconds ?? 0,
    ),
  ],
  claims: [
    claim(
      {
        id: 'found-by-all',
        statement:
          'Every client finds its service: each responsible directory gives out a descriptor, and the client reads introduction points in it.',
        source: 'beyond the paper: the measurement’s control',
      },
      1,
      (result) => ({
        verdict: holdsIf(
          result.measured.every((one) => one.readers === one.clients && one.copies === one.expected),
        ),
        measured: byApproach(result, (one) => one.readers),
        expected: 'all of them',
      }),
    ),
    claim(
      {
        id: 'separate-introduction-points',
        statement: 'A separate service for each client needs a separate set of introduction points for each.',
        source: '§3.2, Network Load',
      },
      1,
      (result) => {
        const rows = of(result, 'one per client')
        const least = (one: Measured) => INTRODUCTION_POINTS * one.clients
        return {
          verdict: holdsIf(
            rows.every((one) => one.introductionPoints >= least(one) && one.standingCircuits >= least(one)),
          ),
          measured: `${list(rows, (one) => one.standingCircuits)} clients; they read ${list(rows, (one) => one.introductionPoints)}`,
          expected: `${INTRODUCTION_POINTS} for each client at least, none shared`,
        }
      },
    ),
    claim(
      {
        id: 'shared-introduction-points',
        statement:
          'The extension reuses the same set of introduction points for any number of clients: circuits do not grow with them.',
        source: '§4.2, §5, Network Load',
      },
      2,
      (result) => {
        const rows = of(result, 'extension')
        return {
          verdict: holdsIf(
            rows.every(
              (one) =>
                one.introductionPoints === INTRODUCTION_POINTS &&
                one.standingCircuits === INTRODUCTION_POINTS,
            ),
          ),
          measured: `${list(rows, (one) => one.standingCircuits)} clients; they read ${list(rows, (one) => one.introductionPoints)}`,
          expected: `${INTRODUCTION_POINTS}, whatever the number of clients`,
        }
      },
    ),
    claim(
      {
        id: 'one-service-circuits',
        statement: 'One service for all clients stands at as many introduction points whoever comes.',
        source: 'beyond the paper; §3.1',
      },
      2,
      (result) => {
        const rows = of(result, 'one service')
        return {
          verdict: holdsIf(rows.every((one) => one.standingCircuits <= MOST_STOCK_CIRCUITS)),
          measured: `${list(rows, (one) => one.standingCircuits)} clients`,
          expected: `at most ${MOST_STOCK_CIRCUITS}: stock tor’s three, and two to spare, for each of two periods`,
        }
      },
    ),
    claim(
      {
        id: 'descriptors-proportional',
        statement:
          'The extension issues a number of descriptors that is proportional to the number of clients, like separate services; one service for all issues one.',
        source: '§5, Network Load; §3.1, §3.2',
      },
      2,
      (result) => {
        const copiesOfOne = (one: Measured) => one.copies / (one.approach === 'one service' ? 1 : one.clients)
        const each = new Set(result.measured.map(copiesOfOne))
        return {
          verdict: holdsIf(each.size === 1),
          measured: byApproach(result, (one) => one.copies),
          expected: 'copies at directories: the same for each descriptor, and a descriptor for each client',
        }
      },
    ),
    claim(
      {
        id: 'publishing-task',
        statement:
          'It still imposes the task of publishing a large number of descriptors on the service: an upload, on a circuit of its own, for each client and directory.',
        source: '§5, Network Load',
      },
      1,
      (result) => {
        const rows = of(result, 'extension')
        return {
          verdict: holdsIf(
            rows.every((one) => one.uploads >= one.expected && one.builtCircuits >= one.uploads),
          ),
          measured: `${list(rows, (one) => one.uploads)} clients, on ${list(rows, (one) => one.builtCircuits)} circuits`,
          expected: `at least ${list(rows, (one) => one.expected)}, and as many circuits`,
        }
      },
    ),
    claim(
      {
        id: 'scales-better',
        statement:
          'All descriptors contain the same introduction points, which is why it scales better than separate services.',
        source: '§4.2',
      },
      2,
      (result) => {
        const [ours, separate] = [of(result, 'extension').at(-1), of(result, 'one per client').at(-1)]
        const circuits = (one: Measured | undefined) => one?.standingCircuits ?? Number.NaN
        return {
          verdict: holdsIf(circuits(ours) < circuits(separate)),
          measured: `${circuits(ours)} introduction circuits against ${circuits(separate)} for ${ours?.clients} clients; ${ours?.builtCircuits} circuits built against ${separate?.builtCircuits}`,
          expected: 'fewer that stand',
        }
      },
    ),
    claim(
      {
        id: 'descriptors-alike',
        statement: 'To a directory a descriptor of the extension is as long as a stock service’s.',
        source: 'beyond the paper; §4.3',
      },
      1,
      (result) => {
        const lengths = (name: RelayApproach) => [
          ...new Set(of(result, name).flatMap((one) => one.descriptorBytes)),
        ]
        const [ours, stock] = [lengths('extension'), lengths('one per client')]
        return {
          verdict: holdsIf(ours.length > 0 && ours.every((bytes) => stock.includes(bytes))),
          measured: `${ours.join(', ')} bytes`,
          expected: `${stock.join(', ')} bytes, without the digits of the revision counter`,
        }
      },
    ),
  ],
})
