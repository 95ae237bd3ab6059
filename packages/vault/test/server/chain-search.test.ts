import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountId, EdgeId, EdgePurpose, NodeId, SetupId, SpaceId } from '../../src/protocol/index.ts'
import { type ChainQuery, findChain } from '../../src/server/reencryptor/chain-search.ts'
import { KeyGraph } from '../../src/server/reencryptor/key-graph.ts'
import type { StoredEdge } from '../../src/server/store/store.ts'

const node = (n: number | string) => `node-${n}` as NodeId
const account = (n: number) => `account-${n}` as AccountId
const space = 'space' as SpaceId
const setup = (n: number) => `setup-${n}` as SetupId

function graphOf(edges: readonly (Omit<StoredEdge, 'id'> & { id?: string })[]) {
  const graph = new KeyGraph()
  const stored = edges.map((edge, i) => ({ ...edge, id: (edge.id ?? `edge-${i}`) as EdgeId }))
  for (const edge of stored) graph.add(edge)
  return { graph, stored }
}

const link = (from: number | string, to: number | string, purpose: EdgePurpose, usable = true) => ({
  from: node(from),
  to: node(to),
  purpose,
  usable,
})
const ofAccount = (n: number): EdgePurpose => ({ kind: 'device', account: account(n) })
const share = (n: number, untilMs?: number): EdgePurpose => ({
  kind: 'share',
  space,
  epoch: 0,
  account: account(n),
  untilMs,
})
const out = (a: number, user: number, locked = false): EdgePurpose => ({
  kind: 'recovery-out',
  account: account(a),
  setup: setup(a),
  user: account(user),
  locked,
})
const into = (a: number, user: number): EdgePurpose => ({
  kind: 'recovery-in',
  account: account(a),
  setup: setup(a),
  user: account(user),
})
const asMember = (from: number | string, to: number | string, a: number): ChainQuery => ({
  from: node(from),
  to: node(to),
  account: account(a),
  epoch: { space, number: 0, as: 'member' },
  nowMs: 1000,
})

describe('chain search', () => {
  it('follows a share only for its account, its epoch and its time', () => {
    const { graph } = graphOf([
      link('space', 1, share(1)),
      link('space', 2, share(2, 999)),
      link(1, 11, ofAccount(1)),
    ])
    expect(findChain(graph, asMember('space', 11, 1))).toEqual(['edge-0', 'edge-2'])
    expect(findChain(graph, asMember('space', 2, 2))).toBeUndefined()
    expect(findChain(graph, asMember('space', 1, 2))).toBeUndefined()
    expect(
      findChain(graph, { ...asMember('space', 1, 1), epoch: { space, number: 1, as: 'member' } }),
    ).toBeUndefined()
    expect(
      findChain(graph, { ...asMember('space', 1, 1), epoch: { space, number: 0, as: 'owner' } }),
    ).toBeDefined()
    expect(findChain(graph, { ...asMember('space', 1, 1), nowMs: 998 })).toBeDefined()
  })

  it('passes a recovery user only on the way back into the same account', () => {
    const edges = [
      link('space', 1, share(1)),
      link(1, 5, out(1, 5)),
      link(5, 2, into(1, 5)),
      link(5, 55, ofAccount(5)),
      link(55, 3, into(1, 5)),
      link(5, 6, out(5, 6)),
      link(6, 4, into(1, 5)),
      link(5, 7, ofAccount(1)),
    ]
    const { graph } = graphOf(edges)
    expect(findChain(graph, asMember('space', 2, 1))).toEqual(['edge-0', 'edge-1', 'edge-2'])
    // By another device of the user.
    expect(findChain(graph, asMember('space', 3, 1))).toHaveLength(4)
    // Never by the user's own recovery, nor by a device edge of the account while at the user's key.
    expect(findChain(graph, asMember('space', 4, 1))).toBeUndefined()
    expect(findChain(graph, asMember('space', 7, 1))).toBeUndefined()
    // The recovery user herself gets nothing.
    expect(findChain(graph, asMember('space', 5, 5))).toBeUndefined()
  })

  it('leaves a locked key alone until it is unlocked', () => {
    const { graph } = graphOf([
      link('space', 1, share(1)),
      link(1, 5, out(1, 5, true), false),
      link(5, 2, into(1, 5)),
    ])
    expect(findChain(graph, asMember('space', 2, 1))).toBeUndefined()
    graph.unlock('edge-1' as EdgeId)
    expect(findChain(graph, asMember('space', 2, 1))).toHaveLength(3)
  })

  it('forgets what is removed, and replaces what has the same ends and purpose', () => {
    const { graph } = graphOf([link('space', 1, share(1)), link(1, 11, ofAccount(1))])
    graph.add({ ...link('space', 1, share(1)), id: 'again' as EdgeId })
    expect(graph.edgeCount).toBe(2)
    expect(findChain(graph, asMember('space', 11, 1))).toEqual(['again', 'edge-1'])
    graph.remove('again' as EdgeId)
    expect(findChain(graph, asMember('space', 11, 1))).toBeUndefined()
    expect(graph.edgesFrom(node('space'))).toEqual([])
  })

  it('finds the shortest chain, as a plain search does (property, small graphs)', () => {
    const purposes = fc.constantFrom(
      ofAccount(1),
      ofAccount(2),
      share(1),
      share(2),
      out(1, 2),
      into(1, 2),
      out(1, 3),
      into(1, 3),
    )
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7), purposes), { maxLength: 40 })
    fc.assert(
      fc.property(edges, fc.nat(7), fc.nat(7), (drawn, from, to) => {
        const { graph, stored } = graphOf(drawn.map(([a, b, purpose]) => link(a, b, purpose)))
        const found = findChain(graph, asMember(from, to, 1))
        const plain = plainSearch(
          stored.filter((edge) => graph.has(edge.id)),
          node(from),
          node(to),
        )
        expect(found?.length).toBe(plain)
      }),
      { numRuns: 500, seed: 4 },
    )
  })
})

/** The rules of docs/formats/vault.md once more, as simply as they can be said: length of the shortest chain. */
function plainSearch(edges: readonly StoredEdge[], from: NodeId, to: NodeId): number | undefined {
  let reached = [{ at: from, passage: '' }]
  const seen = new Set([`${from}|`])
  for (let length = 0; reached.length > 0; length++) {
    if (reached.some(({ at, passage }) => at === to && passage === '')) return length
    const next: typeof reached = []
    for (const { at, passage } of reached)
      for (const { from: start, to: end, purpose } of edges) {
        if (start !== at) continue
        let after: string | undefined
        if (purpose.kind === 'share' && passage === '' && purpose.account === account(1)) after = ''
        if (purpose.kind === 'device' && purpose.account === (passage === '' ? account(1) : passage))
          after = passage
        if (purpose.kind === 'recovery-out' && passage === '') after = purpose.user
        if (purpose.kind === 'recovery-in' && passage === purpose.user) after = ''
        if (after === undefined || seen.has(`${end}|${after}`)) continue
        seen.add(`${end}|${after}`)
        next.push({ at: end, passage: after })
      }
    reached = next
  }
  return undefined
}
