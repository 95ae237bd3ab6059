import type { AccountId, EdgeId, NodeId, SetupId, SpaceId } from '../../protocol/index.ts'
import type { StoredEdge } from '../store/store.ts'

export const OWNER = 1
export const SHARE = 2
export const DEVICE = 3
export const RECOVERY_OUT = 4
export const RECOVERY_IN = 5
const KINDS = {
  owner: OWNER,
  share: SHARE,
  device: DEVICE,
  'recovery-out': RECOVERY_OUT,
  'recovery-in': RECOVERY_IN,
} as const

const NONE = -1

/** Texts as small integers, so that an edge is a row of numbers. */
class Interned {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []

  get size(): number {
    return this.#texts.length
  }
  add(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#texts.length
    this.#numbers.set(text, number)
    this.#texts.push(text)
    return number
  }
  /** −1 when it was never added. */
  find(text: string): number {
    return this.#numbers.get(text) ?? NONE
  }
  text(number: number): string {
    return this.#texts[number] as string
  }
}

/** The columns of the graph, for the search. Lists of a node's edges end with −1. */
export interface Columns {
  from: Int32Array
  to: Int32Array
  kind: Uint8Array
  /** owner, share: the space's epoch. device, recovery-*: the account. */
  subject: Int32Array
  /** share: the account it is for. recovery-*: the recovery user. */
  party: Int32Array
  /** recovery-*. */
  setup: Int32Array
  untilMs: Float64Array
  usable: Uint8Array
  nextOut: Int32Array
  nextIn: Int32Array
}

function columns(capacity: number): Columns {
  const ints = () => new Int32Array(capacity).fill(NONE)
  return {
    from: ints(),
    to: ints(),
    kind: new Uint8Array(capacity),
    subject: ints(),
    party: ints(),
    setup: ints(),
    untilMs: new Float64Array(capacity),
    usable: new Uint8Array(capacity),
    nextOut: ints(),
    nextIn: ints(),
  }
}

export const epochText = (space: SpaceId, epoch: number): string => `${space}/${epoch}`

/**
 * The key graph in memory: nodes are public keys, edges re-encryption keys with their purpose. About 50 bytes an edge
 * and its id; the keys themselves stay in the store.
 */
export class KeyGraph {
  readonly #nodes = new Interned()
  readonly #texts = new Interned()
  readonly #edges = new Map<EdgeId, number>()
  readonly #ids: (EdgeId | undefined)[] = []
  readonly #free: number[] = []
  #columns = columns(1024)
  #firstOut = new Int32Array(1024).fill(NONE)
  #firstIn = new Int32Array(1024).fill(NONE)

  get columns(): Readonly<Columns> {
    return this.#columns
  }
  get firstOut(): Int32Array {
    return this.#firstOut
  }
  get firstIn(): Int32Array {
    return this.#firstIn
  }
  get nodeCount(): number {
    return this.#nodes.size
  }
  get edgeCount(): number {
    return this.#edges.size
  }
  /** −1 when there is no edge to or from it. */
  node(id: NodeId): number {
    return this.#nodes.find(id)
  }
  /** −1 when no edge speaks of it. */
  subject(text: AccountId | SetupId | string): number {
    return this.#texts.find(text)
  }
  edgeId(edge: number): EdgeId {
    return this.#ids[edge] as EdgeId
  }

