import {
  type Closed,
  closed,
  collection,
  compareSure,
  configuration,
  counter,
  judgeSure,
  machine,
  parsePort,
  ReactiveError,
  run,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

const { CALLER, IDEAL, M1, REAL } = counterexample

/** The message of the rule that a model breaks; null when it breaks none. */
function broken(body: () => unknown): string | null {
  try {
    body()
    return null
  } catch (error) {
    if (error instanceof ReactiveError) return error.message
    throw error
  }
}

/** Sends one message and schedules the second of its buffer. */
const BEYOND: Closed = closed(
  machine('H', { ports: ['a?'] }),
  machine('X', {
    ports: ['clk◁?', 'a!', 'a◁!'],
    counters: { n: counter('*', { end: 1 }) },
    on: { 'clk◁?': () => ({ send: { a: 'm' }, clock: { a: 2 } }) },
    final: (_, { n }) => n.is('end'),
  }),
)

interface Result {
  incoming: { direction: string; clash: string | null; mended: string | null }
  clockOut: { printed: string | null; mended: string | null }
  remark: { printed: number; mended: ReturnType<typeof judgeSure> }
  beyond: { formal: string; refused: string | null }
}

export const text = defineScenario<Record<never, never>, Result>({
  id: 'simulatability/text',
  title: 'Slips of the text, and what it leaves open',
  source: { paper: 'simulatability', section: '3, 3.1, 4, A' },
  summary:
    'A model checker reads literally. Ports that the text misprints break a rule of collections; an equation that ' +
    'compares a configuration with itself says nothing. Each is shown as printed and as meant.',
  parameters: {},
  run() {
    const named = (incoming: string) => machine('M₀', { ports: [incoming, 'out!', 'out◁!'] as string[] })
    const itself = configuration(REAL, CALLER)
    return Promise.resolve({
      incoming: {
        direction: parsePort('in!').direction,
        clash: broken(() => collection(M1, named('in!'))),
        mended: broken(() => collection(M1, named('in?'))),
      },
      clockOut: {
        printed: broken(() => machine('M', { ports: ['p!', 'p!'] })),
        mended: broken(() => machine('M', { ports: ['p!', 'p◁!'] })),
      },
      remark: {
        printed: compareSure(itself, itself, 8).distance,
        mended: judgeSure(itself, configuration(IDEAL, CALLER)),
      },
      beyond: {
        formal: run(BEYOND, 1).view.toString(),
        refused: broken(() => run(BEYOND, 1, { reading: { outOfRange: 'refuse' } })),
      },
    })
  },
  figures: () => [],
  claims: [
    {
      id: 'incoming-in-out',
      statement: 'The machines M₀ (§3) and Mᵢ (§3.1) have an incoming connection in!',
      source: '§3, first definition, and §3.1, as printed',
      stands: 'fails',
      check: ({ incoming: { direction, clash } }) =>
        whether(
          clash === null && direction === '?',
          clash ?? 'no clash',
          'in! is outgoing, and M₁ has it already',
        ),
    },
    {
      id: 'incoming-in-in',
      statement: 'The machines M₀ and Mᵢ have an incoming connection in?',
      source: '§3 and §3.1, mended',
      stands: 'holds',
      check: ({ incoming: { mended } }) =>
        whether(mended === null, mended ?? 'a collection with M₁', 'a collection with M₁'),
    },
    {
      id: 'clock-out-as-simple',
      statement: 'Simple out-ports and clock out-ports are both written p!',
      source: 'Appendix A, as printed',
      stands: 'fails',
      check: ({ clockOut: { printed } }) =>
        whether(printed === null, printed ?? 'distinct', 'one port twice'),
    },
    {
      id: 'clock-out',
      statement: 'Clock out-ports are written p◁!',
      source: 'Appendix A, mended',
      stands: 'holds',
      check: ({ clockOut: { mended } }) => whether(mended === null, mended ?? 'two ports', 'two ports'),
    },
    {
      id: 'remark-as-printed',
      statement:
        'Definition 7 is equivalent to closeness of the prefixes of view_{conf₁} and view_{conf₁}, for all lengths',
      source: '§4, remark after Definition 7, as printed',
      stands: 'fails',
      check({ remark: { printed, mended } }) {
        const { definition7 } = mended
        const agree = definition7.known === 'proved' && definition7.holds === (printed === 0)
        return whether(
          agree,
          `a view compared with itself: distance ${printed}; M̂₀ and M̂₀′ are told apart`,
          'they disagree',
        )
      },
    },
    {
      id: 'remark',
      statement:
        'Definition 7 is equivalent to closeness of the prefixes of view_{conf₁} and view_{conf₂}, for all lengths',
      source: '§4, remark after Definition 7, mended; for M̂₀ and M̂₀′ with the length 2^k+1',
      stands: 'holds',
      check({ remark: { mended } }) {
        const { comparison, definition7 } = mended
        const index =
          comparison?.difference.equal === false ? comparison.difference.index.format('2^k') : 'none'
        return whether(
          index === '2^k + 1' && definition7.known === 'proved' && !definition7.holds,
          `prefixes of ${index} entries differ, and Definition 7 is refuted`,
          '2^k + 1, refuted',
        )
      },
    },
    {
      id: 'index-out-of-range',
      statement: 'Appendix A says what happens when the n-th undelivered message does not exist',
      source: 'Appendix A',
      stands: 'fails',
      check: ({ beyond: { formal, refused } }) =>
        whether(
          formal !== '' || refused === null,
          `two readings: nothing is delivered; or: ${refused ?? ''}`,
          'it does not; the formal definition delivers nothing',
        ),
    },
  ],
})
