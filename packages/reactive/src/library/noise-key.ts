import { type Machine, machine } from '../model/machine.ts'
import { type Fraction, fraction, Rational } from '../model/rational.ts'
import { choose, deliver, uniform } from '../model/reaction.ts'
import { type Structure, structure } from '../model/structure.ts'

// One secure bit of the noise key exchange (the paper *kljn*), over a finite alphabet: Eve's samples are + or −, and
// what she learns is in how likely + is for either value of the bit. The second-law attack makes `leak` > 0: the power
// flowing towards the colder end moves the sign of a sample with probability 1/2 ± leak.

const PORTS = ['start?', 'bit!', 'bit◁!', 'listen?', 'sample!', 'sample◁!'] as const
const SERVICE = ['start↔?', 'start◁?', 'bit↔!']

/** The exchange: a bit for the user, and samples for Eve whenever she listens, biased by the bit. `leak` in [0, 1/2]. */
export function noiseKey(leak: Fraction): Structure {
  const half = Rational.of(1n, 2n)
  const bias = fraction(leak)
  const wire = machine('wire', {
    ports: PORTS,
    initial: '',
    on: {
      'start?': ({ state }) =>
        state === '' ? uniform(['0', '1'].map((bit) => ({ to: bit, ...deliver('bit', bit) }))) : {},
      'listen?'({ state }) {
        const plus = state === '' ? half : state === '1' ? half.plus(bias) : half.minus(bias)
        return choose([plus, deliver('sample', '+')], [Rational.ONE.minus(plus), deliver('sample', '−')])
      },
    },
  })
  return structure(bias.isZero() ? 'ideal key' : `noise key, leak ${bias.toString()}`, [wire], SERVICE)
}

/** Eve, who listens when the user says so and tells what she hears. */
export const EVE: Machine = machine('A', {
  ports: ['order?', 'listen!', 'listen◁!', 'sample?', 'tell!', 'tell◁!'],
  on: {
    'order?': () => deliver('listen', 'once'),
    'sample?': ({ message }) => deliver('tell', message),
  },
})

/** Starts the exchange and then has Eve listen for ever: 2 entries for the bit, 2 for every sample. */
export const OBSERVER: Machine = machine('H', {
  ports: ['clk◁?', 'start!', 'start◁!', 'bit?', 'order!', 'order◁!', 'tell?'],
  initial: 'new',
  on: {
    'clk◁?': ({ state }) =>
      state === 'new' ? { to: 'running', ...deliver('start', 'go') } : deliver('order', 'listen'),
  },
})

/** The entries of OBSERVER's view that hold `samples` samples. */
export function entriesFor(samples: number): number {
  return 2 + 2 * samples
}
