import {
  type AllK,
  type Closed,
  choose,
  collection,
  combine,
  compareViews,
  compose,
  configuration,
  counter,
  deliver,
  Entries,
  formatVerdict,
  judge,
  judgeSure,
  type Machine,
  machine,
  openStructure,
  Polynomial,
  run,
  type Structure,
  structure,
  x,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asRefuted, asVerdict, whether } from './known.ts'

const { IDEAL, LISTENER, OUTER, PINGER, REAL } = counterexample

/** The four configurations of the proof, in its order: conf#, conf₀, conf₀′, conf*. */
interface Four {
  sharp: Closed
  zero: Closed
  zeroPrime: Closed
  star: Closed
}

function four(real: Structure, ideal: Structure, outer: Structure, user: Machine, adversary: Machine): Four {
  const combined = combine('H₀', [user, ...outer.machines.machines])
  const joined = (part: Structure): Closed => {
    // H₀ has M̂₁'s ports for the adversary too, so (M̂₀, S₀, H₀, A₀) is a configuration: A₀ is the adversary.
    configuration(part, combined, adversary)
    return { machines: collection(combined, adversary, ...part.machines.machines), user: combined }
  }
  return {
    sharp: configuration(compose(real, outer), user, adversary, compose(ideal, outer)),
    zero: joined(real),
    zeroPrime: joined(ideal),
    star: configuration(compose(ideal, outer), user, adversary),
  }
}

function sameView(a: Closed, b: Closed, k: number): boolean {
  const entries = new Entries()
  const [first, second] = [a, b].map((closed) => run(closed, k, { view: 'H', entries }).view)
  return first !== undefined && second !== undefined && compareViews(first, second).equal
}

/** Secure once: with probability 2^{-k} the first input is answered, and never again. */
const ONCE = openStructure('once', [
  machine('M₀', {
    ports: ['in?', 'out!', 'out◁!'],
    initial: 'new',
    on: {
      'in?': ({ state }) =>
        state === 'new'
          ? choose([x, { to: 'used', ...deliver('out', 'alive') }], [Polynomial.ONE.minus(x), { to: 'used' }])
          : {},
    },
  }),
])
const NEVER = openStructure('never', [machine('M₀', { ports: ['in?', 'out!', 'out◁!'] })])
/** Hands every message on. */
const RELAY = structure(
  'relay',
  [
    machine('M₁', {
      ports: ['in!', 'in◁!', 'adv?'],
      on: { 'adv?': ({ message }) => deliver('in', message) },
    }),
  ],
  ['in↔!'],
)
const THREE_PINGS = machine('A₁', {
  ports: ['adv!', 'adv◁!', 'clk◁?'],
  counters: { n: counter('clk◁?', { last: 3 }) },
  on: { 'clk◁?': () => deliver('adv', 'ping') },
  final: (_, count) => count.n.is('last'),
})
const HEARS_OUT = machine('H', { ports: ['out?'] })

/** M̂₁ with a hundred calls instead of 2^k. */
const FRUGAL = structure(
  'frugal',
  [
    machine('M₁', {
      ports: ['in!', 'in◁!', 'adv?', 'result!', 'result◁!'],
      counters: { i: counter('adv?', { hundred: 100 }) },
      on: {
        'adv?': ({ message, count }) =>
          count.i.above('hundred') ? deliver('result', 'done') : deliver('in', message),
      },
    }),
  ],
  ['in↔!', 'result↔!'],
)

/** A user who calls M₀ herself and halts after a hundred activations. */
const BRIEF = machine('H', {
  ports: ['in!', 'in◁!', 'out?', 'clk◁?'],
  counters: { n: counter('clk◁?', { last: 100 }) },
  on: { 'clk◁?': () => deliver('in', 'ping') },
  final: (_, count) => count.n.is('last'),
})

interface Result {
  k: number
  frugal: ReturnType<typeof judgeSure>
  brief: ReturnType<typeof judgeSure>
  equation4: boolean
  equation7: boolean
  h0: ReturnType<typeof judgeSure>
  h: ReturnType<typeof judgeSure>
  composed: ReturnType<typeof judgeSure>
  strict: { five: AllK; six: AllK; three: AllK }
}

