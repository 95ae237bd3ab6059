import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import type { Consensus } from '../../src/directory/consensus.ts'
import { Directory, type Relay } from '../../src/directory/directory.ts'
import type { Microdesc } from '../../src/directory/microdesc.ts'
import { positionWeight } from '../../src/directory/position-weight.ts'
import type { Hop } from '../../src/circuit/hop.ts'
import { CircuitBuilder } from '../../src/path/circuit-builder.ts'
import { chooseRelay, eligibleRelays } from '../../src/path/choose.ts'
import { Guards } from '../../src/path/guards.ts'
import { areRelated } from '../../src/path/relation.ts'
import { CircuitTimeout, paretoQuantile } from '../../src/path/timeout.ts'
import { chooseWeighted } from '../../src/path/weights.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

interface Sketch {
  nickname?: string
  address?: string
  ipv6?: string
  flags?: string
  bandwidth?: number
  family?: string[]
  port?: number
}

/** A directory of relays, each sketched by what matters. Microdescriptors are known of those that `isKnown` names. */
function directory(
  sketches: readonly Sketch[],
  weights: Record<string, number> = {},
  isKnown: (i: number) => boolean = () => true,
): Directory {
  const rng = testRng('directory')
  const microdescs = new Map<string, Microdesc>()
  const relays = sketches.map((sketch, i) => {
    const microdescDigest = `digest ${i}`
    const microdesc = {
      ntorKey: rng.bytes(32),
      ed25519Id: rng.bytes(32),
      family: new Set(sketch.family ?? []),
      exitPorts: { accepts: true, ranges: [[sketch.port ?? 1, sketch.port ?? 65_535] as const] },
    }
    if (isKnown(i)) microdescs.set(microdescDigest, microdesc)
    return {
      nickname: sketch.nickname ?? `relay${i}`,
      rsaId: new Uint8Array(20).fill(i),
      address: sketch.address ?? `10.${i}.0.1`,
      orPort: 9001,
      protocols: new Map(),
      flags: new Set(['Running', 'Valid', ...(sketch.flags ?? 'Fast Stable Guard Exit V2Dir').split(' ')]),
      microdescDigest,
      bandwidth: sketch.bandwidth ?? 1000,
      ...(sketch.ipv6 === undefined ? {} : { ipv6: { address: sketch.ipv6, port: 9001 } }),
    }
  })
  const consensus: Consensus = {
    validAfter: START,
    freshUntil: START + 3_600_000,
    validUntil: START + 3 * 3_600_000,
    votingIntervalSeconds: 3600,
    parameters: new Map(),
    bandwidthWeights: new Map(Object.entries(weights)),
    sharedRandom: {},
    relays,
  }
  return new Directory(consensus, microdescs)
}

function pair(a: Sketch, b: Sketch): boolean {
  const [one, other] = directory([a, b]).relays as [Relay, Relay]
  return areRelated(one, other)
}

const fingerprint = (byte: string) => `$${byte.repeat(20)}`

describe('relays are related', () => {
  it('in one /16 or one IPv6 /32', () => {
    expect(pair({ address: '10.1.2.3' }, { address: '10.1.9.9' })).toBe(true)
    expect(pair({ address: '10.1.2.3' }, { address: '10.2.2.3' })).toBe(false)
    expect(pair({ ipv6: '2001:db8:1::1' }, { ipv6: '2001:db8:2::1' })).toBe(true)
    expect(pair({ ipv6: '2001:db8:1::1' }, { ipv6: '2001:db9:1::1' })).toBe(false)
  })

  it('in a family that both declare', () => {
    expect(pair({ family: [fingerprint('01')] }, { family: [fingerprint('00')] })).toBe(true)
    expect(pair({ family: [fingerprint('01')] }, {})).toBe(false)
    expect(pair({ family: ['b'], nickname: 'a' }, { family: ['a'], nickname: 'b' })).toBe(true)
    expect(pair({ family: ['ed25519:x'] }, { family: ['ed25519:x'] })).toBe(true)
    expect(pair({ family: ['ed25519:x'] }, { family: ['ed25519:y'] })).toBe(false)
  })
})

