import { utf8 } from '@warren/primitives/bytes'
import { loadPairing } from '@warren/primitives/pairing-load'
import { ConstantsCache, type KeyPair, type Suite, type SuiteId, suiteOver } from '@warren/reencryption'
import { defineScenario } from '../scenario.ts'
import { countingGroup, type OperationCount } from './counting-group.ts'
import { fitLine, PHONE_MS, SERVER_MS } from './table-3.ts'

const CONTEXT = utf8('lab/recovery/execution-times')

/** Milliseconds of one operation on mcl-wasm, on the machine where the goals were set: weights, not measurements. */
const WEIGHT_MS: OperationCount = {
  pairings: 2.41,
  g1Multiplications: 0.178,
  g2Multiplications: 0.427,
  tableMultiplications: 0.05,
  gtPowers: 0.815,
  hashesToG2: 0.968,
  decodedPoints: 0.2,
}

const weigh = (count: OperationCount) =>
  Object.entries(count).reduce((sum, [name, n]) => sum + n * WEIGHT_MS[name as keyof OperationCount], 0)

interface Level {
  level: number
  /** Without any cache. */
  reencrypt: OperationCount
  /** With the receiver's key and the edge known. */
  reencryptWarm: OperationCount
  decapsulate: OperationCount
  /** With what is constant for the chain known. */
  decapsulateWarm: OperationCount
  path: OperationCount | undefined
  openPath: OperationCount | undefined
}

interface Result {
  suites: { id: SuiteId; levels: Level[] }[]
}

/** Counts, level by level, what a suite asks of the curve: the same in every run, whatever the machine does. */
function countLevels(
  { suite, count }: { suite: Suite; count(work: () => unknown): OperationCount },
  levels: number,
  rng: Parameters<Suite['generateKeyPair']>[0],
): Level[] {
  const people = Array.from({ length: levels + 1 }, () => suite.generateKeyPair(rng))
  const person = (i: number) => people[i] as KeyPair
  const chain = people.slice(1).map((to, i) => suite.reencryptionKey(person(i).secretKey, to.publicKey, rng))
  const { capsule } = suite.encapsulate(person(0).publicKey, CONTEXT, rng)
  let current = capsule
  return Array.from({ length: levels }, (_, i): Level => {
    const holder = person(i)
    const here = current
    const warm = new ConstantsCache()
    suite.decapsulate(holder.secretKey, here, CONTEXT, warm)
    const server = new ConstantsCache()
    const move = (cache?: ConstantsCache) =>
      suite.reencrypt(chain[i] as Uint8Array, here, rng, cache, chain[i - 1])
    current = move(server)
    const { path } = suite
    const part = chain.slice(0, i)
    let moved: Uint8Array | undefined
    if (path !== undefined && i > 0) {
      path.learn(holder.secretKey, path.opening(part, rng), warm)
      moved = path.reencrypt(part, capsule, rng, server)
    }
    return {
      level: i + 1,
      reencrypt: count(() => move()),
      reencryptWarm: count(() => move(server)),
      decapsulate: count(() => suite.decapsulate(holder.secretKey, here, CONTEXT)),
      decapsulateWarm: count(() => suite.decapsulate(holder.secretKey, here, CONTEXT, warm)),
      path: moved === undefined ? undefined : count(() => path?.reencrypt(part, capsule, rng, server)),
      openPath:
        moved === undefined
          ? undefined
          : count(() => suite.decapsulate(holder.secretKey, moved, CONTEXT, warm)),
    }
  })
}

const pairings = (levels: readonly Level[], of: (level: Level) => OperationCount | undefined) =>
  levels.flatMap((level) => of(level)?.pairings ?? [])
const same = (values: readonly number[]) => values.every((value) => value === values[0])
const suiteOf = (result: Result, id: SuiteId) => result.suites.find((s) => s.id === id)?.levels ?? []
const matches = (measured: readonly number[], expected: readonly number[]) => ({
  verdict: measured.join() === expected.join() ? ('holds' as const) : ('fails' as const),
  measured: measured.join(', '),
  expected: expected.join(', '),
})