export const theorem8 = defineScenario<{ k: number }, Result>({
  id: 'simulatability/theorem-8',
  title: 'The proof of the composition theorem, step by step',
  source: { paper: 'simulatability', section: '4' },
  summary:
    'The proof goes from conf# by combining H and M̂₁ to conf₀, replaces M̂₀ by M̂₀′ to get conf₀′, and takes H₀ apart ' +
    'again to get conf*. The combination changes no view (equations 4 and 7). From the closeness of H₀’s views (5) to ' +
    'that of H’s (6) it needs Lemma 2(i): under Definition 7 that is what it says; under Definition 3 H’s first entry ' +
    'lies beyond every polynomial prefix of H₀’s view, and the step fails.',
  parameters: { k: { kind: 'integer', default: 12, min: 1, max: 10_000, help: 'the security parameter' } },
  run({ k }) {
    const broken = four(REAL, IDEAL, OUTER, LISTENER, PINGER)
    const sound = four(ONCE, NEVER, RELAY, HEARS_OUT, THREE_PINGS)
    return Promise.resolve({
      k,
      equation4: sameView(broken.sharp, broken.zero, k),
      equation7: sameView(broken.star, broken.zeroPrime, k),
      h0: judgeSure(broken.zero, broken.zeroPrime, 'of-view', { view: 'H₀' }),
      h: judgeSure(broken.zero, broken.zeroPrime, 'of-view', { view: 'H' }),
      composed: judgeSure(broken.sharp, broken.star),
      frugal: judgeSure(
        configuration(compose(REAL, FRUGAL), LISTENER, PINGER, compose(IDEAL, FRUGAL)),
        configuration(compose(IDEAL, FRUGAL), LISTENER, PINGER),
      ),
      brief: judgeSure(configuration(REAL, BRIEF, null, IDEAL), configuration(IDEAL, BRIEF)),
      strict: {
        five: judge(sound.zero, sound.zeroPrime, { view: 'H₀' }),
        six: judge(sound.zero, sound.zeroPrime, { view: 'H' }),
        three: judge(sound.sharp, sound.star),
      },
    })
  },
  figures: ({ h0, h, composed, strict }) => [
    {
      kind: 'table',
      title: 'The counterexample, for all k',
      columns: [{ name: 'step' }, { name: 'Definition 3' }, { name: 'Definition 7' }],
      rows: (
        [
          ['(5) views of H₀ in conf₀ and conf₀′', h0],
          ['(6) views of H in conf₀ and conf₀′', h],
          ['(3) views of H in conf# and conf*', composed],
        ] as const
      ).map(([step, { definition3, definition7 }]) => [
        step,
        formatVerdict(definition3),
        formatVerdict(definition7),
      ]),
    },
    {
      kind: 'table',
      title: 'A part that is strictly secure (it errs once, with probability x = 2^{-k}), for all k',
      columns: [{ name: 'step' }, { name: 'distance of whole views' }, { name: 'Definition 7' }],
      rows: (
        [
          ['(5) views of H₀', strict.five],
          ['(6) views of H', strict.six],
          ['(3) views of H, composed', strict.three],
        ] as const
      ).map(([step, { whole, definition7 }]) => [
        step,
        whole?.format() ?? 'unknown',
        formatVerdict(definition7),
      ]),
    },
  ],
  claims: [
    {
      id: 'equation-4',
      statement: 'view_{conf#}(H) = view_{conf₀}(H): combining H and M̂₁ changes no view',
      source: 'Theorem 8, equation (4)',
      stands: 'holds',
      check: ({ equation4, k }) =>
        whether(equation4, `at k = ${k}: ${equation4 ? 'equal' : 'different'}`, 'equal'),
    },
    {
      id: 'equation-7',
      statement: 'view_{conf*}(H) = view_{conf₀′}(H): taking H₀ apart changes no view',
      source: 'Theorem 8, equation (7)',
      stands: 'holds',
      check: ({ equation7, k }) =>
        whether(equation7, `at k = ${k}: ${equation7 ? 'equal' : 'different'}`, 'equal'),
    },
    {
      id: 'step-5-definition-3',
      statement: 'For the counterexample, polynomial prefixes of H₀’s views are close',
      source: 'Theorem 8, (5), under Definition 3',
      stands: 'holds',
      check: ({ h0 }) => asVerdict(h0.definition3, 'holds: they differ after more than 2^k entries'),
    },
    {
      id: 'step-6-definition-3',
      statement: 'From that it cannot be concluded that polynomial prefixes of H’s views are close',
      source: 'Theorem 8, (6), under Definition 3',
      stands: 'holds',
      check: ({ h }) => asRefuted(h.definition3, 'refuted: they differ in entry 1'),
    },
    {
      id: 'steps-definition-7',
      statement: 'Under Definition 7 neither (5) nor (6) holds for it, so that the step is not violated',
      source: 'Theorem 8',
      stands: 'holds',
      check({ h0: { definition7: five }, h: { definition7: six } }) {
        const both = five.known === 'proved' && six.known === 'proved' && !five.holds && !six.holds
        return whether(both, `(5) ${formatVerdict(five)}; (6) ${formatVerdict(six)}`, 'both refuted')
      },
    },
    {
      id: 'polynomial-outer',
      statement:
        'With an M̂₁ that makes polynomially many calls, Definition 3 is not violated by the composition',
      source: '§4, after Theorem 8; with 100 calls, and Lemma 5’s A₁ and H',
      stands: 'holds',
      check: ({ frugal }) =>
        asVerdict(frugal.definition3, 'holds for all large k: M₀′ is never asked 2^k times'),
    },
    {
      id: 'polynomial-users',
      statement: 'For users who halt after polynomially many activations Definitions 3 and 7 agree',
      source: '§4, after Theorem 8; with 100 activations',
      stands: 'holds',
      check({ brief: { definition3: three, definition7: seven } }) {
        const agree = three.known === 'proved' && seven.known === 'proved' && three.holds === seven.holds
        return whether(agree, `${formatVerdict(three)}; ${formatVerdict(seven)}`, 'both hold for all large k')
      },
    },
    {
      id: 'strict-part-composes',
      statement:
        'With a strictly secure part, (5), (6) and (3) are all small, and none exceeds the one before',
      source: 'Theorem 8',
      stands: 'holds',
      check({ strict: { five, six, three } }) {
        const texts = [five, six, three].map(({ whole }) => whole?.format() ?? 'unknown')
        const proved = [five, six, three].every(({ definition7: d }) => d.known === 'proved' && d.holds)
        return whether(
          proved && texts.every((t) => t === 'x'),
          `distances ${texts.join(', ')}`,
          'x, x, x with x = 2^{-k}',
        )
      },
    },
  ],
})
