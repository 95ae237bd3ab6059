import {
  bestSimulator,
  compareSure,
  compose,
  configuration,
  counter,
  deliver,
  judgeSure,
  machine,
  Player,
  type Rational,
  type SureComparison,
  twoToTheK,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asRefuted, asVerdict, whether } from './known.ts'

const { IDEAL, LISTENER, OUTER, PINGER, REAL } = counterexample
const [COMPOSED, COMPOSED_PRIME] = [compose(OUTER, REAL, 'M̂₁₀'), compose(OUTER, IDEAL, 'M̂₁₀′')]

/** A₁ with one ping more, so that the last one that matters is delivered under either reading. */
const PATIENT = machine('A₁', {
  ports: ['adv!', 'adv◁!', 'clk◁?'],
  counters: { n: counter('clk◁?', { last: twoToTheK.plus(2) }) },
  on: { 'clk◁?': () => deliver('adv', 'ping') },
  final: (_, count) => count.n.is('last'),
})

interface Result {
  k: number
  newState: SureComparison
  next: SureComparison
  patient: SureComparison[]
  search: { k: number; lower: Rational; upper: Rational; activations: number; views: number }[]
  ofRun: ReturnType<typeof judgeSure>
  ofView: ReturnType<typeof judgeSure>
}

async function allSimulators(k: number): Promise<Result['search'][number]> {
  const activations = 2 ** k + 2
  const simulator = new Player('A₂', {
    ports: ['adv!', 'adv◁!', 'clk◁?'],
    moves: [{}, deliver('adv', 'ping')],
    activations,
  })
  const { lower, upper, views } = await bestSimulator(
    configuration(COMPOSED, LISTENER, PINGER, COMPOSED_PRIME),
    configuration(COMPOSED_PRIME, LISTENER, simulator.machine()),
    simulator,
    k,
    { horizon: 2 },
  )
  return { k, lower, upper, activations, views }
}

export const lemma5 = defineScenario<{ k: number }, Result>({
  id: 'simulatability/lemma-5',
  title: 'The composed protocols are told apart (Lemma 5), and when a run ends',
  source: { paper: 'simulatability', section: '3' },
  summary:
    'At small k a linear program over all simulators of bounded length shows that none does better than distance 1. The ' +
    'proof’s adversary halts with its last ping: whether that ping is still delivered depends on whether a run tests ' +
    'the old or the new state of the master scheduler. And whether Definition 3 sees the difference depends on whether ' +
    'view_{k,l} is the prefix of the view or the view of a prefix of the run. Both readings are options.',
  parameters: { k: { kind: 'integer', default: 10, min: 1, max: 10_000, help: 'the security parameter' } },
  async run({ k }) {
    const [real, ideal] = [
      configuration(COMPOSED, LISTENER, PINGER, COMPOSED_PRIME),
      configuration(COMPOSED_PRIME, LISTENER, PINGER),
    ]
    const patient = [
      configuration(COMPOSED, LISTENER, PATIENT, COMPOSED_PRIME),
      configuration(COMPOSED_PRIME, LISTENER, PATIENT),
    ] as const
    const newState = { reading: { halting: 'new-state' } } as const
    return {
      k,
      newState: compareSure(real, ideal, k, newState),
      next: compareSure(real, ideal, k),
      patient: [compareSure(...patient, k), compareSure(...patient, k, newState)],
      search: [await allSimulators(1), await allSimulators(2)],
      ofRun: judgeSure(real, ideal, 'of-run'),
      ofView: judgeSure(real, ideal, 'of-view'),
    }
  },
  figures: ({ newState, next, search }) => [
    {
      kind: 'table',
      title: 'What H sees',
      columns: [{ name: 'the run ends' }, { name: 'with M̂₁₀' }, { name: 'with M̂₁₀′ and the same A₁' }],
      rows: [
        ['when A₁ would be switched again', next.real.view.toString(), next.ideal.view.toString()],
        [
          'when A₁’s new state is final',
          newState.real.view.toString() || 'nothing',
          newState.ideal.view.toString(),
        ],
      ],
    },
    {
      kind: 'table',
      title: 'The best of all simulators of bounded length',
      columns: [{ name: 'k' }, { name: 'activations' }, { name: 'at least' }, { name: 'at most' }],
      rows: search.map((s) => [s.k, s.activations, s.lower.toNumber(), s.upper.toNumber()]),
    },
  ],
  claims: [
    {
      id: 'no-simulator',
      statement: 'No simulator mimics the view that H has with M̂₁₀ and A₁: the best has distance 1',
      source: 'Lemma 5, for every simulator of 2^k+2 activations at k = 1, 2',
      stands: 'holds',
      check: ({ search }) =>
        whether(
          search.every(({ lower }) => lower.toNumber() === 1),
          search
            .map(({ k, lower, upper }) => `k = ${k}: between ${lower.toString()} and ${upper.toString()}`)
            .join('; '),
          'at least 1 (certified by a distinguisher)',
        ),
    },
    {
      id: 'one-message',
      statement: 'With M̂₁₀ and A₁ the view of H is one message, done; with M̂₁₀′ alive comes before it',
      source: 'Lemma 5, the run ending when A₁ would be switched again',
      stands: 'holds',
      check: ({ next: { real, ideal } }) =>
        whether(
          real.view.toString() === 'result? done' && ideal.view.toString().startsWith('out? alive'),
          `${real.view.toString()} | ${ideal.view.toString().replace('\n', '; ')}`,
          'result? done | out? alive; result? done',
        ),
    },
    {
      id: 'halting-on-new-state',
      statement: 'The same, when the run ends as soon as A₁’s new state is final',
      source: 'Lemma 5 under the formal definition of a run',
      stands: 'fails',
      check: ({ newState: { real } }) =>
        whether(
          real.view.toString() === 'result? done',
          `the view of H with M̂₁₀ is ${real.view.toString() || 'empty'}`,
          'empty: the last ping is never delivered',
        ),
    },
    {
      id: 'one-ping-more',
      statement: 'An A₁ that halts one activation later gives Lemma 5 under either reading',
      source: 'Lemma 5, mended',
      stands: 'holds',
      check: ({ patient }) =>
        whether(
          patient.every(({ distance }) => distance === 1),
          `distances ${patient.map((p) => p.distance).join(', ')}`,
          '1, 1',
        ),
    },
    {
      id: 'definition-3-prefix-of-view',
      statement: 'Definition 3 rejects A₁ itself as a simulator, view_{k,l} being the prefix of the view',
      source: 'Lemma 5',
      stands: 'holds',
      check: ({ ofView }) => asRefuted(ofView.definition3, 'refuted: the first entry differs'),
    },
    {
      id: 'definition-3-view-of-prefix',
      statement: 'It accepts A₁ as a simulator, view_{k,l} being the view of the first l steps of the run',
      source: 'glossary, “restricted to its first l elements”: under this reading Lemma 5 fails',
      stands: 'holds',
      check: ({ ofRun }) =>
        asVerdict(ofRun.definition3, 'holds: nothing reaches H in polynomially many steps'),
    },
  ],
})
