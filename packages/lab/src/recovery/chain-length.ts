import { randomBelow } from '@warren/primitives/rng'
import { defineScenario } from '../scenario.ts'
import { KeyGraph } from './key-graph.ts'

interface Case {
  name: string
  /** What §4.4 says. */
  expected: number
  measured: number
}

interface Story {
  /** R1 and R2 in the order in which they happened. */
  recoveries: string
  ownersPrimary: number
  newReceiver: number
  expected: number
}

interface Result {
  defaults: Case[]
  stories: Story[]
  /** Chain length after two recoveries with the help of the same recovery user. */
  sameRecoveryUserTwice: number
  /** Chain length of a receiver who had the share before an R1. */
  oldReceiverAfterR1: number
}

const UNREACHABLE = Number.NaN

/** The data's owner A and a receiver B, each with a primary and a secondary device; A shares from either. */
function defaultCases(): Case[] {
  const graph = new KeyGraph()
  for (const [from, to] of [
    ['A1', 'A2'],
    ['B1', 'B2'],
  ] as const)
    graph.add(from, to)
  const own = (device: string, expected: number): Case => ({
    name: `owner, on ${device}`,
    expected,
    measured: graph.distance('A1', device) ?? UNREACHABLE,
  })
  const shared = (from: string, to: string, expected: number): Case => {
    const withShare = graph.copy()
    withShare.add(from, 'B1')
    return {
      name: `shared from ${from}, read on ${to}`,
      expected,
      measured: withShare.distance('A1', to) ?? UNREACHABLE,
    }
  }
  return [
    own('A1', 0),
    own('A2', 1),
    shared('A1', 'B1', 1),
    shared('A2', 'B1', 2),
    shared('A1', 'B2', 2),
    shared('A2', 'B2', 3),
  ]
}

/** Old data of A1 after the given recoveries, each R2 with another recovery user. */
function afterRecoveries(kinds: readonly ('R1' | 'R2')[]): Story {
  const graph = new KeyGraph()
  let primary = 'A1'
  for (const [i, kind] of kinds.entries()) {
    if (kind === 'R1') {
      const secondary = `A${i + 2}`
      graph.add(primary, secondary)
      graph.promote(primary, secondary)
      primary = secondary
    } else {
      const fresh = `A${i + 2}`
      graph.add(primary, `RU${i}`)
      graph.add(`RU${i}`, fresh)
      graph.promote(primary, fresh, `RU${i}`)
      primary = fresh
    }
  }
  graph.add(primary, 'B1')
  const expected = kinds.reduce((sum, kind) => sum + (kind === 'R1' ? 1 : 2), 0)
  return {
    recoveries: kinds.join(', ') || 'none',
    ownersPrimary: graph.distance('A1', primary) ?? UNREACHABLE,
    newReceiver: graph.distance('A1', 'B1') ?? UNREACHABLE,
    expected,
  }
}

function sameRecoveryUserTwice(): number {
  const graph = new KeyGraph()
  graph.add('A1', 'RU')
  graph.add('RU', 'A2')
  graph.add('A2', 'RU')
  graph.add('RU', 'A3')
  return graph.distance('A1', 'A3') ?? UNREACHABLE
}

function oldReceiverAfterR1(): number {
  const graph = new KeyGraph()
  graph.add('A1', 'A2')
  graph.add('A1', 'B1')
  graph.promote('A1', 'A2')
  return graph.distance('A1', 'B1') ?? UNREACHABLE
}