describe('a relay may stand on a circuit that was built before', () => {
  const net = directory([
    {},
    { family: [fingerprint('05')] },
    {},
    {},
    { address: '10.0.7.7' },
    { family: [fingerprint('01')] },
  ])
  const hops = net.relays.map(({ hop }) => hop)
  const path = hops.slice(0, 3)
  const apart = (hop: Hop | undefined, distinctSubnets = true) =>
    new CircuitBuilder({
      directory: () => net,
      distinctSubnets,
      links: undefined as never,
      guards: undefined as never,
      clock: undefined as never,
      rng: testRng('apart'),
    }).isApart(path, hop as Hop)

  it('that is none of its relays, nor in the /16 or the family of one', () => {
    for (const own of path) expect(apart(own)).toBe(false)
    expect(apart(hops[3])).toBe(true)
    expect(apart(hops[4])).toBe(false)
    expect(apart(hops[4], false)).toBe(true)
    expect(apart(hops[5])).toBe(false)
  })

  it('that the consensus does not know, unless it is one of its own', () => {
    const unknown = { ...(hops[3] as Hop), rsaId: new Uint8Array(20).fill(99) }
    expect(apart(unknown)).toBe(true)
    // The same relay under other keys.
    expect(apart({ ...(hops[2] as Hop), ntorKey: new Uint8Array(32), ed25519Id: new Uint8Array(32) })).toBe(
      false,
    )
  })
})

describe('a relay is chosen', () => {
  it('in proportion to its weight', () => {
    // N = 20 000 draws, p = 0.3: five standard deviations are 324; false alarm 6e-7 for each of three counts.
    const rng = testRng('weights')
    const counts = [0, 0, 0]
    for (let i = 0; i < 20_000; i++) {
      const chosen = chooseWeighted([0, 1, 2], (item) => [0, 3, 7][item] as number, rng) as number
      counts[chosen] = (counts[chosen] as number) + 1
    }
    expect(counts[0]).toBe(0)
    expect(Math.abs((counts[1] as number) - 6000)).toBeLessThan(324)
  })

  it('evenly where nothing has weight, and not at all where there is nothing', () => {
    const rng = testRng('even')
    const seen = new Set(Array.from({ length: 100 }, () => chooseWeighted(['a', 'b'], () => 0, rng)))
    expect(seen).toEqual(new Set(['a', 'b']))
    expect(chooseWeighted([], () => 1, rng)).toBeUndefined()
  })

  it('by the factors for its position and flags', () => {
    const net = directory(
      [
        { flags: 'Guard' },
        { flags: 'Exit' },
        { flags: 'Guard Exit' },
        { flags: 'Fast' },
        { flags: 'Exit BadExit' },
      ],
      { Wgg: 1000, Wmg: 2000, Wme: 3000, Wmd: 4000, Wmm: 5000, Wee: 6000, Wed: 0 },
    )
    const weights = (position: 'guard' | 'middle' | 'exit') =>
      net.relays.map((relay) => positionWeight(net.consensus, relay, position))
    expect(weights('middle')).toEqual([200, 300, 400, 500, 500])
    expect(weights('guard')[0]).toBe(100)
    expect(weights('exit').slice(1, 3)).toEqual([600, 0])
  })

  it('with the flags and ports that are asked, apart from the others', () => {
    const net = directory([
      { port: 80 },
      { flags: 'Fast Exit BadExit' },
      { flags: 'Exit' },
      { address: '10.0.9.9' },
    ])
    const [first] = net.relays as [Relay]
    const names = (request: Parameters<typeof eligibleRelays>[1]) =>
      eligibleRelays(net, request).map(({ nickname }) => nickname)
    expect(names({ position: 'exit', port: 443 })).toEqual(['relay3'])
    expect(names({ position: 'exit', port: 80 })).toEqual(['relay0', 'relay3'])
    expect(names({ position: 'middle', apartFrom: [first] })).toEqual(['relay1'])
    expect(names({ position: 'middle', apartFrom: [first], distinctSubnets: false })).toEqual([
      'relay1',
      'relay3',
    ])
    expect(chooseRelay(net, { position: 'guard', flags: ['Never'] }, testRng('none'))).toBeUndefined()
  })
})

