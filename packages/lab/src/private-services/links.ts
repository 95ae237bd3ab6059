import type { Rng } from '@warren/primitives/rng'
import { randomBelow } from '@warren/primitives/rng'
import { planUploads, UploadCalendar, unsafePlanAsInPaper } from '@warren/private-service/protocol'
import { DEFAULT_RING_PARAMETERS, type HsdirRing, hsdirRing, responsibleDirectories } from '@warren/tor/onion'
import { pause } from '../pause.ts'
import { defineScenario } from '../scenario.ts'
import { wilson } from './statistics.ts'

interface Parameters {
  directories: number
  trials: number
  window: number
  delay: number
}

interface Point {
  delaySeconds: number
  linked: number
  trials: number
  closedForm: number
}

interface Result {
  parameters: Parameters
  across: Point[]
  /** Pairs on one directory, told by a gap of the spacing to within a tenth of a second. */
  gap: { paper: number; mended: number; pairs: number }
}

const SET = DEFAULT_RING_PARAMETERS.replicas * DEFAULT_RING_PARAMETERS.spreadStore
const DELAYS_SECONDS = [0, 5, 10, 30, 60, 120, 600, 3600, 38_880]
const GAP_TOLERANCE_MS = 100
const DELAY_OF_PAPER_MS = 30_000

/**
 * Two colluding directories link two clients where one sees the one's descriptor and the other the other's within
 * `window`. Each directory is among a client's with probability 8/N; both are, with 8·7/(N(N−1)). Two uniform delays
 * on [0, D] are within w of each other with q = 1 − (1 − w/D)².
 */
export function linkProbability(directories: number, windowSeconds: number, delaySeconds: number): number {
  const ratio = delaySeconds === 0 ? 1 : Math.min(1, windowSeconds / delaySeconds)
  const q = 1 - (1 - ratio) ** 2
  const one = (SET * SET) / (directories * directories)
  const both = ((SET * (SET - 1)) / (directories * (directories - 1))) ** 2
  return (2 * one - 2 * both) * q + both * (1 - (1 - q) ** 2)
}

export interface Directory {
  ed25519Identity: Uint8Array
}

/** One period in which two clients publish: whether the two colluders link them. */
export function isLinked(ring: HsdirRing<Directory>, windowMs: number, delayMs: number, rng: Rng): boolean {
  const { replicas, spreadStore } = DEFAULT_RING_PARAMETERS
  const uploads = ['A', 'B'].flatMap((client) =>
    responsibleDirectories(ring, rng.bytes(32), replicas, spreadStore).map((directory) => ({
      client,
      directory,
      fromMs: 0,
    })),
  )
  const size = ring.entries.length
  const first = randomBelow(rng, size)
  const second = (first + 1 + randomBelow(rng, size - 1)) % size
  const colluders = [first, second].map((at) => ring.entries[at]?.relay)
  if (!uploads.some((upload) => colluders.includes(upload.directory))) return false
  const planned = planUploads(
    uploads,
    { spacingMs: DELAY_OF_PAPER_MS, spreadMs: delayMs },
    new UploadCalendar<Directory>(),
    rng,
  )
  const at = (client: string, directory: Directory | undefined) =>
    planned.find((upload) => upload.client === client && upload.directory === directory)?.dueMs
  return [
    [at('A', colluders[0]), at('B', colluders[1])],
    [at('A', colluders[1]), at('B', colluders[0])],
  ].some(([a, b]) => a !== undefined && b !== undefined && Math.abs(a - b) <= windowMs)
}

/** The gap between two clients' descriptors on one directory. */
function gapOnOneDirectory(plan: typeof planUploads, rng: Rng): number {
  const [a, b] = plan(
    [
      { client: 'A', directory: 0, fromMs: 0 },
      { client: 'B', directory: 0, fromMs: 0 },
    ],
    { spacingMs: DELAY_OF_PAPER_MS, spreadMs: DELAY_OF_PAPER_MS },
    new UploadCalendar<number>(),
    rng,
  )
  return (b?.dueMs ?? 0) - (a?.dueMs ?? 0)
}

