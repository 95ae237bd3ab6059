import { type Machine, machine } from '../model/machine.ts'
import { type Fraction, fraction, Rational } from '../model/rational.ts'
import { choose, deliver } from '../model/reaction.ts'
import { type Closed, closed } from '../model/structure.ts'

/** A hidden chain of two states: the chances to say 1 in each, and to change over after speaking. */
export interface TwoStates {
  readonly says: readonly [Fraction, Fraction]
  readonly changes: readonly [Fraction, Fraction]
}

/** A source with two hidden states that says a bit in every activation, to a user who reads. Not in the paper. */
export function hiddenTwoStates(chances: TwoStates): Closed {
  const says = chances.says.map(fraction)
  const changes = chances.changes.map(fraction)
  const source: Machine = machine('source', {
    ports: ['clk◁?', 'bit!', 'bit◁!'],
    initial: 0,
    on: {
      'clk◁?'({ state }) {
        const one = says[state] as Rational
        const over = changes[state] as Rational
        const bit = { '1': one, '0': Rational.ONE.minus(one) }
        const next = [
          [state, Rational.ONE.minus(over)],
          [1 - state, over],
        ] as const
        return choose(
          ...(['0', '1'] as const).flatMap((b) =>
            next.map(([to, p]) => [bit[b].times(p), { to, ...deliver('bit', b) }] as const),
          ),
        )
      },
    },
  })
  return closed(machine('H', { ports: ['bit?'] }), source)
}
