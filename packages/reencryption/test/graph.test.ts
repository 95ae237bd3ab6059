import { utf8, xorBytes } from '@warren/primitives/bytes'
import { hexText } from '@warren/primitives/encoding'
import { loadPairing } from '@warren/primitives/pairing-load'
import { type Rng, randomBelow } from '@warren/primitives/rng'
import {
  ConstantsCache,
  type KeyPair,
  loadSuite,
  ReencryptionError,
  type SuiteId,
} from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePath, type PathCapsule } from '../src/split-capsule.ts'
import { decodeKey } from '../src/split-key.ts'

const context = utf8('graph')

interface Graph {
  people: KeyPair[]
  /** edges[a][b] is the re-encryption key a→b. */
  edges: (Uint8Array | undefined)[][]
}

/** Shortest chains from `start`, by breadth first: the nodes to each reachable node. */
function chains(graph: Graph, start: number): Map<number, number[]> {
  const found = new Map([[start, [start]]])
  const queue = [start]
  for (let at = queue.shift(); at !== undefined; at = queue.shift())
    for (const [to, edge] of (graph.edges[at] ?? []).entries())
      if (edge !== undefined && !found.has(to)) {
        found.set(to, [...(found.get(at) ?? []), to])
        queue.push(to)
      }
  return found
}

describe.each<SuiteId>(['cai-liu', 'split'])('%s on random key graphs', (id) => {
  it('opens for whoever a chain leads to, and for nobody else', async () => {
    const suite = await loadSuite(id)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 2, max: 5 }),
        async (seed, size) => {
          const rng: Rng = testRng(`graph ${id} ${seed}`)
          const people = Array.from({ length: size }, () => suite.generateKeyPair(rng))
          const edges = people.map((from, a) =>
            people.map((to, b) =>
              a !== b && randomBelow(rng, 3) === 0
                ? suite.reencryptionKey(from.secretKey, to.publicKey, rng)
                : undefined,
            ),
          )
          const { key, capsule } = suite.encapsulate((people[0] as KeyPair).publicKey, context, rng)
          const reachable = chains({ people, edges }, 0)
          const caches = { server: new ConstantsCache(), client: new ConstantsCache() }
          for (const [node, person] of people.entries()) {
            const nodes = reachable.get(node)
            if (nodes === undefined) {
              expect(() => suite.decapsulate(person.secretKey, capsule, context)).toThrow(ReencryptionError)
              continue
            }
            const chain = nodes.slice(1).map((to, i) => edges[nodes[i] as number]?.[to] as Uint8Array)
            const moved = suite.reencryptAlong(chain, capsule, rng, caches.server)
            expect(suite.levelOf(moved)).toBe(chain.length + 1)
            expect(suite.decapsulate(person.secretKey, moved, context, caches.client).equals(key)).toBe(true)
            const other = people[(node + 1) % size] as KeyPair
            expect(() => suite.decapsulate(other.secretKey, moved, context)).toThrow(ReencryptionError)
          }
        },
      ),
      { numRuns: 6, seed: 2 },
    )
  })

  it('refuses a re-encryption key of another edge', async () => {
    const suite = await loadSuite(id)
    const rng = testRng(`edges ${id}`)
    const [a, b, c, d] = [0, 1, 2, 3].map(() => suite.generateKeyPair(rng)) as [
      KeyPair,
      KeyPair,
      KeyPair,
      KeyPair,
    ]
    const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
    const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
    const cd = suite.reencryptionKey(c.secretKey, d.publicKey, rng)
    const { capsule } = suite.encapsulate(a.publicKey, context, rng)
    const forB = suite.reencrypt(ab, capsule, rng)
    expect(() => suite.reencrypt(cd, forB, rng, undefined, ab)).toThrow(ReencryptionError)
    // Not backwards: b→c does not turn c's capsules into b's.
    const forC = suite.reencrypt(bc, suite.encapsulate(b.publicKey, context, rng).capsule, rng)
    expect(() => suite.reencrypt(bc, forC, rng, undefined, bc)).toThrow(ReencryptionError)
    expect(() => suite.checkReencryptionKey(ab, b.publicKey, a.publicKey)).toThrow(ReencryptionError)
    expect(() => suite.checkReencryptionKey(ab, a.publicKey, c.publicKey)).toThrow(ReencryptionError)
    // A wrong first edge is found at the latest by who opens.
    const open = () => {
      const wrong = suite.reencrypt(bc, capsule, rng)
      return suite.decapsulate(c.secretKey, wrong, context)
    }
    expect(open).toThrow(ReencryptionError)
  })

  it('gives the same with caches as without, and bounds them', async () => {
    const suite = await loadSuite(id)
    const rng = testRng(`cache ${id}`)
    const people = [0, 1, 2].map(() => suite.generateKeyPair(rng)) as [KeyPair, KeyPair, KeyPair]
    const server = new ConstantsCache(16)
    const client = new ConstantsCache(16)
    const chain = [0, 1].map((i) =>
      suite.reencryptionKey(
        (people[i] as KeyPair).secretKey,
        (people[i + 1] as KeyPair).publicKey,
        rng,
        client,
      ),
    )
    for (let round = 0; round < 3; round++) {
      const { key, capsule } = suite.encapsulate(people[0].publicKey, context, rng, client)
      const moved = suite.reencryptAlong(chain, capsule, rng, server)
      for (const cache of [client, undefined])
        expect(suite.decapsulate(people[2].secretKey, moved, context, cache).equals(key)).toBe(true)
    }
    expect(server.size).toBeLessThanOrEqual(16)
    client.clear()
    expect(client.size).toBe(0)
    // A cache that another secret key filled gives nothing away.
    const { capsule } = suite.encapsulate(people[0].publicKey, context, rng)
    suite.decapsulate(people[0].secretKey, capsule, context, client)
    expect(() => suite.decapsulate(people[1].secretKey, capsule, context, client)).toThrow(ReencryptionError)
  })
})

