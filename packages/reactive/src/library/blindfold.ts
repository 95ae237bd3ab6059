import { type Machine, machine } from '../model/machine.ts'
import { type Fraction, fraction, Rational } from '../model/rational.ts'
import { choose, deliver, uniform } from '../model/reaction.ts'
import { type Closed, closed } from '../model/structure.ts'
import { Player } from '../search/player.ts'

// A measure for simulator searches, not in the paper: in every round a bit is drawn and something is said about it. In
// the real world it is right with a fixed probability; in the ideal one the simulator says it, who is shown the bit in
// every second round only. n rounds have 4ⁿ views.

const USER: Machine = machine('H', { ports: ['hear?'] })

/** The real world: what is said equals the bit with probability `right`. */
export function fallibleOracle(right: Fraction): Closed {
  const good = fraction(right)
  return closed(
    USER,
    machine('oracle', {
      ports: ['clk◁?', 'hear!', 'hear◁!'],
      on: {
        'clk◁?': () =>
          choose(
            ...['0', '1'].flatMap((bit) =>
              ['0', '1'].map((said) => {
                const p = said === bit ? good : Rational.ONE.minus(good)
                return [p.times(Rational.of(1n, 2n)), deliver('hear', bit + said)] as const
              }),
            ),
          ),
      },
    }),
  )
}

/** The ideal world, around the simulator. */
export function blindfolded(simulator: Player): Closed {
  const host = machine('host', {
    ports: ['clk◁?', 'show!', 'show◁!', 'say?', 'hear!', 'hear◁!'],
    initial: { bit: '', shows: true },
    on: {
      'clk◁?': ({ state }) =>
        uniform(
          ['0', '1'].map((bit) => ({
            to: { bit, shows: !state.shows },
            ...deliver('show', state.shows ? bit : 'nothing'),
          })),
        ),
      'say?': ({ state, message }) => deliver('hear', state.bit + message),
    },
  })
  return closed(USER, host, simulator.machine())
}

/** The simulator of `rounds` rounds: says 0 or 1 whatever it is shown. */
export function teller(rounds: number): Player {
  return new Player('A', {
    ports: ['show?', 'say!', 'say◁!'],
    moves: [deliver('say', '0'), deliver('say', '1')],
    activations: rounds,
  })
}
