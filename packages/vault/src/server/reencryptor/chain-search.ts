import type { AccountId, EdgeId, NodeId, SpaceId } from '../../protocol/index.ts'
import { DEVICE, epochText, type KeyGraph, OWNER, RECOVERY_IN, RECOVERY_OUT, SHARE } from './key-graph.ts'

/** From which key to which, for whom. */
export interface ChainQuery {
  from: NodeId
  /** A device of `account`, today. */
  to: NodeId
  account: AccountId
  /** For a space's epoch key: which, and as what the caller reads it. */
  epoch?: { space: SpaceId; number: number; as: 'owner' | 'member' }
  nowMs: number
  /** Only from device to device: no recovery on the way. */
  devicesOnly?: boolean
}

/**
 * The shortest chain of edges (paper §4.4), each used as its purpose says (docs/formats/vault.md, edges); undefined
 * when there is none, empty when the capsule is for the caller's own key.
 *
 * A search from both ends over states (key, passage): passage 0 is at a key of the space or the account, passage p ≥ 1
 * is between a recovery-out and the recovery-in of the same account, setup and user. There only edges to other devices
 * of that user may be followed.
 */
export function findChain(graph: KeyGraph, query: ChainQuery): EdgeId[] | undefined {
  if (query.from === query.to) return []
  const source = graph.node(query.from)
  const target = graph.node(query.to)
  if (source < 0 || target < 0) return undefined
  return new Search(graph, query).between(source, target)?.map((edge) => graph.edgeId(edge))
}

interface Passage {
  setup: number
  user: number
}

/** What one end has reached: by which edge, and from which state. */
interface Side {
  readonly via: Map<number, { edge: number; from: number } | undefined>
  frontier: number[]
}

class Search {
  readonly #graph: KeyGraph
  readonly #nodes: number
  readonly #account: number
  readonly #epoch: number
  readonly #asOwner: boolean
  readonly #nowMs: number
  readonly #devicesOnly: boolean
  readonly #passages: Passage[] = []

  constructor(graph: KeyGraph, query: ChainQuery) {
    this.#graph = graph
    this.#nodes = graph.nodeCount
    this.#account = graph.subject(query.account)
    this.#epoch =
      query.epoch === undefined ? -2 : graph.subject(epochText(query.epoch.space, query.epoch.number))
    this.#asOwner = query.epoch?.as === 'owner'
    this.#nowMs = query.nowMs
    this.#devicesOnly = query.devicesOnly === true
  }

  #passage(setup: number, user: number): number {
    const known = this.#passages.findIndex((p) => p.setup === setup && p.user === user)
    return known >= 0 ? known + 1 : this.#passages.push({ setup, user })
  }

  /** The passage after following `edge` from passage `p`, or before it when going backwards; −1 if it may not be. */
  #step(edge: number, p: number, backwards: boolean): number {
    const c = this.#graph.columns
    const subject = c.subject[edge] as number
    const mine = subject === this.#account
    switch (c.kind[edge] as number) {
      case OWNER:
        return p === 0 && this.#asOwner && subject === this.#epoch ? 0 : -1
      case SHARE:
        return p === 0 &&
          subject === this.#epoch &&
          c.party[edge] === this.#account &&
          (c.untilMs[edge] as number) > this.#nowMs
          ? 0
          : -1
      case DEVICE:
        return subject === (p === 0 ? this.#account : this.#passages[p - 1]?.user) ? p : -1
      case RECOVERY_OUT:
      case RECOVERY_IN: {
        if (this.#devicesOnly || !mine || c.usable[edge] !== 1) return -1
        const entering = (c.kind[edge] === RECOVERY_OUT) !== backwards
        const passage = this.#passage(c.setup[edge] as number, c.party[edge] as number)
        if (entering) return p === 0 ? passage : -1
        return p === passage ? 0 : -1
      }
      default:
        return -1
    }
  }

  /** Follows every edge of the frontier once; gives where it met the other side. */
  #expand(side: Side, other: Side, backwards: boolean): number | undefined {
    const graph = this.#graph
    const c = graph.columns
    const first = backwards ? graph.firstIn : graph.firstOut
    const next = backwards ? c.nextIn : c.nextOut
    const ends = backwards ? c.from : c.to
    const reached: number[] = []
    let met: number | undefined
    for (const state of side.frontier) {
      const node = state % this.#nodes
      const passage = Math.floor(state / this.#nodes)
      for (let edge = first[node] as number; edge >= 0; edge = next[edge] as number) {
        const after = this.#step(edge, passage, backwards)
        if (after < 0) continue
        const there = after * this.#nodes + (ends[edge] as number)
        if (side.via.has(there)) continue
        side.via.set(there, { edge, from: state })
        reached.push(there)
        if (other.via.has(there)) met ??= there
      }
    }
    side.frontier = reached
    return met
  }

  between(source: number, target: number): number[] | undefined {
    const begin = (state: number): Side => ({ via: new Map([[state, undefined]]), frontier: [state] })
    const ahead = begin(source)
    const back = begin(target)
    while (ahead.frontier.length > 0 && back.frontier.length > 0) {
      const forwards = this.#work(ahead, false) <= this.#work(back, true)
      const met = forwards ? this.#expand(ahead, back, false) : this.#expand(back, ahead, true)
      if (met !== undefined) return [...trace(ahead, met).toReversed(), ...trace(back, met)]
    }
    return undefined
  }

  /** A guess of the edges that expanding this side looks at, cut off early. */
  #work(side: Side, backwards: boolean): number {
    const first = backwards ? this.#graph.firstIn : this.#graph.firstOut
    const next = backwards ? this.#graph.columns.nextIn : this.#graph.columns.nextOut
    let work = 0
    for (const state of side.frontier)
      for (
        let edge = first[state % this.#nodes] as number;
        edge >= 0 && work < 4096;
        edge = next[edge] as number
      )
        work++
    return work + side.frontier.length
  }
}

function trace(side: Side, state: number): number[] {
  const edges: number[] = []
  for (let at = side.via.get(state); at !== undefined; at = side.via.get(at.from)) edges.push(at.edge)
  return edges
}