describe('the path form of split', () => {
  it('opens with one block for chains of any length, once the path is known', async () => {
    const suite = await loadSuite('split')
    const { path } = suite
    if (path === undefined) throw new Error('split has a path form')
    const rng = testRng('path')
    const people = Array.from({ length: 7 }, () => suite.generateKeyPair(rng))
    const secret = (i: number) => (people[i] as KeyPair).secretKey
    const chain = people.slice(1).map((to, i) => suite.reencryptionKey(secret(i), to.publicKey, rng))
    for (let length = 1; length <= 6; length++) {
      const receiver = people[length] as KeyPair
      const part = chain.slice(0, length)
      const cache = new ConstantsCache()
      const { key, capsule } = suite.encapsulate((people[0] as KeyPair).publicKey, context, rng)
      const moved = path.reencrypt(part, capsule, rng)
      expect(moved).toHaveLength(2 + 272)
      expect(path.knows(receiver.publicKey, moved, cache)).toBe(false)
      expect(() => suite.decapsulate(receiver.secretKey, moved, context, cache)).toThrow(ReencryptionError)
      const opening = path.opening(part, rng)
      path.learn(receiver.secretKey, opening, cache)
      expect(path.knows(receiver.publicKey, moved, cache)).toBe(true)
      expect(suite.decapsulate(receiver.secretKey, moved, context, cache).equals(key)).toBe(true)
      expect(() => suite.decapsulate(receiver.secretKey, moved, utf8('other'), cache)).toThrow(
        ReencryptionError,
      )
      expect(() => path.learn(secret(0), opening, cache)).toThrow(ReencryptionError)
    }
    expect(() => path.opening([chain[0] as Uint8Array, chain[2] as Uint8Array], rng)).toThrow(
      ReencryptionError,
    )
    expect(() => path.opening([], rng)).toThrow(RangeError)
  })

  it('with a cache shares S among the capsules of a chain, but no pad', async () => {
    const group = await loadPairing()
    const suite = await loadSuite('split')
    const { path } = suite
    if (path === undefined) throw new Error('split has a path form')
    const rng = testRng('path ephemeral')
    const [a, b, c] = [0, 1, 2].map(() => suite.generateKeyPair(rng)) as [KeyPair, KeyPair, KeyPair]
    const ab = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
    const again = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
    const bc = suite.reencryptionKey(b.secretKey, c.publicKey, rng)
    const chain = [ab, bc]
    const server = new ConstantsCache()
    const client = new ConstantsCache()
    path.learn(c.secretKey, path.opening(chain, rng), client)
    const made = [0, 1].map(() => suite.encapsulate(a.publicKey, context, rng))
    const moved = made.map(({ capsule }) => path.reencrypt(chain, capsule, rng, server))
    for (const [i, bytes] of moved.entries())
      expect(suite.decapsulate(c.secretKey, bytes, context, client).equals(made[i]!.key)).toBe(true)

    const [one, two] = moved.map((bytes) => decodePath(bytes)) as [PathCapsule, PathCapsule]
    expect(one.s).toEqual(two.s)
    const tau = group.scalar.decode(decodeKey(ab).tau)
    const pad = ({ origin, payload }: PathCapsule) =>
      xorBytes(payload, group.g1.encode(group.g1.multiply(group.g1.decode(origin.c1), tau)))
    expect(pad(one)).not.toEqual(pad(two))

    // Another edge, another receiver, or no cache: another S.
    const { capsule } = made[0]!
    const others = [
      path.reencrypt([again, bc], capsule, rng, server),
      path.reencrypt([ab], capsule, rng, server),
      path.reencrypt(chain, capsule, rng),
      path.reencrypt(chain, capsule, rng),
    ].map((bytes) => hexText.encode(decodePath(bytes).s))
    expect(new Set([hexText.encode(one.s), ...others]).size).toBe(5)
  })

  it('is not offered by cai-liu', async () => {
    expect((await loadSuite('cai-liu')).path).toBeUndefined()
  })
})
