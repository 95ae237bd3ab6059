import {
  configuration,
  counter,
  deliver,
  judgeSure,
  machine,
  openStructure,
  twoToTheK,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asRefuted, asVerdict, whether } from './known.ts'

const FIRST = openStructure('M̂₁', [counterexample.speaker(1)])
const SECOND = openStructure('M̂₂', [counterexample.speaker(2)])

/** Connects to every service port, and calls for ever. */
const EVERYWHERE = machine('H', {
  ports: ['clk◁?', 'in!', 'in◁!', 'out?'],
  on: { 'clk◁?': () => deliver('in', 'ping') },
})
/** Connects to out alone. */
const SOMEWHERE = machine('H', { ports: ['out?'] })
const CALLING = machine('A', {
  ports: ['clk◁?', 'in!', 'in◁!'],
  counters: { n: counter('clk◁?', { end: twoToTheK }) },
  on: { 'clk◁?': () => deliver('in', 'ping') },
  final: (_, { n }) => n.is('end'),
})

interface Result {
  everywhere: ReturnType<typeof judgeSure>
  somewhere: ReturnType<typeof judgeSure>
  itself: ReturnType<typeof judgeSure>
}

export const restrictedUsers = defineScenario<Record<never, never>, Result>({
  id: 'simulatability/restricted-users',
  title: 'Users who connect everywhere, and users who do not (§3.1)',
  source: { paper: 'simulatability', section: '3.1' },
  summary:
    'Mᵢ says *i* in its 2^k-th activation. A user who must connect to all service ports makes those activations herself ' +
    'and sees the difference too late for Definition 3. A user who connects to out! alone sees it in her first entry.',
  parameters: {},
  run: () =>
    Promise.resolve({
      everywhere: judgeSure(configuration(FIRST, EVERYWHERE), configuration(SECOND, EVERYWHERE)),
      somewhere: judgeSure(
        configuration(FIRST, SOMEWHERE, CALLING, SECOND),
        configuration(SECOND, SOMEWHERE, CALLING),
      ),
      itself: judgeSure(
        configuration(FIRST, SOMEWHERE, CALLING, FIRST),
        configuration(FIRST, SOMEWHERE, CALLING),
      ),
    }),
  figures: () => [],
  claims: [
    {
      id: 'all-ports',
      statement: 'For a user who connects to all service ports, Definition 3 takes M̂₁ to be as secure as M̂₂',
      source: '§3.1',
      stands: 'holds',
      check: ({ everywhere }) =>
        asVerdict(everywhere.definition3, 'holds: the difference comes in entry 2^k+1'),
    },
    {
      id: 'some-ports',
      statement: 'For a user who connects to out alone, it does not',
      source: '§3.1',
      stands: 'holds',
      check: ({ somewhere }) => asRefuted(somewhere.definition3, 'refuted in the first entry'),
    },
    {
      id: 'restriction-matters',
      statement: 'Restricting users to those who connect to all service ports changes statistical security',
      source: '§3.1, against [Bac02, §3.2]',
      stands: 'holds',
      check({ everywhere: { definition3: all }, somewhere: { definition3: some } }) {
        const known = all.known === 'proved' && some.known === 'proved'
        return known
          ? whether(
              all.holds !== some.holds,
              `restricted: ${all.holds}, unrestricted: ${some.holds}`,
              'true, false',
            )
          : { verdict: 'inconclusive', measured: 'not proved', expected: 'true, false' }
      },
    },
    {
      id: 'strict-agrees',
      statement:
        'Under Definition 7 both users tell M̂₁ from M̂₂, so that the restriction makes no difference here',
      source: '§4, after Theorem 8',
      stands: 'holds',
      check({ everywhere: { definition7: all }, somewhere: { definition7: some } }) {
        const both = all.known === 'proved' && some.known === 'proved' && !all.holds && !some.holds
        return whether(both, `restricted: ${all.known}, unrestricted: ${some.known}`, 'both refuted')
      },
    },
    {
      id: 'not-as-secure-as-itself',
      statement: '“So M̂₁ is not as secure as M̂₁”',
      source: '§3.1, last sentence of the example, as printed',
      stands: 'fails',
      check: ({ itself: { definition7 } }) =>
        whether(
          definition7.known === 'proved' && !definition7.holds,
          'M̂₁ compared with itself: equal views',
          'the second M̂₁ must be M̂₂ (claim some-ports)',
        ),
    },
  ],
})
