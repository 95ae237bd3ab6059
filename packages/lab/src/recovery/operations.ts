import { defineScenario } from '../scenario.ts'
import { type Tally, tallyText } from './counting-suite.ts'
import { bytesOf, Circle } from './protocols.ts'

interface Row {
  process: string
  /** As Table 1 or 2 has it, with this run's n, t, o, l_A and l_B put in. */
  expected: Partial<Record<Side, string>>
  measured: Partial<Record<Side, string>>
}

type Side = 'client' | 'other client' | 'service'

interface Result {
  setup: Row[]
  recovery: Row[]
}

export const operations = defineScenario<{ n: number; t: number; o: number }, Result>({
  id: 'recovery/operations',
  title: 'Operations of each process',
  source: { paper: 'recovery', section: '§4.4, Tables 1 and 2' },
  summary:
    'Carries out Protocols 1 and 2 with real keys and capsules, counts the operations that each side does in each process, and reads every file back to show that the process did what it is for.',
  parameters: {
    n: { kind: 'integer', default: 4, min: 2, max: 12, help: 'recovery users' },
    t: { kind: 'integer', default: 3, min: 2, max: 12, help: 'how many of them are needed' },
    o: {
      kind: 'integer',
      default: 3,
      min: 0,
      max: 12,
      help: 'outgoing re-encryption keys of the old device',
    },
  },
  async run({ n, t: wanted, o }, { rng, signal }) {
    const t = Math.min(n, wanted)
    const circle = await Circle.make(rng)
    const setup: Row[] = []
    const record = (
      rows: Row[],
      process: string,
      expected: Row['expected'],
      tallies: Record<string, Tally>,
      sides: Record<string, Side>,
    ) => {
      signal.throwIfAborted()
      const measured = Object.fromEntries(
        Object.entries(sides).map(([actor, side]) => [side, tallyText(tallies[actor])]),
      )
      rows.push({ process, expected, measured })
    }

    record(
      setup,
      '(0) Setup',
      { client: '1 KeyGen', service: '-' },
      circle.during(() => circle.setUp('A1')),
      { A1: 'client', service: 'service' },
    )
    circle.setUp('B1')
    record(
      setup,
      '(1) Register Secondary Device',
      { client: '1 KeyGen + 1 RKGen', service: '-' },
      circle.merged(() => circle.registerSecondary('A1', 'A2'), ['A1', 'A2'], 'A'),
      { A: 'client', service: 'service' },
    )
    circle.registerSecondary('B1', 'B2')
    record(
      setup,
      '(3) Grant Access',
      { client: '1 RKGen', service: '-' },
      circle.during(() => circle.grant('A2', 'B1')),
      { A2: 'client', service: 'service' },
    )
    record(
      setup,
      '(2) Upload Data',
      { client: '1 Enc', service: '-' },
      circle.during(() => circle.upload('A1', 'A1', 'file')),
      { A1: 'client', service: 'service' },
    )
    for (const [device, level, note] of [
      ['A1', 1, 'owner, l_A = 0'],
      ['A2', 2, 'owner, l_A = 1'],
      ['B1', 3, 'receiver, l_A = 1, l_B = 0'],
      ['B2', 4, 'receiver, l_A = 1, l_B = 1'],
    ] as const)
      record(
        setup,
        `(4) Download Data: ${note}`,
        { client: `1 Dec^${level}`, service: level === 1 ? '-' : `${level - 1} ReEnc` },
        circle.during(() => circle.download(device, 'file')),
        { [device]: 'client', service: 'service' },
      )

    const recovery: Row[] = []
    // Each kind of recovery happens to a user of its own, who has o outgoing keys.
    const user = (name: string) => {
      circle.setUp(`${name}1`)
      for (let i = 0; i < o; i++) {
        circle.setUp(`${name}-receiver${i}`)
        circle.grant(`${name}1`, `${name}-receiver${i}`)
      }
      circle.upload(`${name}1`, `${name}1`, `file of ${name}`)
    }
    user('C')
    circle.registerSecondary('C1', 'C2')
    record(
      recovery,
      'R1: recovery',
      { client: tallyText({ RKGen: o }), 'other client': '-', service: '-' },
      circle.during(() => circle.recoverWithSecondary('C1', 'C2')),
      { C2: 'client', RU: 'other client', service: 'service' },
    )
    circle.download('C2', 'file of C')

    user('D')
    circle.setUp('RU')
    record(
      recovery,
      'R2: registration',
      { client: '1 RKGen' },
      circle.during(() => circle.registerRecoveryUser('D1', 'RU')),
      { D1: 'client' },
    )
    circle.setUp('D2')
    record(
      recovery,
      'R2: recovery',
      { client: tallyText({ RKGen: o }), 'other client': '1 RKGen', service: '-' },
      circle.during(() => circle.recoverWithRecoveryUser('D1', 'RU', 'D2')),
      { D2: 'client', RU: 'other client', service: 'service' },
    )
    circle.download('D2', 'file of D')

    user('E')
    const users = Array.from({ length: n }, (_, i) => `RU${i}`)
    for (const name of users) circle.setUp(name)
    record(
      recovery,
      'R3: registration',
      { client: `${n} RKGen + ${n} Split + ${n} Enc` },
      await circle.duringAsync(() => circle.registerThreshold('E1', users, t)),
      { E1: 'client' },
    )
    circle.setUp('E2')
    record(
      recovery,
      'R3: recovery',
      { client: tallyText({ RKGen: o }), 'other client': `1 RKGen + ${t} Dec^1`, service: '1 Reconstruct' },
      await circle.mergedAsync(
        () => circle.recoverWithThreshold('E1', users.slice(0, t), 'E2'),
        users,
        'RUs',
      ),
      { E2: 'client', RUs: 'other client', service: 'service' },
    )
    circle.download('E2', 'file of E')
    return { setup, recovery }
  },
  figures: ({ setup, recovery }) =>
    [
      { title: 'Table 1: setup and data sharing', rows: setup },
      { title: 'Table 2: recovery', rows: recovery },
    ].map(({ title, rows }) => ({
      kind: 'table' as const,
      title,
      columns: [{ name: 'process' }, { name: 'side' }, { name: 'counted' }, { name: 'paper' }],
      rows: rows.flatMap(({ process, measured, expected }) =>
        Object.entries(measured).map(([side, count]) => [process, side, count, expected[side as Side] ?? '']),
      ),
    })),
  claims: (['setup', 'recovery'] as const).map((part) => ({
    id: part === 'setup' ? 'table-1' : 'table-2',
    statement: `The processes take the operations that Table ${part === 'setup' ? 1 : 2} lists.`,
    source: part === 'setup' ? 'Table 1' : 'Table 2',
    stands: 'holds' as const,
    check: (result: Result) => {
      const rows = result[part]
      const off = rows.filter((row) => bytesOf(row.measured) !== bytesOf(row.expected))
      return {
        verdict: off.length === 0 ? ('holds' as const) : ('fails' as const),
        measured:
          off.length === 0
            ? `${rows.length} of ${rows.length} processes as listed`
            : off.map((row) => `${row.process}: ${bytesOf(row.measured)}`).join('; '),
        expected: off.length === 0 ? 'all' : off.map((row) => bytesOf(row.expected)).join('; '),
      }
    },
  })),
})