describe('the part of the paths that is known', () => {
  const flags = ['Fast Guard', 'Fast Guard', 'Fast', 'Fast', 'Exit', 'Exit']
  const part = (
    unknown: readonly number[],
    sketches: readonly Sketch[] = flags.map((one) => ({ flags: one })),
  ) => directory(sketches, {}, (i) => !unknown.includes(i)).knownBandwidth

  it('is the product of what is known of guards, middles and exits', () => {
    expect(part([])).toBe(1)
    expect(part([2])).toBeCloseTo(5 / 6)
    expect(part([0])).toBeCloseTo((1 / 2) * (5 / 6))
    expect(part([0, 4])).toBeCloseTo((1 / 2) * (4 / 6) * (1 / 2))
    expect(part([0, 1])).toBe(0)
  })

  it('goes by bandwidth, and counts where nobody has any', () => {
    const wide = flags.map((one, i) => ({ flags: one, bandwidth: i === 2 ? 15_000 : 1000 }))
    expect(part([2], wide)).toBeCloseTo(5 / 20)
    expect(
      part(
        [2],
        wide.map((one) => ({ ...one, bandwidth: 0 })),
      ),
    ).toBeCloseTo(5 / 6)
  })

  it('counts middles for exits in a network without any', () => {
    const inner = ['Guard', 'Guard', 'Fast', 'Exit BadExit'].map((one) => ({ flags: one }))
    expect(part([2], inner)).toBeCloseTo((3 / 4) * (3 / 4))
  })
})

describe('guards', () => {
  const net = directory(Array.from({ length: 40 }, () => ({})))
  const fresh = (saved?: Uint8Array) => {
    const guards = new Guards({ rng: testRng('guards'), ...(saved === undefined ? {} : { saved }) })
    guards.update(net, START)
    return guards
  }

  it('are a fifth of all at most, and the first of them is always used', () => {
    const guards = fresh()
    const saved = JSON.parse(new TextDecoder().decode(guards.save())) as { guards: unknown[] }
    expect(saved.guards).toHaveLength(8)
    const first = guards.choose(net, START)
    for (let i = 0; i < 20; i++) expect(guards.choose(net, START)).toBe(first)
  })

  it('are the same after a restart', () => {
    const guards = fresh()
    const first = guards.choose(net, START) as Relay
    guards.noteBuilt(first, START)
    const again = new Guards({ rng: testRng('other'), saved: guards.save() })
    again.update(net, START + DAY)
    expect(again.choose(net, START + DAY)?.nickname).toBe(first.nickname)
  })

  it('that fail are left for the next, and tried again later', () => {
    const guards = fresh()
    const first = guards.choose(net, START) as Relay
    guards.noteTried(first, START)
    guards.noteUnreachable(first, START)
    const second = guards.choose(net, START) as Relay
    expect(second).not.toBe(first)
    guards.noteBuilt(second, START)
    expect(guards.choose(net, START + 5 * 60_000)).toBe(second)
    guards.noteBuilt(first, START)
    expect([first, second]).toContain(guards.choose(net, START))
  })

  it('never leave their sample, though all of it fails', () => {
    const guards = fresh()
    const tried = new Set<string>()
    for (let i = 0; i < 100; i++) {
      const relay = guards.choose(net, START + i) as Relay
      tried.add(relay.nickname)
      guards.noteTried(relay, START + i)
      guards.noteUnreachable(relay, START + i)
    }
    expect(tried.size).toBe(8)
  })

  it('stand apart from the rest of the path', () => {
    const guards = fresh()
    const first = guards.choose(net, START) as Relay
    expect(guards.choose(net, START, [first])).not.toBe(first)
  })

  it('are dropped after their lifetime or when they have long left the network', () => {
    const guards = fresh()
    const names = () => guards.choose(net, START)?.nickname
    const before = names()
    guards.update(net, START + 121 * DAY)
    const saved = JSON.parse(new TextDecoder().decode(guards.save())) as { guards: { added: number }[] }
    expect(saved.guards.every(({ added }) => added > START)).toBe(true)
    expect(before).toBeDefined()
    const empty = directory([{ flags: 'Fast' }])
    const gone = fresh()
    gone.update(empty, START)
    gone.update(empty, START + 21 * DAY)
    expect(gone.choose(net, START)).toBeUndefined()
  })

  it('that let few circuits through are suspected', () => {
    const guards = fresh()
    const first = guards.choose(net, START) as Relay
    for (let i = 0; i < 149; i++) guards.noteNotBuilt(first)
    expect(guards.suspects(net)).toEqual([])
    guards.noteNotBuilt(first)
    expect(guards.suspects(net)).toEqual([first.nickname])
    for (let i = 0; i < 90; i++) guards.noteBuilt(first, START)
    expect(guards.suspects(net)).toEqual([])
  })

  it('are not excused by what they did long ago, and not blamed for being unreachable', () => {
    const guards = fresh()
    const first = guards.choose(net, START) as Relay
    for (let i = 0; i < 2000; i++) guards.noteBuilt(first, START)
    for (let i = 0; i < 300; i++) {
      guards.noteTried(first, START)
      guards.noteUnreachable(first, START)
    }
    expect(guards.suspects(net)).toEqual([])
    for (let i = 0; i < 400; i++) guards.noteNotBuilt(first)
    expect(guards.suspects(net)).toEqual([first.nickname])
  })

  it('are preferred in the order in which they were confirmed, whatever their blurred dates say', () => {
    // Twenty draws of the dates: without the order kept apart, half of them would put the second first.
    for (let draw = 0; draw < 20; draw++) {
      const guards = new Guards({ rng: testRng(`draw ${draw}`) })
      guards.update(net, START)
      const first = guards.choose(net, START) as Relay
      guards.noteBuilt(first, START)
      guards.noteTried(first, START)
      guards.noteUnreachable(first, START)
      const second = guards.choose(net, START) as Relay
      guards.noteBuilt(second, START + 1)
      guards.noteBuilt(first, START + 2)
      expect(guards.choose(net, START + 3)).toBe(first)
      const again = new Guards({ rng: testRng('again'), saved: guards.save() })
      expect(again.choose(net, START + 3)).toBe(first)
    }
  })

  it('survive a damaged file', () => {
    for (const saved of [
      '',
      'null',
      '{}',
      '{"schema":"warren.tor-guards/1","guards":[{},null,{"rsaId":"x"}]}',
    ])
      expect(fresh(new TextEncoder().encode(saved)).choose(net, START)).toBeDefined()
  })
})

