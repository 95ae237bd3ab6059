import { utf8 } from '@warren/primitives/bytes'
import { loadPairing } from '@warren/primitives/pairing-load'
import { systemRng } from '@warren/primitives/rng'
import { ConstantsCache, type KeyPair, loadSuite, type Suite } from '@warren/reencryption'
import { reencryptionThreads } from '@warren/reencryption/batch-node'
import { type Measurement, measurement, type Report, type Row } from './harness.ts'
import { machine } from './machine.ts'
import type { Benchmark } from './registry.ts'

/** The pairing's median on the machine where the goals were set, ms: what they are scaled by. */
const REFERENCE_PAIRING_MS = 2.41

/** Recovery, Table 3 (server), by level; and recrypt-wasm at 100-bit security on the machine of the goals. */
const QUOTED = {
  keyGen: 'paper 0.10, recrypt-wasm 0.66',
  rkGen: 'paper 4.52, recrypt-wasm 12.8',
  encapsulate: 'paper 3.31, recrypt-wasm 6.0',
  first: 'paper 11.42, recrypt-wasm 15.6',
  later: 'paper 15.84, recrypt-wasm 20.4',
  decapsulate: [
    'paper 4.58, recrypt-wasm 5.3',
    'paper 7.53, recrypt-wasm 20',
    'paper 10.72, recrypt-wasm 33',
    'paper 13.91, recrypt-wasm 47',
    'paper 17.10, recrypt-wasm 60',
    'paper 20.29',
  ],
}
const RECRYPT_WASM_MS = {
  keyGen: 0.66,
  rkGen: 12.8,
  encapsulate: 6.0,
  first: 15.6,
  later: 20.4,
  decapsulate: [5.3, 20, 33, 47, 60],
}
const SPLIT_GOAL_MS = {
  keyGen: 0.35,
  rkGen: 1.3,
  encapsulate: 1.05,
  hop: 1.9,
  path: 0.65,
  openPath: 3.3,
  decapsulate: [2.8, 5.9, 8.3, 11, 13.3],
}
const LEVELS = 6
const context = utf8('bench')

interface Case {
  name: string
  run: () => unknown
  quoted?: string
  goalMs?: number
}

/** CPU time of one call, in milliseconds: other processes of a shared machine do not count. */
function cpuMs(run: () => unknown, calls: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < calls; i++) run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / calls
}

/** More than a public key takes until its table of multiples is built. */
const WARM_UP_CALLS = 10
/** A sample is at least this long, so that the collector and other processes do not decide it. */
const SAMPLE_MS = 25

/** Each run goes through all operations in turn, so that a drift of the machine falls on all of them alike. */
function measureInTurn(cases: readonly Case[], runs: number): Map<string, Measurement> {
  const prepared = cases.map(({ name, run }) => {
    const once = cpuMs(run, WARM_UP_CALLS)
    return { name, run, calls: Math.max(3, Math.ceil(SAMPLE_MS / once)), samples: [] as number[] }
  })
  for (let i = 0; i < runs; i++)
    for (const { run, calls, samples } of prepared) samples.push(cpuMs(run, calls))
  return new Map(prepared.map(({ name, samples }) => [name, measurement(name, 'ms', samples)]))
}

function casesOf(suite: Suite): Case[] {
  const rng = systemRng
  const people = Array.from({ length: LEVELS }, () => suite.generateKeyPair(rng))
  const person = (i: number) => people[i] as KeyPair
  const chain = people.slice(1).map((to, i) => suite.reencryptionKey(person(i).secretKey, to.publicKey, rng))
  const edge = (i: number) => chain[i] as Uint8Array
  const { capsule } = suite.encapsulate(person(0).publicKey, context, rng)
  const capsules = [capsule]
  for (const [i, rk] of chain.entries())
    capsules.push(suite.reencrypt(rk, capsules[i] as Uint8Array, rng, undefined, chain[i - 1]))
  const client = new ConstantsCache()
  const server = new ConstantsCache()
  const isSplit = suite.id === 'split'
  // Cold: `split` has goals for warm caches; `cai-liu` should beat recrypt-wasm in every row, cold.
  const goal = (split: number | undefined, other: number | undefined, warm: boolean) => {
    const ms = isSplit ? (warm ? split : undefined) : warm ? undefined : other
    return ms === undefined ? {} : { goalMs: ms }
  }
  const cases: Case[] = []
  const both = (
    name: string,
    run: (cache?: ConstantsCache) => unknown,
    cache: ConstantsCache,
    quoted: string | undefined,
    split: number | undefined,
    other: number | undefined,
  ) => {
    const peer = quoted === undefined ? {} : { quoted }
    cases.push({ name: `${suite.id} ${name}, cold`, run: () => run(), ...peer, ...goal(split, other, false) })
    cases.push({
      name: `${suite.id} ${name}, warm`,
      run: () => run(cache),
      ...peer,
      ...goal(split, other, true),
    })
  }

  const keyGoal = isSplit ? SPLIT_GOAL_MS.keyGen : RECRYPT_WASM_MS.keyGen
  cases.push({
    name: `${suite.id} generate key pair`,
    run: () => suite.generateKeyPair(rng),
    quoted: QUOTED.keyGen,
    goalMs: keyGoal,
  })
  both(
    'make re-encryption key',
    (cache) => suite.reencryptionKey(person(0).secretKey, person(1).publicKey, rng, cache),
    client,
    QUOTED.rkGen,
    SPLIT_GOAL_MS.rkGen,
    RECRYPT_WASM_MS.rkGen,
  )
  cases.push({
    name: `${suite.id} check re-encryption key`,
    run: () => suite.checkReencryptionKey(edge(0), person(0).publicKey, person(1).publicKey),
  })
  both(
    'encapsulate',
    (cache) => suite.encapsulate(person(0).publicKey, context, rng, cache),
    client,
    QUOTED.encapsulate,
    SPLIT_GOAL_MS.encapsulate,
    RECRYPT_WASM_MS.encapsulate,
  )
  cases.push({
    name: `${suite.id} check capsule`,
    run: () => suite.checkCapsule(capsule, person(0).publicKey, context),
  })
  both(
    're-encrypt 1→2',
    (cache) => suite.reencrypt(edge(0), capsule, rng, cache),
    server,
    QUOTED.first,
    SPLIT_GOAL_MS.hop,
    RECRYPT_WASM_MS.first,
  )
  for (let level = 2; level < LEVELS; level++)
    both(
      `re-encrypt ${level}→${level + 1}`,
      (cache) =>
        suite.reencrypt(edge(level - 1), capsules[level - 1] as Uint8Array, rng, cache, chain[level - 2]),
      server,
      QUOTED.later,
      SPLIT_GOAL_MS.hop,
      RECRYPT_WASM_MS.later,
    )
  for (let level = 1; level <= LEVELS; level++)
    both(
      `decapsulate level ${level}`,
      (cache) =>
        suite.decapsulate(person(level - 1).secretKey, capsules[level - 1] as Uint8Array, context, cache),
      client,
      QUOTED.decapsulate[level - 1],
      SPLIT_GOAL_MS.decapsulate[level - 1],
      RECRYPT_WASM_MS.decapsulate[level - 1],
    )
  const { path } = suite
  if (path !== undefined) {
    const moved = path.reencrypt(chain, capsule, rng)
    path.learn(person(LEVELS - 1).secretKey, path.opening(chain, rng), client)
    cases.push({
      name: `split re-encrypt along ${LEVELS - 1} edges, path form`,
      run: () => path.reencrypt(chain, capsule, rng, server),
      goalMs: SPLIT_GOAL_MS.path,
    })
    cases.push({
      name: 'split decapsulate, path form',
      run: () => suite.decapsulate(person(LEVELS - 1).secretKey, moved, context, client),
      goalMs: SPLIT_GOAL_MS.openPath,
    })
  }
  return cases
}

