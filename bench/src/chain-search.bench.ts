import type { Rng } from '@warren/primitives/rng'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import type { AccountId, EdgeId, EdgePurpose, NodeId, SpaceId } from '@warren/vault/protocol'
import { type ChainQuery, findChain, KeyGraph } from '@warren/vault/server'
import { measurement, type Report } from './harness.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

const KEYS = 100_000
const EDGES = 1_000_000
const QUERIES = 50
const GOAL_MS = 20

const account = 'account' as AccountId
const space = 'space' as SpaceId
const node = (n: number) => `node-${n}` as NodeId
const below = (rng: Rng, bound: number) => new DataView(rng.bytes(4).buffer).getUint32(0) % bound

function graphOf(
  count: number,
  edge: (i: number) => [from: number, to: number, purpose: EdgePurpose],
): KeyGraph {
  const graph = new KeyGraph()
  for (let i = 0; i < count; i++) {
    const [from, to, purpose] = edge(i)
    graph.add({ id: `edge-${i}` as EdgeId, from: node(from), to: node(to), purpose, usable: true })
  }
  return graph
}

/** Every edge may be followed, and leads anywhere: far worse than a vault, where most are another account's. */
function random(rng: Rng): KeyGraph {
  return graphOf(EDGES, () => [below(rng, KEYS), below(rng, KEYS), { kind: 'device', account }])
}

/** One space for all: 100 000 members, of whom each has devices. */
function star(): KeyGraph {
  return graphOf(EDGES, (i) => {
    const member = i % KEYS
    const of = `account-${member}` as AccountId
    return i < KEYS
      ? [KEYS, member, { kind: 'share', space, epoch: 0, account: of, untilMs: undefined }]
      : [member, KEYS + i, { kind: 'device', account: of }]
  })
}

/** Chain search (paper §4.4) in the key graph of a large vault. */
export const benchmark: Benchmark = {
  async run({ runs = 5, log }): Promise<Report> {
    const rng = unsafeSeededRng('chain search')
    const figures = (name: string, graph: KeyGraph, query: (i: number) => ChainQuery) => {
      log(`${name}: ${graph.nodeCount} keys, ${graph.edgeCount} edges`)
      const samples: number[] = []
      for (let i = 0; i < runs * QUERIES; i++) {
        const asked = query(i)
        const started = performance.now()
        findChain(graph, asked)
        if (i >= QUERIES) samples.push(performance.now() - started)
      }
      const measured = measurement(name, 'ms', samples)
      const sorted = samples.toSorted((a, b) => a - b)
      const late = sorted[Math.floor(sorted.length * 0.99)] as number
      return {
        name: `${name}; 99th percentile ${late.toFixed(2)} ms`,
        measured,
        goal: { text: `< ${GOAL_MS} ms`, met: late < GOAL_MS },
      }
    }
    const anywhere = figures('any two keys of a random graph', random(rng), () => ({
      from: node(below(rng, KEYS)),
      to: node(below(rng, KEYS)),
      account,
      nowMs: 0,
    }))
    const member = figures('a member’s device in a space of 100 000 members', star(), () => {
      const i = KEYS + below(rng, EDGES - KEYS)
      return {
        from: node(KEYS),
        to: node(KEYS + i),
        account: `account-${i % KEYS}` as AccountId,
        epoch: { space, number: 0, as: 'member' },
        nowMs: 0,
      }
    })
    return {
      schema: 'warren.bench/1',
      name: 'chain-search',
      machine: machine(),
      rows: [anywhere, member],
      notes: [
        `${QUERIES} searches a run, after ${QUERIES} uncounted; the goal is met when the 99th percentile is.`,
      ],
    }
  },
}