export const executionTimes = defineScenario<{ levels: number }, Result>({
  id: 'recovery/execution-times',
  title: 'The shape of Table 3',
  source: { paper: 'recovery', section: '§5.2, Table 3' },
  summary:
    'Runs both suites level by level over a curve that counts what it is asked for: pairings, multiplications, hashes. The counts are the same on every machine; times of this one are in `npm run bench -- reencryption`. Beside them the times of the paper’s Table 3, and the lines fitted to them.',
  parameters: {
    levels: { kind: 'integer', default: 6, min: 3, max: 12, help: 'levels of capsules' },
  },
  async run({ levels }, { rng, signal }) {
    const group = await loadPairing()
    const suites = (['cai-liu', 'split'] as const).map((id) => {
      signal.throwIfAborted()
      const { group: counting, count } = countingGroup(group)
      return { id, levels: countLevels({ suite: suiteOver(counting, id), count }, levels, rng) }
    })
    return { suites }
  },
  figures: ({ suites }) => [
    ...suites.map(({ id, levels }) => ({
      kind: 'table' as const,
      title: `${id}: pairings, and estimated milliseconds`,
      columns: [
        { name: 'level' },
        { name: 're-encrypt', unit: 'pairings' },
        { name: 're-encrypt', unit: 'ms' },
        { name: 're-encrypt, warm', unit: 'pairings' },
        { name: 're-encrypt, warm', unit: 'ms' },
        { name: 'decapsulate', unit: 'pairings' },
        { name: 'decapsulate', unit: 'ms' },
        { name: 'decapsulate, warm', unit: 'pairings' },
        { name: 'decapsulate, path', unit: 'pairings' },
        { name: 'paper: re-encrypt', unit: 'ms' },
        { name: 'paper: decrypt', unit: 'ms' },
      ],
      rows: levels.map((level, i) => [
        level.level,
        level.reencrypt.pairings,
        weigh(level.reencrypt),
        level.reencryptWarm.pairings,
        weigh(level.reencryptWarm),
        level.decapsulate.pairings,
        weigh(level.decapsulate),
        level.decapsulateWarm.pairings,
        level.openPath?.pairings ?? null,
        SERVER_MS.reencrypt[i] ?? null,
        SERVER_MS.decapsulate[i] ?? null,
      ]),
    })),
    {
      kind: 'series',
      title: 'Decapsulation by level',
      x: { label: 'level' },
      y: { label: 'estimated time', unit: 'ms' },
      lines: [
        {
          name: 'paper, server',
          style: 'points',
          points: SERVER_MS.decapsulate.map((ms, i) => [i + 1, ms] as const),
        },
        ...suites.flatMap(({ id, levels }) => [
          {
            name: `${id}, first contact`,
            points: levels.map((l) => [l.level, weigh(l.decapsulate)] as const),
          },
          { name: `${id}, warm`, points: levels.map((l) => [l.level, weigh(l.decapsulateWarm)] as const) },
        ]),
        {
          name: 'split, path form',
          points: suites
            .flatMap(({ levels }) => levels)
            .flatMap((l) => (l.openPath === undefined ? [] : [[l.level, weigh(l.openPath)] as const])),
        },
      ],
    },
  ],
  claims: [
    {
      id: 'fitted-lines',
      statement: 'Least squares gives 1.31 + 3.16·l ms on the server and 13.43 + 33.14·l ms on the phone.',
      source: '§5.2',
      stands: 'holds',
      check: () => {
        const server = fitLine(SERVER_MS.decapsulate)
        const phone = fitLine(PHONE_MS.decapsulate)
        const near = (a: number, b: number) => Math.abs(a - b) < 0.01
        return {
          verdict:
            near(server.intercept, 1.31) &&
            near(server.slope, 3.16) &&
            near(phone.intercept, 13.43) &&
            near(phone.slope, 33.14)
              ? 'holds'
              : 'fails',
          measured: [server, phone]
            .map((f) => `${f.intercept.toFixed(2)} + ${f.slope.toFixed(2)}·l`)
            .join('; '),
          expected: '1.31 + 3.16·l; 13.43 + 33.14·l',
        }
      },
    },
    {
      id: 'first-cheaper-later-constant',
      statement:
        'The first re-encryption is cheaper than later ones, and those cost all the same (cai-liu, without caches).',
      source: '§5.2',
      stands: 'holds',
      check: (result) => {
        const [first = 0, ...later] = suiteOf(result, 'cai-liu').map((l) => weigh(l.reencrypt))
        return {
          verdict:
            same(later.map((ms) => Math.round(ms * 1e6))) && later.every((ms) => ms > first)
              ? 'holds'
              : 'fails',
          measured: `${first.toFixed(2)}, then ${later.map((ms) => ms.toFixed(2)).join(', ')} ms (estimated)`,
          expected: 'the first is the least, the others are equal',
        }
      },
    },
    {
      id: 'decapsulation-linear',
      statement: 'Decapsulation grows linearly: 2l − 1 pairings at first contact, in both suites.',
      source: '§5.2',
      stands: 'holds',
      check: (result) =>
        matches(
          result.suites.flatMap(({ levels }) => pairings(levels, (l) => l.decapsulate)),
          result.suites.flatMap(({ levels }) => levels.map((l) => 2 * l.level - 1)),
        ),
    },
    {
      id: 'cached-chain-halves-it',
      statement: 'With the constants of the chain known it takes l pairings.',
      source: 'beyond the paper',
      stands: 'holds',
      check: (result) =>
        matches(
          result.suites.flatMap(({ levels }) => pairings(levels, (l) => l.decapsulateWarm)),
          result.suites.flatMap(({ levels }) => levels.map((l) => l.level)),
        ),
    },
    {
      id: 'split-needs-no-pairing',
      statement: 'Re-encryption in `split` needs no pairing, once e(B, Q) of the receiver is known.',
      source: 'beyond the paper',
      stands: 'holds',
      check: (result) => {
        const levels = suiteOf(result, 'split')
        return matches(
          pairings(levels, (l) => l.reencryptWarm),
          levels.map(() => 0),
        )
      },
    },
    {
      id: 'path-form-constant',
      statement:
        'In path form, re-encryption and decapsulation cost the same at every level: 0 and 1 pairings.',
      source: 'beyond the paper',
      stands: 'holds',
      check: (result) => {
        const levels = suiteOf(result, 'split').slice(1)
        const measured = levels.flatMap((l) => [l.path?.pairings ?? -1, l.openPath?.pairings ?? -1])
        const compared = matches(
          measured,
          levels.flatMap(() => [0, 1]),
        )
        const constant = [
          levels.map((l) => weigh(l.path ?? l.reencrypt)),
          levels.map((l) => weigh(l.openPath ?? l.decapsulate)),
        ].every((costs) => same(costs.map((ms) => Math.round(ms * 1e6))))
        return constant ? compared : { ...compared, verdict: 'fails' as const }
      },
    },
  ],
})
