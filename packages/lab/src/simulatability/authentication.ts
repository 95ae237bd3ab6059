import {
  type AllK,
  bestSimulator,
  configuration,
  deliver,
  judge,
  machine,
  type Rational,
} from '@warren/reactive'
import { authentication } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asVerdict, whether } from './known.ts'

const { AUTHENTICATED, FORGER, SENDER, TAGGED, TAGGED_FOR_ALL_K, passOrNot } = authentication

interface Result {
  rows: { k: number; lower: Rational; upper: Rational }[]
  all: AllK
}

/** The simulator that the search finds at every k: it drops what is forged. */
const DROPPER = machine('A', {
  ports: ['tap?', 'inject!', 'inject◁!'],
  on: { 'tap?': () => deliver('inject', 'drop') },
})

export const authenticationScenario = defineScenario<{ upTo: number }, Result>({
  id: 'simulatability/authentication',
  title: 'A tagged bit against an authenticated channel',
  source: { paper: 'simulatability', section: 'beyond the paper' },
  summary:
    'One bit with a tag of k bits, keyed so that a forger who sees one tag knows nothing of the other. The best ' +
    'simulator of a forger drops his message; it errs when the forged tag is right, with probability 2^{-k}.',
  parameters: {
    upTo: { kind: 'integer', default: 4, min: 1, max: 6, help: 'tags of 1 to this many bits are drawn' },
  },
  async run({ upTo }) {
    const rows: Result['rows'] = []
    for (let k = 1; k <= upTo; k++) {
      const simulator = passOrNot()
      const { lower, upper } = await bestSimulator(
        configuration(TAGGED, SENDER, FORGER, AUTHENTICATED),
        configuration(AUTHENTICATED, SENDER, simulator.machine()),
        simulator,
        k,
        { horizon: 5 },
      )
      rows.push({ k, lower, upper })
    }
    return {
      rows,
      all: judge(
        configuration(TAGGED_FOR_ALL_K, SENDER, FORGER, AUTHENTICATED),
        configuration(AUTHENTICATED, SENDER, DROPPER),
        { small: 'EXPSMALL' },
      ),
    }
  },
  figures: ({ rows }) => [
    {
      kind: 'table',
      title: 'The best simulator of the forger',
      columns: [{ name: 'k' }, { name: 'at least' }, { name: 'at most' }],
      rows: rows.map(({ k, lower, upper }) => [k, lower.toString(), upper.toString()]),
    },
  ],
  claims: [
    {
      id: 'forger',
      statement: 'A tag of k bits is forged with probability 2^{-k}, and no simulator does better',
      source: 'beyond the paper (Wegman–Carter)',
      stands: 'holds',
      check: ({ rows }) =>
        whether(
          rows.every(({ k, lower, upper }) => lower.equals(upper) && lower.toNumber() === 2 ** -k),
          rows.map(({ upper }) => upper.toString()).join(', '),
          rows.map(({ k }) => `1/${2 ** k}`).join(', '),
        ),
    },
    {
      id: 'strict',
      statement:
        'For this forger the tagged bit is strictly statistically as secure as the channel, in EXPSMALL too',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ all }) => asVerdict(all.definition7, 'proved: distance x = 2^{-k}'),
    },
  ],
})
