import { type DecisionMode, optimalAttack, partyDecision, samplesFor } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { type LoopParameters, loopFrom, loopParameters } from './loop-parameters.ts'
import { below, equals } from './verdict.ts'

const MODES = ['voltage', 'best-of-both', 'own-noise'] as const satisfies readonly DecisionMode[]

interface Parameters extends LoopParameters {
  error: number
}

interface Result {
  p: Parameters
  rows: { mode: DecisionMode; samples: number; eve: number }[]
  atTwenty: number
}

export const intelligent = defineScenario<Parameters, Result>({
  id: 'kljn/intelligent',
  title: 'iKLJN: a party that knows its own noise',
  source: { paper: 'kljn', section: '§2.2, refs 9 and 15' },
  summary:
    'In Kish’s “intelligent” scheme (2013) a party uses the noise that it makes itself. Modelled here as the likelihood ratio of voltage and current together, which is the best use of that knowledge. Bits get shorter, and with fewer samples Eve learns less. (The definition is as we read the literature, not a quotation.)',
  parameters: {
    ...loopParameters,
    error: {
      kind: 'number',
      default: 1e-3,
      min: 1e-9,
      max: 0.4,
      help: 'errors that the parties put up with',
    },
  },
  async run(p) {
    const loop = loopFrom(p)
    return {
      p,
      rows: MODES.map((mode) => {
        const samples = samplesFor(loop, mode, p.error)
        return { mode, samples, eve: optimalAttack(loop, samples).right }
      }),
      atTwenty: partyDecision(loopFrom({ ...p, rc: 0 }), 'alice', 'L', 'own-noise', 20).wrong,
    }
  },
  figures: ({ p, rows }) => [
    {
      kind: 'table',
      title: `Samples for an error of at most ${p.error}, and what they tell Eve`,
      columns: [{ name: 'decision' }, { name: 'N' }, { name: 'Eve’s p' }],
      rows: rows.map((row) => [row.mode, row.samples, row.eve]),
    },
  ],
  claims: [
    {
      id: 'own-noise',
      statement: 'By its own noise a party errs with 4.3e-3 at N = 20 (9k/1k)',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => equals(r.atTwenty, 4.32e-3, 5e-5),
    },
    {
      id: 'faster',
      statement: 'Knowing one’s own noise makes bits shorter',
      source: 'ref. 9',
      stands: 'holds',
      check: ({ rows }) => below(rows[2]?.samples ?? 0, rows[1]?.samples ?? 0),
    },
    {
      id: 'safer',
      statement: 'and so leaves Eve with less, against deciding by one mean square',
      source: 'ref. 9',
      stands: 'holds',
      check: ({ rows }) => below(rows[2]?.eve ?? 1, rows[0]?.eve ?? 0),
    },
  ],
})