  #node(id: NodeId): number {
    const node = this.#nodes.add(id)
    if (node >= this.#firstOut.length) {
      this.#firstOut = grown(this.#firstOut)
      this.#firstIn = grown(this.#firstIn)
    }
    return node
  }

  #edge(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const edge = this.#ids.length
    this.#ids.push(undefined)
    if (edge >= this.#columns.from.length) {
      const larger = columns(this.#columns.from.length * 2)
      for (const name of Object.keys(larger) as (keyof Columns)[]) larger[name].set(this.#columns[name])
      this.#columns = larger
    }
    return edge
  }

  /** Puts an edge in, in the place of one with the same ends and purpose. */
  add(stored: StoredEdge): void {
    const { purpose } = stored
    const from = this.#node(stored.from)
    const to = this.#node(stored.to)
    const kind = KINDS[purpose.kind]
    const text = (value: string) => this.#texts.add(value)
    const subject = text('space' in purpose ? epochText(purpose.space, purpose.epoch) : purpose.account)
    const party =
      purpose.kind === 'share' ? text(purpose.account) : 'user' in purpose ? text(purpose.user) : NONE
    const setup = 'setup' in purpose ? text(purpose.setup) : NONE
    this.#removeSame(from, to, kind, subject, party, setup)
    const edge = this.#edge()
    const c = this.#columns
    c.from[edge] = from
    c.to[edge] = to
    c.kind[edge] = kind
    c.subject[edge] = subject
    c.party[edge] = party
    c.setup[edge] = setup
    c.untilMs[edge] = purpose.kind === 'share' ? (purpose.untilMs ?? Infinity) : Infinity
    c.usable[edge] = stored.usable ? 1 : 0
    c.nextOut[edge] = this.#firstOut[from] as number
    this.#firstOut[from] = edge
    c.nextIn[edge] = this.#firstIn[to] as number
    this.#firstIn[to] = edge
    this.#ids[edge] = stored.id
    this.#edges.set(stored.id, edge)
  }

  #removeSame(from: number, to: number, kind: number, subject: number, party: number, setup: number): void {
    const c = this.#columns
    for (let e = this.#firstIn[to] as number; e !== NONE; e = c.nextIn[e] as number)
      if (
        c.from[e] === from &&
        c.kind[e] === kind &&
        c.subject[e] === subject &&
        c.party[e] === party &&
        c.setup[e] === setup
      ) {
        this.remove(this.edgeId(e))
        return
      }
  }

  /** No error when it is not there. */
  remove(id: EdgeId): void {
    const edge = this.#edges.get(id)
    if (edge === undefined) return
    const c = this.#columns
    unlink(this.#firstOut, c.from[edge] as number, c.nextOut, edge)
    unlink(this.#firstIn, c.to[edge] as number, c.nextIn, edge)
    this.#ids[edge] = undefined
    this.#edges.delete(id)
    this.#free.push(edge)
  }

  unlock(id: EdgeId): void {
    const edge = this.#edges.get(id)
    if (edge !== undefined) this.#columns.usable[edge] = 1
  }

  has(id: EdgeId): boolean {
    return this.#edges.has(id)
  }

  #column<T>(id: EdgeId, read: (columns: Columns, edge: number) => T): T | undefined {
    const edge = this.#edges.get(id)
    return edge === undefined ? undefined : read(this.#columns, edge)
  }
  kindOf(id: EdgeId): number | undefined {
    return this.#column(id, (c, edge) => c.kind[edge] as number)
  }
  setupOf(id: EdgeId): string | undefined {
    return this.#column(id, (c, edge) => this.#texts.text(c.setup[edge] as number))
  }
  /** A share's account, or a recovery key's user. */
  partyOf(id: EdgeId): string | undefined {
    return this.#column(id, (c, edge) => this.#texts.text(c.party[edge] as number))
  }
  /** The account of a device or recovery key. */
  subjectOf(id: EdgeId): string | undefined {
    return this.#column(id, (c, edge) => this.#texts.text(c.subject[edge] as number))
  }

  /** The key that it leads to. */
  endOf(id: EdgeId): NodeId {
    const node = this.#column(id, (c, edge) => this.#nodes.text(c.to[edge] as number))
    if (node === undefined) throw new RangeError('edge: not in the graph')
    return node as NodeId
  }

  #collect(list: Int32Array, first: number): EdgeId[] {
    const out: EdgeId[] = []
    for (let e = first; e !== NONE; e = list[e] as number) out.push(this.edgeId(e))
    return out
  }
  edgesFrom(node: NodeId): EdgeId[] {
    const n = this.#nodes.find(node)
    return n === NONE ? [] : this.#collect(this.#columns.nextOut, this.#firstOut[n] as number)
  }
  edgesTo(node: NodeId): EdgeId[] {
    const n = this.#nodes.find(node)
    return n === NONE ? [] : this.#collect(this.#columns.nextIn, this.#firstIn[n] as number)
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2).fill(NONE)
  larger.set(array)
  return larger
}

function unlink(first: Int32Array, node: number, next: Int32Array, edge: number): void {
  if (first[node] === edge) {
    first[node] = next[edge] as number
    return
  }
  for (let e = first[node] as number; e !== NONE; e = next[e] as number)
    if (next[e] === edge) {
      next[e] = next[edge] as number
      return
    }
}
