import { eventually as settledOn } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it, vi } from 'vitest'
import type { Hop } from '../../src/circuit/hop.ts'
import { LinkPool } from '../../src/link/link-pool.ts'
import { onionNetwork } from '../../src/onion-network.ts'
import { type CircuitRequest, CircuitBuilder } from '../../src/path/circuit-builder.ts'
import { Guards } from '../../src/path/guards.ts'
import { clientNetwork, START } from '../fake/client-network.ts'
import type { Lie } from '../fake/relay.ts'

const MINUTE = 60_000
/** What a fourth hop may take where nothing was learnt yet: 100 s for four without the 60 s for three. */
const FOURTH_HOP_MS = 40_000
const stalls: Lie = () => undefined
/** Somewhere that no relay can extend to. */
const NOWHERE: Hop = {
  rsaId: new Uint8Array(20).fill(9),
  ed25519Id: new Uint8Array(32).fill(9),
  ntorKey: new Uint8Array(32).fill(9),
  addresses: [{ address: '10.99.0.1', port: 9001 }],
}

interface Counts {
  circuits: number
  built: number
  confirmed?: number
}

/** A builder with guards that can be looked at, over relays in memory. */
async function stage() {
  const { start, clock, relays, connect } = clientNetwork()
  const { directory } = await start()
  const rng = testRng('builder')
  const guards = new Guards({ rng })
  guards.update(directory, START)
  const builder = new CircuitBuilder({
    links: new LinkPool({ connect, clock, rng }),
    guards,
    directory: () => directory,
    clock,
    rng,
  })
  const eventually = <T>(promise: Promise<T>) =>
    settledOn(clock, promise, { mostMs: 3_600_000, stepMs: 1000 })
  const counts = () => {
    const saved = JSON.parse(new TextDecoder().decode(guards.save())) as { guards: Counts[] }
    const sum = (of: (guard: Counts) => number) => saved.guards.reduce((total, guard) => total + of(guard), 0)
    return {
      circuits: sum(({ circuits }) => circuits),
      built: sum(({ built }) => built),
      confirmed: saved.guards.filter(({ confirmed }) => confirmed !== undefined).length,
    }
  }
  const build = (request: CircuitRequest = {}) => eventually(builder.buildChosen(request))
  const apart = (path: readonly Hop[]) =>
    relays.find(({ hop }) => builder.isApart(path, hop)) as (typeof relays)[0]
  return { clock, relays, builder, build, eventually, counts, apart }
}

describe('a circuit that stood ready is extended', () => {
  it('by a relay apart from it, and carries streams to there', async () => {
    const { builder, build, apart, counts } = await stage()
    const built = await build()
    expect(built.path).toHaveLength(3)
    const next = apart(built.path)
    const circuit = await builder.extend(built, next.hop)
    expect(circuit).toBe(built.circuit)
    expect(circuit.hops).toBe(4)
    const stream = await circuit.openStream('example.org:80')
    await stream.write(new TextEncoder().encode('GET'))
    expect(new TextDecoder().decode(await stream.read())).toContain('hello from example.org:80')
    expect(counts()).toEqual({ circuits: 1, built: 1, confirmed: 1 })
  })

  it('in the time of one hop: then it is closed, and its guard has a circuit that was not built', async () => {
    const { builder, build, apart, counts, clock, relays } = await stage()
    const built = await build()
    const { hop } = apart(built.path)
    for (const relay of relays) relay.options.lies = { extended: stalls }
    const extending = builder.extend(built, hop).catch((error: unknown) => error)
    await clock.advance(FOURTH_HOP_MS - 1000)
    expect(built.circuit.isOpen).toBe(true)
    await clock.advance(2000)
    expect(await extending).toMatchObject({
      code: 'tor/timeout',
      message: 'Extending a circuit took too long.',
    })
    expect(built.circuit.isOpen).toBe(false)
    expect(counts()).toEqual({ circuits: 2, built: 1, confirmed: 1 })
  })

  it.each(['garbage', 'another key'] as const)('and closed where the relay answers with %s', async (what) => {
    const { builder, build, apart, counts, relays, eventually } = await stage()
    const built = await build()
    const { hop } = apart(built.path)
    const lie: Lie = (honest) =>
      what === 'garbage' ? testRng('garbage').bytes(40) : honest.with(5, (honest[5] ?? 0) ^ 1)
    for (const relay of relays) relay.options.lies = { extended: lie }
    await expect(eventually(builder.extend(built, hop))).rejects.toMatchObject({ name: 'TorError' })
    expect(built.circuit.isOpen).toBe(false)
    expect(counts()).toEqual({ circuits: 2, built: 1, confirmed: 1 })
  })

  it('and closed when nobody waits any more, which counts against nobody', async () => {
    const { builder, build, counts, clock } = await stage()
    const built = await build()
    const stop = new AbortController()
    const extending = builder.extend(built, NOWHERE, { signal: stop.signal }).catch((error: unknown) => error)
    await clock.advance(1000)
    stop.abort(new Error('enough'))
    expect(await extending).toMatchObject({ code: 'tor/circuit', message: 'Cancelled.' })
    expect(built.circuit.isOpen).toBe(false)
    expect(counts()).toEqual({ circuits: 1, built: 1, confirmed: 1 })
  })
})

