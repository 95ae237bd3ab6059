import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { shuffle } from '@warren/primitives/rng'
import { clientPeriodKeys, generateClientKey } from '@warren/private-service/protocol'
import { hsdirRing } from '@warren/tor/onion'
import { pause } from '../pause.ts'
import { defineScenario } from '../scenario.ts'
import { INTRODUCTION_POINTS } from './approaches.ts'
import { type Directory, isLinked, linkProbability } from './links.ts'
import { paperDescriptor } from './paper-descriptor.ts'
import { wilson } from './statistics.ts'

interface Parameters {
  services: number
  relays: number
  directories: number
  periods: number
  trials: number
  window: number
  delay: number
}

interface Result {
  parameters: Parameters
  /** Of providers with one service for each client: those two of whose introduction points fell on one relay. */
  coincidences: number
  /** Of pairs of clients: those that two colluding directories have linked when one of the two is removed. */
  known: { accumulated: number; inLastPeriod: number }
  /** Whether a directory finds the other client's descriptor again, by what it stored when it learned of the link. */
  found: Record<'samePeriod' | 'nextPeriod', { ours: boolean; paper: boolean }>
}

/** Rings differ from period to period; so many pairs of clients share one, which saves hashing. */
const PAIRS_ON_A_RING = 20

/** No two of `services` sets of three distinct relays of `relays` meet: the product of C(N − 3i, 3) / C(N, 3). */
export function coincidenceProbability(services: number, relays: number): number {
  const choose3 = (n: number) => (n * (n - 1) * (n - 2)) / 6
  let apart = 1
  for (let i = 0; i < services; i++)
    apart *= Math.max(0, choose3(relays - INTRODUCTION_POINTS * i)) / choose3(relays)
  return 1 - apart
}

async function countCoincidences(
  { services, relays, trials }: Parameters,
  rng: Rng,
  signal: AbortSignal,
): Promise<number> {
  const all = Array.from({ length: relays }, (_, i) => i)
  let count = 0
  for (let trial = 0; trial < trials; trial++) {
    if (trial % 100 === 0) await pause(signal)
    const points = Array.from({ length: services }, () =>
      shuffle(rng, [...all]).slice(0, INTRODUCTION_POINTS),
    )
    if (new Set(points.flat()).size < services * INTRODUCTION_POINTS) count++
  }
  return count
}

async function accumulate(
  { directories: count, periods, trials, window, delay }: Parameters,
  rng: Rng,
  report: (fraction: number) => Promise<void>,
): Promise<Result['known']> {
  const directories: Directory[] = Array.from({ length: count }, () => ({ ed25519Identity: rng.bytes(32) }))
  let [accumulated, inLastPeriod] = [0, 0]
  for (let first = 0; first < trials; first += PAIRS_ON_A_RING) {
    await report(first / trials)
    const pairs = Math.min(PAIRS_ON_A_RING, trials - first)
    const everLinked = new Set<number>()
    for (let number = 0; number < periods; number++) {
      const ring = hsdirRing(directories, rng.bytes(32), { number, lengthMinutes: 1440 })
      for (let pair = 0; pair < pairs; pair++) {
        if (!isLinked(ring, window * 1000, delay * 1000, rng)) continue
        everLinked.add(pair)
        if (number === periods - 1) inLastPeriod++
      }
    }
    accumulated += everLinked.size
  }
  return { accumulated, inLastPeriod }
}

function findAgain(rng: Rng): Result['found'] {
  const client = generateClientKey('Alice', 0, rng)
  const learnedIn = 20_000
  const ours = (number: number) =>
    hexText.encode(clientPeriodKeys(client, { number, lengthMinutes: 1440 }).blindedKey)
  const paper = (number: number) => hexText.encode(paperDescriptor(client, number, 1).clear.clientKey)
  const at = (number: number) => ({
    ours: ours(number) === ours(learnedIn),
    paper: paper(number) === paper(learnedIn),
  })
  return { samePeriod: at(learnedIn), nextPeriod: at(learnedIn + 1) }
}

function within(successes: number, trials: number, expected: number): boolean {
  const [low, high] = wilson(successes, trials)
  return low <= expected && expected <= high
}

const perPeriod = ({ directories, window, delay }: Parameters) => linkProbability(directories, window, delay)