export const links = defineScenario<Parameters, Result>({
  id: 'private-services/links',
  title: 'How likely two colluding directories link two clients',
  source: { paper: 'private-services', section: '4.5, 5' },
  summary:
    'Two clients’ descriptors are published in one time period. Two directories collude and link them where one receives the first and the other the second within a window. Ring, replicas and the publication plan are the product’s own; the delay is varied. Beside it: what a single directory reads from the constant gap of §4.5.',
  parameters: {
    directories: { kind: 'integer', help: 'directories in the network', default: 60, min: 20, max: 7000 },
    trials: {
      kind: 'integer',
      help: 'periods simulated for each delay',
      default: 6000,
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
    delay: {
      kind: 'number',
      help: 'the delay that the claims are checked for',
      unit: 's',
      default: 30,
      min: 0,
    },
  },
  async run(parameters, { rng, signal, progress }) {
    const period = { number: 20_000, lengthMinutes: 1440 }
    const directories = Array.from({ length: parameters.directories }, () => ({
      ed25519Identity: rng.bytes(32),
    }))
    const delays = [...new Set([...DELAYS_SECONDS, parameters.delay])].toSorted((a, b) => a - b)
    const across: Point[] = []
    for (const [i, delaySeconds] of delays.entries()) {
      progress.report(i / delays.length, `delay ${delaySeconds} s`)
      let linked = 0
      let ring = hsdirRing(directories, rng.bytes(32), period)
      for (let trial = 0; trial < parameters.trials; trial++) {
        if (trial % 100 === 0) {
          await pause(signal)
          // The closed form is over random rings: a new shared random value every hundred periods.
          ring = hsdirRing(directories, rng.bytes(32), period)
        }
        if (isLinked(ring, parameters.window * 1000, delaySeconds * 1000, rng)) linked++
      }
      const closedForm = linkProbability(parameters.directories, parameters.window, delaySeconds)
      across.push({ delaySeconds, linked, trials: parameters.trials, closedForm })
    }
    const pairs = 2000
    const marked = (plan: typeof planUploads) => {
      let count = 0
      for (let i = 0; i < pairs; i++)
        if (Math.abs(gapOnOneDirectory(plan, rng) - DELAY_OF_PAPER_MS) <= GAP_TOLERANCE_MS) count++
      return count
    }
    return {
      parameters,
      across,
      gap: { paper: marked(unsafePlanAsInPaper), mended: marked(planUploads), pairs },
    }
  },
  figures: ({ parameters, across, gap }) => [
    {
      kind: 'table',
      title: 'Probability that two colluding directories link two clients, in one period',
      columns: [
        { name: 'delay', unit: 's' },
        { name: 'measured' },
        { name: 'at least' },
        { name: 'at most' },
        { name: 'closed form' },
        { name: 'closed form, 4000 directories' },
      ],
      rows: across.map(({ delaySeconds, linked, trials, closedForm }) => [
        delaySeconds,
        linked / trials,
        ...wilson(linked, trials),
        closedForm,
        linkProbability(4000, parameters.window, delaySeconds),
      ]),
    },
    {
      kind: 'series',
      title: 'Links and delay',
      x: { label: 'delay', unit: 's', scale: 'log' },
      y: { label: 'probability', scale: 'log' },
      lines: [
        {
          name: 'measured',
          style: 'points',
          points: across
            .filter((p) => p.delaySeconds > 0 && p.linked > 0)
            .map((p) => [p.delaySeconds, p.linked / p.trials]),
        },
        {
          name: 'closed form',
          points: across.filter((p) => p.delaySeconds > 0).map((p) => [p.delaySeconds, p.closedForm]),
        },
      ],
    },
    {
      kind: 'table',
      title: 'Pairs on one directory whose gap is the spacing to within 0.1 s',
      columns: [{ name: 'plan' }, { name: 'pairs' }, { name: 'marked' }],
      rows: [
        ['§4.5 to the letter', gap.pairs, gap.paper],
        ['with a random time added', gap.pairs, gap.mended],
      ],
    },
  ],
  claims: [
    {
      id: 'closed-form',
      statement:
        'Two directories link two clients within w with probability (2p² − 2b)q + b(1 − (1 − q)²), p = 8/N, b = (56/N(N−1))², q = 1 − (1 − w/D)².',
      source: 'beyond the paper; §4.5',
      stands: 'holds',
      check({ across, parameters }) {
        // Each interval misses with 1 in 1000; all of them together with at most 1 in 100.
        const misses = across.filter(({ linked, trials, closedForm }) => {
          const [low, high] = wilson(linked, trials)
          return closedForm < low || closedForm > high
        })
        return {
          verdict: misses.length === 0 ? 'holds' : 'fails',
          measured: across.map((p) => `D=${p.delaySeconds} s: ${p.linked}/${p.trials}`).join(', '),
          expected: `each within its 99.9 % interval (N = ${parameters.directories}, false alarm of the set < 1 %)`,
        }
      },
    },
    {
      id: 'delay-hides',
      statement: 'Delayed publication does not prevent linking entirely, but makes it harder.',
      source: '§4.5',
      stands: 'holds',
      check({ across, parameters }) {
        const without = across.find((p) => p.delaySeconds === 0) as Point
        const delayed = across.find((p) => p.delaySeconds === parameters.delay) as Point
        const [low] = wilson(without.linked, without.trials)
        const [, high] = wilson(delayed.linked, delayed.trials)
        return {
          verdict: delayed.linked > 0 && high < low ? 'holds' : 'fails',
          measured: `${without.linked} of ${without.trials} without delay, ${delayed.linked} with ${parameters.delay} s`,
          expected: 'fewer with the delay, and not none (99.9 % intervals apart)',
        }
      },
    },
    {
      id: 'simultaneous',
      statement: 'Without delay, every pair that the two directories see is linked.',
      source: '§3.2, Links Between Pseudonyms',
      stands: 'holds',
      check({ across, parameters }) {
        const point = across[0] as Point
        const [low, high] = wilson(point.linked, point.trials)
        const seen = linkProbability(parameters.directories, Number.MAX_SAFE_INTEGER, 1)
        return {
          verdict: low <= seen && seen <= high ? 'holds' : 'fails',
          measured: `${point.linked} of ${point.trials}`,
          expected: `${seen.toPrecision(3)}: the probability that both are seen`,
        }
      },
    },
    {
      id: 'constant-gap',
      statement:
        'Sending the second descriptor to one directory 30 seconds after the first hides that they belong together.',
      source: '§4.5',
      stands: 'fails',
      check: ({ gap }) => ({
        verdict: gap.paper < gap.pairs / 10 ? 'holds' : 'fails',
        measured: `${gap.paper} of ${gap.pairs} pairs have exactly the spacing between them`,
        expected: 'fewer than a tenth',
      }),
    },
    {
      id: 'random-gap',
      statement: 'With a random time added to the spacing, the gap is no mark.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ gap }) => ({
        verdict: gap.mended < gap.pairs / 10 ? 'holds' : 'fails',
        measured: `${gap.mended} of ${gap.pairs} pairs have the spacing between them, to 0.1 s`,
        expected: 'fewer than a tenth (0.3 % by chance)',
      }),
    },
  ],
})
