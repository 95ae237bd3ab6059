import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkClaims, findScenario, runScenario } from '../src/index.ts'
import { onRelays } from '../src/private-services/on-relays.ts'
import type { Measured } from '../src/private-services/relays-measurement-node.ts'
import type { RelayApproach } from '../src/private-services/services-on-relays-node.ts'
import { startStockServices } from '../src/private-services/stock-tor-node.ts'
import type { Scenario } from '../src/scenario.ts'

// What needs no relay: test/interop/lab-on-relays.test.ts has them.

const nowhere = {
  authorities: [
    {
      nickname: 'nobody',
      v3Identity: 'A'.repeat(40),
      fingerprint: 'B'.repeat(40),
      address: '127.0.0.1',
      orPort: 1,
    },
  ],
}

describe('a scenario that needs a Tor network', () => {
  it('is skipped by a check without one, and named', async () => {
    const { claims, skipped, asExpected } = await checkClaims([onRelays])
    expect({ claims, skipped, asExpected }).toEqual({
      claims: [],
      skipped: [{ scenario: 'private-services/on-relays', needs: 'tor-network' }],
      asExpected: true,
    })
  })

  it('refuses to run without one, and says what to do', async () => {
    const scenario = await findScenario('private-services/on-relays')
    await expect(runScenario(scenario)).rejects.toMatchObject({
      code: 'lab/needs-network',
      message: expect.stringMatching(/npm run tor-network.*--tor-network FILE/) as string,
    })
  })

  it('refuses a network that does not call itself a testing network', async () => {
    await expect(runScenario(onRelays, { torNetwork: nowhere })).rejects.toMatchObject({
      code: 'lab/public-network',
    })
  })
})

describe('stock services', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'warren-lab-test-'))
    vi.stubEnv('TMPDIR', directory)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(directory, { recursive: true })
  })

  it('without Debian’s tor: an error that names it, and nothing left behind', async () => {
    vi.stubEnv('PATH', directory)
    const signal = new AbortController().signal
    await expect(startStockServices({ network: nowhere, services: 1, signal })).rejects.toMatchObject({
      code: 'lab/missing-program',
      message: expect.stringContaining('apt install tor') as string,
    })
    expect(await readdir(directory)).toEqual([])
  })

  it('with a tor that ends: an error that says what it said', async () => {
    const program = join(directory, 'tor')
    await writeFile(program, '#!/bin/sh\nexit 1\n', { mode: 0o700 })
    vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`)
    const signal = new AbortController().signal
    await expect(startStockServices({ network: nowhere, services: 1, signal })).rejects.toMatchObject({
      code: 'lab/program',
    })
    expect(await readdir(directory)).toEqual(['tor'])
  })
})

const scenario = onRelays as unknown as Scenario<
  unknown,
  { parameters: { limit: number }; measured: Measured[] }
>
const POINTS: Record<RelayApproach, (clients: number) => number> = {
  'one service': () => 6,
  'one per client': (clients) => 6 * clients,
  extension: () => 3,
}

function measured(approach: RelayApproach, clients: number, change: Partial<Measured> = {}): Measured {
  const copies = 8 * (approach === 'one service' ? 1 : clients)
  const circuits = POINTS[approach](clients)
  return {
    approach,
    clients,
    foundSeconds: 1,
    standingCircuits: circuits,
    builtCircuits: circuits + 2 * copies,
    uploads: 2 * copies,
    sentBytes: 1,
    receivedBytes: 1,
    cpuSeconds: 1,
    residentBytes: 1,
    copies,
    expected: copies,
    descriptorBytes: [14_100],
    readers: clients,
    introductionPoints: approach === 'one per client' ? 3 * clients : 3,
    ...change,
  }
}

function verdicts(changes: Partial<Record<RelayApproach, Partial<Measured>>> = {}, sizes = [1, 4]) {
  const rows = sizes.flatMap((clients) =>
    (['one service', 'one per client', 'extension'] as const).map((approach) =>
      measured(approach, clients, clients === sizes.at(-1) ? changes[approach] : {}),
    ),
  )
  const result = { parameters: { limit: 120 }, measured: rows }
  return Object.fromEntries(scenario.claims.map((claim) => [claim.id, claim.check(result).verdict]))
}

describe('the claims of private-services/on-relays', () => {
  it('hold of what was measured', () => {
    expect(new Set(Object.values(verdicts()))).toEqual(new Set(['holds']))
  })

  it.each([
    ['shared-introduction-points', { extension: { introductionPoints: 6 } }],
    ['shared-introduction-points', { extension: { standingCircuits: 12 } }],
    ['separate-introduction-points', { 'one per client': { introductionPoints: 3 } }],
    ['separate-introduction-points', { 'one per client': { standingCircuits: 6 } }],
    ['one-service-circuits', { 'one service': { standingCircuits: 24 } }],
    ['descriptors-proportional', { extension: { copies: 8 } }],
    ['descriptors-proportional', { 'one service': { copies: 32 } }],
    ['publishing-task', { extension: { uploads: 31 } }],
    ['publishing-task', { extension: { builtCircuits: 3 } }],
    ['scales-better', { extension: { standingCircuits: 24 } }],
    ['descriptors-alike', { extension: { descriptorBytes: [14_100, 14_101] } }],
    ['found-by-all', { 'one service': { readers: 3 } }],
  ] satisfies [string, Parameters<typeof verdicts>[0]][])('%s fails of %j', (id, changes) => {
    expect(verdicts(changes)[id]).toBe('fails')
  })

  it('conclude nothing from what did not happen in time', () => {
    const late = verdicts({ 'one per client': { foundSeconds: undefined, readers: 2 } })
    expect(new Set(Object.values(late))).toEqual(new Set(['inconclusive']))
  })

  it('conclude nothing about growth from one number of clients', () => {
    expect(verdicts({}, [4])).toMatchObject({
      'found-by-all': 'holds',
      'separate-introduction-points': 'holds',
      'shared-introduction-points': 'inconclusive',
      'descriptors-proportional': 'inconclusive',
      'scales-better': 'inconclusive',
    })
  })
})