export const chainLength = defineScenario<{ recoveries: number }, Result>({
  id: 'recovery/chain-length',
  title: 'Length of the re-encryption chain',
  source: { paper: 'recovery', section: '§4.4' },
  summary:
    'Builds the graph of re-encryption keys as Protocols 1 and 2 do and counts the edges of the shortest chain from the device for which the data was encrypted to the device that asks: in each default case, and after recoveries with a secondary device (R1, which re-makes the outgoing keys) and with a recovery user (R2).',
  parameters: {
    recoveries: {
      kind: 'integer',
      default: 6,
      min: 1,
      max: 30,
      help: 'recoveries in the longest random story',
    },
  },
  run({ recoveries }, { rng }) {
    const fixed: ('R1' | 'R2')[][] = [
      [],
      ['R1'],
      ['R2'],
      ['R1', 'R1'],
      ['R2', 'R2'],
      ['R1', 'R2'],
      ['R2', 'R1'],
    ]
    const random = Array.from({ length: 5 }, () =>
      Array.from({ length: recoveries }, () => (randomBelow(rng, 2) === 0 ? 'R1' : 'R2')),
    )
    return Promise.resolve({
      defaults: defaultCases(),
      stories: [...fixed, ...random].map(afterRecoveries),
      sameRecoveryUserTwice: sameRecoveryUserTwice(),
      oldReceiverAfterR1: oldReceiverAfterR1(),
    })
  },
  figures: ({ defaults, stories }) => [
    {
      kind: 'table',
      title: 'Without recovery',
      columns: [{ name: 'case' }, { name: 're-encryptions' }, { name: '§4.4' }],
      rows: defaults.map(({ name, measured, expected }) => [name, measured, expected]),
    },
    {
      kind: 'table',
      title: 'Data from before the recoveries',
      columns: [
        { name: 'recoveries' },
        { name: 'to the new primary' },
        { name: 'to a new receiver' },
        { name: '+2 and +1, added' },
      ],
      rows: stories.map((s) => [s.recoveries, s.ownersPrimary, s.newReceiver, s.expected]),
    },
  ],
  claims: [
    {
      id: 'default-cases',
      statement:
        'Without recovery a chain has 0 to 3 re-encryptions: +1 if shared by a secondary, +1 if accessed by one.',
      source: '§4.1, §4.4',
      stands: 'holds',
      check: ({ defaults }) => ({
        verdict: defaults.every((c) => c.measured === c.expected) ? 'holds' : 'fails',
        measured: defaults.map((c) => c.measured).join(', '),
        expected: defaults.map((c) => c.expected).join(', '),
      }),
    },
    {
      id: 'plus-two-plus-one',
      statement:
        'Each recovery with another recovery user adds 2, each recovery with a secondary device adds 1.',
      source: '§4.4',
      stands: 'holds',
      check: ({ stories }) => ({
        verdict: stories.every((s) => s.ownersPrimary === s.expected && s.newReceiver === s.expected + 1)
          ? 'holds'
          : 'fails',
        measured: stories.map((s) => s.ownersPrimary).join(', '),
        expected: stories.map((s) => s.expected).join(', '),
      }),
    },
    {
      id: 'plus-two-each-time',
      statement: 'Every recovery with recovery users adds 2, whoever they are.',
      source: '§4.4, read literally',
      stands: 'fails',
      check: ({ sameRecoveryUserTwice: length }) => ({
        verdict: length === 4 ? 'holds' : 'fails',
        measured: `${length} after two recoveries with one recovery user`,
        expected: '4',
      }),
    },
    {
      id: 'at-most-plus-two',
      statement:
        'A recovery with recovery users adds at most 2: the same recovery user twice is a short cut.',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ sameRecoveryUserTwice: length }) => ({
        verdict: length === 2 ? 'holds' : 'fails',
        measured: `${length}`,
        expected: '2: first device → recovery user → newest device',
      }),
    },
    {
      id: 'old-receivers-keep-their-chain',
      statement: 'A receiver who had a share before an R1 reads old data over the chain she had.',
      source: '§4.2 (R1), §4.4 (shortest chain)',
      stands: 'holds',
      check: ({ oldReceiverAfterR1: length }) => ({
        verdict: length === 1 ? 'holds' : 'fails',
        measured: `${length}`,
        expected: '1',
      }),
    },
  ],
})
