import { eveChance, optimalAttack, runWishart, secondLawRule, seededPrng, type Tally } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import {
  bitsParameter,
  type LoopParameters,
  loopFrom,
  loopParameters,
  samplesParameter,
} from './loop-parameters.ts'
import { agrees, differs, equals } from './verdict.ts'

interface Parameters extends LoopParameters {
  samples: number
  bits: number
}

interface Result {
  samples: number
  cable: Tally
  expected: number
  ideal: Tally
}

const size = (r: Result, tally: Tally) => `N = ${r.samples}, ${tally.mixed} secure bits`

/** Not an EquationRow: eq. (9) is the decision from one bit's samples, not an expectation. */
export const equation09 = defineScenario<Parameters, Result>({
  id: 'kljn/equation-09',
  title: 'Equation (9): the decision of the Second-Law attack',
  source: { paper: 'kljn', section: '§2.1, eq. (9), cases (i) and (ii)' },
  summary:
    'Eve decides by the sign of ⟨[U_cA + U_cB]·I⟩ over the samples of one bit. Simulated by the Wishart shortcut, which draws the sums over N samples from their exact distribution.',
  parameters: { ...loopParameters, samples: samplesParameter(200), bits: bitsParameter(400_000) },
  async run(parameters, { rng, signal }) {
    const prng = seededPrng(rng)
    const { samples, bits } = parameters
    const attack = (rc: number) =>
      runWishart(
        {
          loop: loopFrom({ ...parameters, rc }),
          samples,
          bits,
          mode: 'best-of-both',
          eve: secondLawRule,
          signal,
        },
        prng,
      )
    return {
      samples,
      cable: attack(parameters.rc),
      expected: optimalAttack(loopFrom(parameters), samples).right,
      ideal: attack(0),
    }
  },
  figures: (r) => [
    {
      kind: 'table',
      title: 'Eve by the sign of ⟨[U_cA + U_cB]·I⟩',
      columns: [{ name: 'cable' }, { name: 'p, closed form' }, { name: 'p, simulated' }, { name: 'σ' }],
      rows: [
        ['with R_c', r.expected, eveChance(r.cable).right, eveChance(r.cable).standardError],
        ['R_c = 0', 0.5, eveChance(r.ideal).right, eveChance(r.ideal).standardError],
      ],
    },
  ],
  claims: [
    {
      id: 'decides',
      statement: '(i), (ii): the sign names the right state, with the chance I_{(1+|ρ|)/2}(N/2, N/2)',
      source: 'eq. (9)',
      stands: 'holds',
      check: (r) => {
        const { right, standardError } = eveChance(r.cable)
        return agrees(right, r.expected, standardError, size(r, r.cable))
      },
    },
    {
      id: 'ideal',
      statement: 'In the ideal case, R_c = 0, it says nothing',
      source: '§2.1',
      stands: 'holds',
      check: (r) => {
        const { right, standardError } = eveChance(r.ideal)
        return agrees(right, 0.5, standardError, size(r, r.ideal))
      },
    },
    {
      id: 'complete',
      statement: 'The run came to its end',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => equals(Number(r.cable.complete && r.ideal.complete), 1, 0),
    },
    {
      id: 'control',
      statement: 'Positive control: with the cable, the same count is away from one half',
      source: 'beyond the paper',
      stands: 'holds',
      check: (r) => {
        const { right, standardError } = eveChance(r.cable)
        return differs(right, 0.5, standardError, size(r, r.cable))
      },
    },
  ],
})