/** Capsules a second on all threads, one edge each. */
async function batchRate(suite: Suite, threads: number): Promise<Measurement> {
  const rng = systemRng
  const [a, b] = [suite.generateKeyPair(rng), suite.generateKeyPair(rng)]
  const rk = suite.reencryptionKey(a.secretKey, b.publicKey, rng)
  const { capsule } = suite.encapsulate(a.publicKey, context, rng)
  const jobs = Array.from({ length: 256 }, () => ({ chain: [rk], capsule }))
  const pool = reencryptionThreads(suite.id, threads)
  const rates: number[] = []
  try {
    await pool.reencryptBatch(jobs.slice(0, 32))
    for (let i = 0; i < 3; i++) {
      const started = performance.now()
      await pool.reencryptBatch(jobs)
      rates.push((jobs.length * 1000) / (performance.now() - started))
    }
  } finally {
    await pool.close()
  }
  return measurement('batch', '/s', rates)
}

/** Both suites, every operation at every level of the paper's Table 3, with and without the caches. */
export const benchmark: Benchmark = {
  async run({ runs = 7, log }): Promise<Report> {
    const group = await loadPairing()
    const p = group.g1.multiplyGenerator(group.scalar.fromInteger(7n))
    const suites = [await loadSuite('cai-liu'), await loadSuite('split')]
    const pairing: Case = { name: 'one pairing', run: () => group.pair(p, group.g2.generator) }
    const cases = [pairing, ...suites.flatMap(casesOf)]
    log(`${cases.length} operations, ${runs} runs, samples of ${SAMPLE_MS} ms and more`)
    const measured = measureInTurn(cases, runs)
    const pairingMs = (measured.get(pairing.name) as Measurement).median
    const factor = pairingMs / REFERENCE_PAIRING_MS
    const rows = cases.map(({ name, quoted, goalMs }): Row => {
      const figure = measured.get(name) as Measurement
      return {
        name,
        measured: figure,
        ...(quoted === undefined ? {} : { peer: { name: 'quoted:', quoted } }),
        ...(goalMs === undefined
          ? {}
          : {
              goal: {
                text: `≤ ${goalMs} (here ${(goalMs * factor).toFixed(2)})`,
                met: figure.median <= goalMs * factor,
              },
            }),
      }
    })
    for (const suite of suites)
      for (const threads of [1, 2]) {
        log(`batches of ${suite.id} on ${threads} threads`)
        rows.push({
          name: `${suite.id} re-encrypt 1→2, batch on ${threads} threads`,
          measured: await batchRate(suite, threads),
        })
      }
    return {
      schema: 'warren.bench/1',
      name: 'reencryption',
      machine: machine(),
      rows,
      notes: [
        `CPU time a call. Goals were set where a pairing takes ${REFERENCE_PAIRING_MS} ms; here it takes ${pairingMs.toFixed(2)} ms, and the goal in brackets is scaled by that (×${factor.toFixed(2)}).`,
        'Quoted figures are not of this run: the paper’s Table 3 (C on RELIC, its own server), and recrypt-wasm at 100-bit security on the machine of the goals, where the goals of cai-liu come from.',
        'cold: no cache at all. warm: public keys with their tables, edges and (for who opens) the constants of the chain are known; the path form has its s.',
      ],
    }
  },
}
