import {
  bestUniversalSimulator,
  type Closed,
  closed,
  compareSure,
  configuration,
  counter,
  deliver,
  type Machine,
  machine,
  Player,
  type Rational,
  type SureComparison,
  twoToTheK,
} from '@warren/reactive'
import { counterexample } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

const { IDEAL, M0, M0_PRIME, REAL } = counterexample

/**
 * Case 2: A₁ has in! and in◁!. In each activation it pings M₀ and has a word for H. `suppress` says what A₂ leaves out:
 * the ping and its clock-out, as the paper says; or all later clock-outs too.
 */
function adversary(suppress: 'nothing' | 'ping' | 'ping and later clocks'): Machine {
  const clocks = { nothing: { in: 1, word: 1 }, ping: { word: 1 }, 'ping and later clocks': {} }
  return machine('A', {
    ports: ['clk◁?', 'in!', 'in◁!', 'word!', 'word◁!'],
    counters: { n: counter('clk◁?', { end: twoToTheK.plus(1) }) },
    on: {
      'clk◁?': () => ({
        send: { word: 'hello', ...(suppress === 'nothing' ? { in: 'ping' } : {}) },
        clock: clocks[suppress],
      }),
    },
    final: (_, { n }) => n.is('end'),
  })
}

/** The same A₁, writing at most one clock-out in an activation: pings and words take turns. */
function careful(pings: boolean): Machine {
  return machine('A', {
    ports: ['clk◁?', 'in!', 'in◁!', 'word!', 'word◁!'],
    initial: 'ping',
    counters: { n: counter('clk◁?', { end: twoToTheK.times(2).plus(2) }) },
    on: {
      'clk◁?': ({ state }) =>
        state === 'word'
          ? { to: 'ping', ...deliver('word', 'hello') }
          : { to: 'word', ...(pings ? deliver('in', 'ping') : {}) },
    },
    final: (_, { n }) => n.is('end'),
  })
}

const USER = machine('H', { ports: ['out?', 'word?'] })

interface Game {
  k: number
  horizon: number
  lower: Rational
  upper: Rational
  views: number
}

interface Result {
  k: number
  naive: SureComparison
  mended: SureComparison
  printed: SureComparison
  oneClock: SureComparison
  games: Game[]
}

/** Every user of so many activations, against M₀ or M₀′ directly: what the best of them can tell in `horizon` entries. */
async function bestUser(k: number, horizon: number): Promise<Game> {
  const user = new Player('H', {
    ports: ['clk◁?', 'in!', 'in◁!', 'out?'],
    moves: [{}, deliver('in', 'ping')],
    activations: horizon,
  })
  const nobody = new Player('A', { ports: [], moves: [{}], activations: 1 })
  const close = (part: Machine): Closed => closed(user.machine(), part)
  const { lower, upper, views } = await bestUniversalSimulator(
    close(M0),
    closed(user.machine(), M0_PRIME, nobody.machine()),
    nobody,
    user,
    k,
    { horizon },
  )
  return { k, horizon, lower, upper, views }
}

export const lemma4 = defineScenario<{ k: number }, Result>({
  id: 'simulatability/lemma-4',
  title: 'The parts are statistically as secure (Lemma 4)',
  source: { paper: 'simulatability', section: '3' },
  summary:
    'Case 1: the user has in!, so she sees every activation of M₀; the best of all users, found by linear programming ' +
    'at small k, tells nothing in 2^k entries and everything in 2^k+1. Case 2: the adversary has in!, and the simulator ' +
    'leaves his pings out. If it leaves out only them, the run promotes a later clock-out of the same activation, and ' +
    'the user hears what she did not hear before.',
  parameters: {
    k: { kind: 'integer', default: 6, min: 1, max: 12, help: 'the security parameter of case 2' },
  },
  async run({ k }) {
    const real = configuration(REAL, USER, adversary('nothing'), IDEAL)
    const against = (part: typeof REAL, a: Machine) => configuration(part, USER, a)
    return {
      k,
      naive: compareSure(real, against(IDEAL, adversary('ping')), k),
      mended: compareSure(real, against(IDEAL, adversary('ping and later clocks')), k),
      oneClock: compareSure(
        configuration(REAL, USER, careful(true), IDEAL),
        configuration(IDEAL, USER, careful(false)),
        k,
        { reading: { clockOuts: 'refuse' } },
      ),
      printed: compareSure(real, against(IDEAL, adversary('nothing')), k),
      games: [await bestUser(1, 2), await bestUser(1, 3), await bestUser(2, 4), await bestUser(2, 5)],
    }
  },
  figures: ({ games }) => [
    {
      kind: 'table',
      title: 'Case 1: the best of all users of M₀ or M₀′',
      columns: [{ name: 'k' }, { name: 'entries' }, { name: 'distance' }, { name: 'views' }],
      rows: games.map(({ k, horizon, upper, views }) => [k, horizon, upper.toNumber(), views]),
    },
  ],
  claims: [
    {
      id: 'case-1',
      statement: 'No user sees a difference in her first 2^k entries; one sees it in entry 2^k+1',
      source: 'Lemma 4, case 1 (the paper: the first 2^k−1 entries), for every user at k = 1, 2',
      stands: 'holds',
      check: ({ games }) =>
        whether(
          games.every(({ k, horizon, lower, upper }) =>
            horizon <= 2 ** k ? upper.isZero() : lower.equals(upper) && lower.toNumber() === 1,
          ),
          games
            .map(({ k, horizon, upper }) => `k = ${k}, ${horizon} entries: ${upper.toString()}`)
            .join('; '),
          '0 up to 2^k entries, 1 at 2^k+1 (certified bounds of a linear program)',
        ),
    },
    {
      id: 'case-2-as-printed',
      statement: 'Suppressing A₁’s outputs on in! and in◁! does not change the view of H',
      source: 'Lemma 4, case 2',
      stands: 'fails',
      check: ({ naive: { distance, real, ideal } }) =>
        whether(
          distance === 0,
          `distance ${distance}: H sees ${real.view.length?.format('2^k')} entries with A₁, ${ideal.view.length?.format('2^k').slice(0, 12)} with A₂`,
          'distance 1: the run promotes the next clock-out of the activation',
        ),
    },
    {
      id: 'case-2-one-clock-out',
      statement: 'It does not, when a machine writes on at most one clock-out in an activation',
      source: 'Lemma 4, case 2, under Appendix A’s “at most one clock out-port”',
      stands: 'holds',
      check: ({ oneClock: { distance } }) => whether(distance === 0, `distance ${distance}`, 'distance 0'),
    },
    {
      id: 'case-2',
      statement: 'Suppressing the later clock-outs of those activations too leaves the view of H as it was',
      source: 'Lemma 4, case 2, mended',
      stands: 'holds',
      check: ({ mended: { distance } }) => whether(distance === 0, `distance ${distance}`, 'distance 0'),
    },
    {
      id: 'last-equation',
      statement: 'view_{M₀,H,A₁}(H) = view_{M₀′,H,A₁}(H)',
      source: 'Lemma 4, last displayed equation, as printed',
      stands: 'fails',
      check: ({ printed: { distance, difference } }) =>
        whether(
          distance === 0,
          difference.equal ? 'equal' : `distance ${distance}: M₀′ answers A₁’s pings`,
          'the right-hand side must have A₂ (claim case-2)',
        ),
    },
  ],
})