describe('a relay that somebody else chose', () => {
  it('is tried as often as is said, and five times where nothing is', async () => {
    const { builder, build } = await stage()
    const chosen = vi.spyOn(builder, 'choosePath')
    const fails = { code: 'tor/circuit', message: 'No circuit could be built.' }
    await expect(build({ length: 4, last: NOWHERE, attempts: 2 })).rejects.toMatchObject(fails)
    expect(chosen).toHaveBeenCalledTimes(2)
    await expect(build({ length: 4, last: NOWHERE })).rejects.toMatchObject(fails)
    expect(chosen).toHaveBeenCalledTimes(7)
  })

  it('counts neither for nor against the guards: she could blame them, or excuse them', async () => {
    const { build, builder, counts, apart, eventually } = await stage()
    const toNowhere = { length: 4, last: NOWHERE, attempts: 2 }
    await expect(build({ ...toNowhere, foreignEnd: true })).rejects.toThrow('No circuit')
    expect(counts()).toEqual({ circuits: 0, built: 0, confirmed: 0 })
    const built = await build()
    await expect(eventually(builder.extend(built, NOWHERE, { foreignEnd: true }))).rejects.toThrow('too long')
    expect(built.circuit.isOpen).toBe(false)
    expect(counts()).toEqual({ circuits: 1, built: 1, confirmed: 1 })
    await build({ length: 4, last: apart(built.path).hop, foreignEnd: true })
    expect(counts()).toEqual({ circuits: 1, built: 1, confirmed: 1 })
    // One of our own choice does.
    await expect(build(toNowhere)).rejects.toThrow('No circuit')
    expect(counts()).toEqual({ circuits: 3, built: 1, confirmed: 1 })
  })

  it('cannot change how long circuits may take: the first three hops are what is measured', async () => {
    const { build, builder, relays } = await stage()
    for (let i = 0; i < 20; i++)
      await build({ length: 4, last: NOWHERE, attempts: 1, foreignEnd: true }).catch(() => {})
    expect(builder.timeout.milliseconds).toBe(MINUTE)
    for (const relay of relays) relay.options.lies = { extended: stalls }
    for (let i = 0; i < 20; i++) await build({ attempts: 1 }).catch(() => {})
    expect(builder.timeout.milliseconds).toBe(2 * MINUTE)
  })

  it.each([
    ['', 2],
    ['hs_service_max_rdv_failures=1', 1],
    ['hs_service_max_rdv_failures=4', 4],
    ['hs_service_max_rdv_failures=1000', 10],
  ])(
    'is a rendezvous point that a service tries as often as the consensus says: "%s"',
    async (parameters, attempts) => {
      const client = await clientNetwork(undefined, parameters).start()
      expect((await onionNetwork(client).consensus()).rendezvousAttempts).toBe(attempts)
      client.close()
    },
  )
})
