import {
  type Closed,
  collectionToSvg,
  collectionToText,
  compareSure,
  compose,
  configuration,
  formatVerdict,
  judgeSure,
  type Structure,
  type SureComparison,
  whyNotComposable,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import type { Figure } from '../figure.ts'
import { defineScenario } from '../scenario.ts'
import { asRefuted, asVerdict } from './known.ts'
import { powerText } from './power.ts'

const { CALLER, IDEAL, LISTENER, OUTER, PINGER, REAL } = counterexample

interface Result {
  k: number
  parts: SureComparison
  composed: SureComparison
  partsForAllK: ReturnType<typeof judgeSure>
  composedForAllK: ReturnType<typeof judgeSure>
  service: string
  composable: boolean
}

function drawn(title: string, structure: Structure): Figure {
  return {
    kind: 'drawing',
    title,
    svg: collectionToSvg(structure.machines, structure.service),
    text: collectionToText(structure.machines, structure.service),
  }
}

/** M̂₁₀ and M̂₁₀′: the outer protocol with either part. */
const COMPOSED = { real: compose(OUTER, REAL, 'M̂₁₀'), ideal: compose(OUTER, IDEAL, 'M̂₁₀′') }

const PARTS: { real: Closed; ideal: Closed } = {
  real: configuration(REAL, CALLER, null, IDEAL),
  ideal: configuration(IDEAL, CALLER),
}
const WHOLE: { real: Closed; ideal: Closed } = {
  real: configuration(COMPOSED.real, LISTENER, PINGER, COMPOSED.ideal),
  ideal: configuration(COMPOSED.ideal, LISTENER, PINGER),
}

export const composition = defineScenario<{ k: number }, Result>({
  id: 'simulatability/composition',
  title: 'The counterexample to composition',
  source: { paper: 'simulatability', section: '3' },
  summary:
    'M₀ never speaks; M₀′ says *alive* upon its 2^k-th input. A user who calls them herself sees the difference only ' +
    'in entry 2^k+1 of her view, beyond every polynomial prefix. Behind M₁, which makes the 2^k calls for her, she sees ' +
    'it in her first entry. So Definition 3 accepts the parts and rejects the composed protocols; Definition 7 rejects both.',
  parameters: {
    k: { kind: 'integer', default: 14, min: 1, max: 10_000, help: 'the security parameter' },
  },
  run({ k }) {
    return Promise.resolve({
      k,
      parts: compareSure(PARTS.real, PARTS.ideal, k),
      composed: compareSure(WHOLE.real, WHOLE.ideal, k),
      partsForAllK: judgeSure(PARTS.real, PARTS.ideal),
      composedForAllK: judgeSure(WHOLE.real, WHOLE.ideal),
      service: COMPOSED.real.service.toString(),
      composable: whyNotComposable(OUTER, REAL) === null && whyNotComposable(OUTER, IDEAL) === null,
    })
  },
  figures: (result) => [
    drawn('Figure 1: M₀ (M₀′ has the same ports)', REAL),
    drawn('Figure 1: M₁', OUTER),
    drawn('Figure 2: the composed protocol M̂₁₀', COMPOSED.real),
    {
      kind: 'table',
      title: `The views of H at k = ${result.k}`,
      columns: [
        { name: 'configuration' },
        { name: 'distance of the views' },
        { name: 'first difference, entry' },
        { name: 'steps of the run' },
        { name: 'steps executed' },
      ],
      rows: (
        [
          ['the parts: H calls M₀ or M₀′', result.parts],
          ['composed: A₁ calls M₁, H listens', result.composed],
        ] as const
      ).map(([name, { distance, difference, real }]) => [
        name,
        distance,
        difference.equal ? 'none' : powerText(difference.index, result.k),
        real.steps === null ? 'for ever' : powerText(real.steps, result.k),
        real.executed,
      ]),
    },
    {
      kind: 'table',
      title: 'For all k',
      columns: [{ name: 'configuration' }, { name: 'Definition 3' }, { name: 'Definition 7' }],
      rows: (
        [
          ['parts', result.partsForAllK],
          ['composed', result.composedForAllK],
        ] as const
      ).map(([name, { definition3, definition7 }]) => [
        name,
        formatVerdict(definition3),
        formatVerdict(definition7),
      ]),
    },
  ],
  claims: [
    {
      id: 'service-ports',
      statement:
        'M̂₁ and M̂₀ (and M̂₀′) are composable, and the user may connect to out and result of M̂₁₀, not to adv',
      source: '§3, Figure 2',
      stands: 'holds',
      check: ({ composable, service }) => ({
        verdict: composable && service === '{out↔!, result↔!}' ? 'holds' : 'fails',
        measured: service,
        expected: '{out↔!, result↔!}',
      }),
    },
    {
      id: 'parts-first-difference',
      statement: 'A user of M₀ or M₀′ sees no difference before entry 2^k+1 of her view',
      source: 'Lemma 4, case 1',
      stands: 'holds',
      check({ parts: { difference }, k }) {
        const index = difference.equal ? null : difference.index
        return {
          verdict: index?.coefficient(0).numerator === 2n ** BigInt(k) + 1n ? 'holds' : 'fails',
          measured: index === null ? 'no difference' : `entry ${powerText(index, k)}`,
          expected: 'entry 2^k + 1',
        }
      },
    },
    {
      id: 'parts-definition-3',
      statement: 'For this user, polynomial prefixes of her views of M̂₀ and M̂₀′ are equal for all large k',
      source: 'Lemma 4, case 1',
      stands: 'holds',
      check: ({ partsForAllK: { definition3 } }) => asVerdict(definition3, 'proved for all large k'),
    },
    {
      id: 'parts-definition-7',
      statement: 'M̂₀ is not strictly statistically as secure as M̂₀′',
      source: '§4, after Definition 7',
      stands: 'holds',
      check: ({ partsForAllK: { definition7 } }) => asRefuted(definition7, 'refuted: distance 1 at every k'),
    },
    {
      id: 'composed-distance',
      statement:
        'With Lemma 5’s A₁ and H, the views of H with M̂₁₀ and M̂₁₀′ have distance 1, from the first entry on',
      source: 'Lemma 5',
      stands: 'holds',
      check({ composed: { distance, difference } }) {
        const first = !difference.equal && difference.index.coefficient(0).numerator === 1n
        return {
          verdict: distance === 1 && first ? 'holds' : 'fails',
          measured: `distance ${distance}, ${difference.equal ? 'no difference' : `entry ${difference.index.format('2^k')}`}`,
          expected: 'distance 1, entry 1',
        }
      },
    },
    {
      id: 'composition-theorem',
      statement: 'The composition theorem does not hold for statistical security (Definition 3)',
      source: 'Corollary 6',
      stands: 'holds',
      check({ partsForAllK, composedForAllK }) {
        const [parts, whole] = [partsForAllK.definition3, composedForAllK.definition3]
        const proved = parts.known === 'proved' && whole.known === 'proved'
        return {
          verdict: !proved ? 'inconclusive' : parts.holds && !whole.holds ? 'holds' : 'fails',
          measured: `parts: ${formatVerdict(parts)}; composed: ${formatVerdict(whole)}`,
          expected: 'parts hold, composed fails',
        }
      },
    },
  ],
})