export const pseudonyms = defineScenario<Parameters, Result>({
  id: 'private-services/pseudonyms',
  title: 'Links between pseudonyms: how they arise, add up and are used',
  source: { paper: 'private-services', section: '3.2, 5' },
  summary:
    'A provider with one service for each client puts introduction points of two of them on one relay by chance. Two directories that collude link clients of the extension by the times of their uploads, period after period; then one of the two clients is removed and joins them. Whether what they learned earlier is of use depends on whether anything in a descriptor recurs.',
  parameters: {
    services: { kind: 'integer', help: 'services of one provider', default: 10, min: 2, max: 200 },
    relays: {
      kind: 'integer',
      help: 'relays that introduction points are chosen from',
      default: 1000,
      min: 20,
      max: 7000,
    },
    directories: { kind: 'integer', help: 'directories in the network', default: 60, min: 20, max: 7000 },
    periods: {
      kind: 'integer',
      help: 'time periods until one client is removed',
      default: 30,
      min: 2,
      max: 366,
    },
    trials: {
      kind: 'integer',
      help: 'providers, and pairs of clients',
      default: 1500,
      min: 100,
      max: 1_000_000,
    },
    window: {
      kind: 'number',
      help: 'the colluders’ window',
      unit: 's',
      default: 2,
      min: 0,
      exclusiveMin: true,
    },
    delay: { kind: 'number', help: 'publication delay', unit: 's', default: 30, min: 0 },
  },
  async run(parameters, { rng, progress, signal }) {
    progress.report(0, 'introduction points')
    const coincidences = await countCoincidences(parameters, rng, signal)
    const known = await accumulate(parameters, rng, (fraction) => {
      progress.report(fraction, 'uploads')
      return pause(signal)
    })
    return { parameters, coincidences, known, found: findAgain(rng) }
  },
  figures({ parameters, coincidences, known }) {
    const { trials, services, relays, periods } = parameters
    const p = perPeriod(parameters)
    const row = (what: string, count: number, closedForm: number) => [
      what,
      count / trials,
      ...wilson(count, trials),
      closedForm,
    ]
    return [
      {
        kind: 'table',
        title: 'Probability of a link',
        columns: [
          { name: 'link' },
          { name: 'measured' },
          { name: 'at least' },
          { name: 'at most' },
          { name: 'closed form' },
        ],
        rows: [
          row(
            `two of ${services} services on one of ${relays} relays`,
            coincidences,
            coincidenceProbability(services, relays),
          ),
          row(`two clients, in one period`, known.inLastPeriod, p),
          row(`two clients, in any of ${periods} periods`, known.accumulated, 1 - (1 - p) ** periods),
        ],
      },
      {
        kind: 'series',
        title: 'What two colluding directories know of a pair of clients',
        x: { label: 'time periods' },
        y: { label: 'probability' },
        lines: [
          {
            name: 'the paper’s descriptors: links add up',
            points: Array.from({ length: periods }, (_, i) => [i + 1, 1 - (1 - p) ** (i + 1)] as const),
          },
          { name: 'blinded keys: links of this period', points: [1, periods].map((t) => [t, p] as const) },
        ],
      },
    ]
  },
  claims: [
    {
      id: 'points-on-one-relay',
      statement:
        'A provider with a service for each client occasionally establishes introduction points of two of them on the same relay: with probability 1 − Π C(N − 3i, 3)/C(N, 3).',
      source: '§3.2, Links Between Pseudonyms; closed form beyond the paper',
      stands: 'holds',
      check({ coincidences, parameters: { trials, services, relays } }) {
        const expected = coincidenceProbability(services, relays)
        return {
          verdict: coincidences > 0 && within(coincidences, trials, expected) ? 'holds' : 'fails',
          measured: `${coincidences} of ${trials} providers with ${services} services`,
          expected: `${expected.toPrecision(3)} within the 99.9 % interval (N = ${relays})`,
        }
      },
    },
    {
      id: 'links-accumulate',
      statement:
        'Knowledge of links can be accumulated over time: after T periods two clients are linked with probability 1 − (1 − p)^T.',
      source: '§5, Links Between Pseudonyms; closed form beyond the paper',
      stands: 'holds',
      check({ known, parameters }) {
        const { trials, periods } = parameters
        const expected = 1 - (1 - perPeriod(parameters)) ** periods
        return {
          verdict: within(known.accumulated, trials, expected) ? 'holds' : 'fails',
          measured: `${known.accumulated} of ${trials} pairs within ${periods} periods`,
          expected: `${expected.toPrecision(3)} within the 99.9 % interval`,
        }
      },
    },
    {
      id: 'links-end',
      statement:
        'With blinded keys only the link of the period in which a client is removed is of use: probability p, however long the two were watched.',
      source: 'beyond the paper; §5',
      stands: 'holds',
      check({ known, parameters }) {
        const expected = perPeriod(parameters)
        return {
          verdict: within(known.inLastPeriod, parameters.trials, expected) ? 'holds' : 'fails',
          measured: `${known.inLastPeriod} of ${parameters.trials} pairs in the last period`,
          expected: `${expected.toPrecision(3)} within the 99.9 % interval`,
        }
      },
    },
    {
      id: 'existence-exploited',
      statement:
        'A directory that knows a link can exploit, with the removed client, the existence of the other client’s descriptor.',
      source: '§5, Service Activity; §5, Links Between Pseudonyms',
      stands: 'holds',
      check: ({ found: { samePeriod } }) => ({
        verdict: samePeriod.paper && samePeriod.ours ? 'holds' : 'fails',
        measured: `found in the same period: the paper’s ${samePeriod.paper ? 'yes' : 'no'}, with blinded keys ${samePeriod.ours ? 'yes' : 'no'}`,
        expected: 'found in both, until the period ends',
      }),
    },
    {
      id: 'paper-link-lasts',
      statement:
        'The paper’s descriptor of the other client is recognised in every later period too: CK is in clear.',
      source: '§4.3, figure 3',
      stands: 'holds',
      check: ({ found: { nextPeriod } }) => ({
        verdict: nextPeriod.paper ? 'holds' : 'fails',
        measured: `recognised in the next period: ${nextPeriod.paper ? 'yes' : 'no'}`,
        expected: 'yes',
      }),
    },
    {
      id: 'blinded-link-ends',
      statement: 'With blinded keys it is not.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ found: { nextPeriod } }) => ({
        verdict: nextPeriod.ours ? 'fails' : 'holds',
        measured: `recognised in the next period: ${nextPeriod.ours ? 'yes' : 'no'}`,
        expected: 'no',
      }),
    },
  ],
})
