import { bestSimulator, configuration, correspondingStructures, type Rational } from '@warren/reactive'
import { sharing } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

interface Row {
  threshold: number
  corrupted: string
  lower: Rational
  upper: Rational
}

async function compareSystems(threshold: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const { corrupted, real, ideal } of correspondingStructures(
    sharing.SHAMIR,
    sharing.idealSharing(threshold),
  )) {
    const simulator = sharing.storyteller(corrupted.split(',').length)
    const { lower, upper } = await bestSimulator(
      configuration(real, sharing.SHARER, sharing.REPORTER, ideal),
      configuration(ideal, sharing.SHARER, simulator.machine()),
      simulator,
      1,
      { horizon: 5 },
    )
    rows.push({ threshold, corrupted, lower, upper })
  }
  return rows
}

export const secretSharing = defineScenario<Record<never, never>, Row[]>({
  id: 'simulatability/secret-sharing',
  title: 'Shamir’s scheme, 2 of 3, with corruption',
  source: { paper: 'simulatability', section: 'beyond the paper' },
  summary:
    'A system has one structure for each set of corrupted parties; a real system is as secure as an ideal one if every ' +
    'structure is as secure as the corresponding one. One corrupted party’s share can be simulated without the secret, ' +
    'two parties’ shares cannot.',
  parameters: {},
  run: async () => [...(await compareSystems(2)), ...(await compareSystems(3))],
  figures: (rows) => [
    {
      kind: 'table',
      title: 'The best simulator for each corruption set',
      columns: [
        { name: 'ideal threshold' },
        { name: 'corrupted' },
        { name: 'at least' },
        { name: 'at most' },
      ],
      rows: rows.map(({ threshold, corrupted, lower, upper }) => [
        threshold,
        corrupted,
        lower.toString(),
        upper.toString(),
      ]),
    },
  ],
  claims: [
    {
      id: 'threshold-2',
      statement:
        'Shamir’s system is perfectly as secure as an ideal one that tells the secret to two parties and not to one',
      source: 'beyond the paper',
      stands: 'holds',
      check: (rows) =>
        whether(
          rows.every(({ threshold, upper }) => threshold !== 2 || upper.isZero()),
          rows.flatMap((r) => (r.threshold === 2 ? [`${r.corrupted} ${r.upper.toString()}`] : [])).join(', '),
          '0 for every corruption set',
        ),
    },
    {
      id: 'threshold-3',
      statement: 'It is not as secure as one that tells nothing to two parties either',
      source: 'beyond the paper',
      stands: 'holds',
      check(rows) {
        const pairs = rows.filter(({ threshold, corrupted }) => threshold === 3 && corrupted.includes(','))
        return whether(
          pairs.every(({ lower }) => lower.toString() === '4/5'),
          pairs.map(({ corrupted, lower }) => `${corrupted} ${lower.toString()}`).join(', '),
          '4/5 for each pair: a guess among five',
        )
      },
    },
  ],
})