describe('the time a circuit may take', () => {
  it('is long at first, then four fifths of what was seen', () => {
    const timeout = new CircuitTimeout()
    expect(timeout.milliseconds).toBe(60_000)
    const rng = testRng('times')
    // Pareto with Xm = 2000 ms and α = 4: its 0.8 quantile is 2000 · 5^(1/4) = 2991 ms.
    for (let i = 0; i < 1000; i++) {
      const u = ((rng.bytes(1)[0] as number) + 0.5) / 256
      timeout.note(2000 / (1 - u) ** (1 / 4))
    }
    expect(timeout.milliseconds).toBeGreaterThan(2500)
    expect(timeout.milliseconds).toBeLessThan(3500)
  })

  it('is longer for more hops: each costs the way to it', () => {
    const timeout = new CircuitTimeout()
    expect(timeout.forHops(3)).toBe(60_000)
    expect(timeout.forHops(4)).toBe(100_000)
    expect(timeout.forHops(1)).toBe(60_000)
  })

  it('is forgotten when 18 of the last 20 circuits are given up, and doubled when that did not help', () => {
    const timeout = new CircuitTimeout()
    for (let i = 0; i < 200; i++) timeout.note(10)
    for (let i = 0; i < 17; i++) timeout.noteTimeout()
    timeout.note(10)
    timeout.note(10)
    timeout.note(10)
    expect(timeout.milliseconds).toBe(1500)
    for (let i = 0; i < 18; i++) timeout.noteTimeout()
    expect(timeout.milliseconds).toBe(60_000)
    for (let i = 0; i < 18; i++) timeout.noteTimeout()
    expect(timeout.milliseconds).toBe(120_000)
    for (let i = 0; i < 180; i++) timeout.noteTimeout()
    expect(timeout.milliseconds).toBe(600_000)
  })

  it('is never shorter than 1.5 s', () => {
    const timeout = new CircuitTimeout()
    for (let i = 0; i < 200; i++) timeout.note(10)
    expect(timeout.milliseconds).toBe(1500)
    expect(paretoQuantile([25, 25, 25])).toBe(25)
  })
})
