import { bestSimulator, configuration, type Rational } from '@warren/reactive'
import { ap } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

interface Result {
  k: number
  rows: { version: ap.ApVersion; lower: Rational; upper: Rational }[]
}

export const apProtocols = defineScenario<{ k: number }, Result>({
  id: 'simulatability/ap-protocols',
  title: 'ap1.0 to ap4.0 against ideal authentication, under replay',
  source: { paper: 'simulatability', section: 'beyond the paper' },
  summary:
    'The protocols of *network security* §8.3 as structures. Trudy relays one honest session, records it, and plays it ' +
    'to Bob when Alice is gone. The ideal functionality lets Bob accept once for each time that Alice starts. The best ' +
    'simulator of Trudy is found by linear programming: only a nonce helps, up to its repetition.',
  parameters: {
    k: { kind: 'integer', default: 8, min: 1, max: 20, unit: 'bit', help: 'length of the nonce' },
  },
  async run({ k }) {
    const rows: Result['rows'] = []
    for (const version of ap.AP_VERSIONS) {
      const simulator = ap.allower()
      const { lower, upper } = await bestSimulator(
        configuration(ap.authenticationProtocol(version), ap.WITNESS, ap.REPLAYER, ap.IDEAL_AUTHENTICATION),
        configuration(ap.IDEAL_AUTHENTICATION, ap.WITNESS, simulator.machine()),
        simulator,
        k,
        { horizon: 8 },
      )
      rows.push({ version, lower, upper })
    }
    return { k, rows }
  },
  figures: ({ rows }) => [
    {
      kind: 'table',
      title: 'Distance from ideal authentication, best simulator of the replay',
      columns: [{ name: 'protocol' }, { name: 'at least' }, { name: 'at most' }],
      rows: rows.map(({ version, lower, upper }) => [version, lower.toNumber(), upper.toNumber()]),
    },
  ],
  claims: [
    {
      id: 'replay',
      statement: 'ap1.0, ap2.0, ap3.0 and ap3.1 fall to replay: no simulator comes closer than distance 1',
      source: 'beyond the paper (network security, 8.3)',
      stands: 'holds',
      check: ({ rows }) =>
        whether(
          rows.every(({ version, lower }) => version === 'ap4.0' || lower.toNumber() === 1),
          rows.map(({ version, lower }) => `${version}: ${lower.toString()}`).join(', '),
          '1, 1, 1, 1',
        ),
    },
    {
      id: 'nonce',
      statement: 'ap4.0 resists it except when its nonce of k bits comes up again: distance 2^{-k}',
      source: 'beyond the paper (network security, 8.3)',
      stands: 'holds',
      check({ rows, k }) {
        const last = rows.find(({ version }) => version === 'ap4.0')
        const right = last?.lower.equals(last.upper) === true && last.lower.toNumber() === 2 ** -k
        return whether(right, last?.lower.toString() ?? '', `2^{-${k}}`)
      },
    },
  ],
})
