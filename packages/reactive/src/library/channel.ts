import { type Machine, machine } from '../model/machine.ts'
import { type Fraction, fraction, Rational } from '../model/rational.ts'
import { choose, deliver } from '../model/reaction.ts'
import { type Structure, structure } from '../model/structure.ts'
import { Player } from '../search/player.ts'

// Beyond the paper: one bit through a channel. `in` and `out` are the user's, `tap` and `inject` the adversary's.

const PORTS = ['in?', 'tap!', 'tap◁!', 'inject?', 'out!', 'out◁!'] as const
const SERVICE = ['in↔?', 'in◁?', 'out↔!']

function xor(a: string, b: string): string {
  return a === b ? '0' : '1'
}

/**
 * The one-time pad for one bit, sender and receiver in one machine: the ciphertext goes to the adversary, what he
 * injects is decrypted. `keyIsZero` is the chance that the key is 0; one half is the real pad.
 */
export function oneTimePad(keyIsZero: Fraction = '1/2'): Structure {
  const zero = fraction(keyIsZero)
  const pad = machine('pad', {
    ports: PORTS,
    initial: '',
    on: {
      'in?'({ state, message }) {
        if (state !== '') return {} // one key, one message
        return choose(
          ...(
            [
              ['0', zero],
              ['1', Rational.ONE.minus(zero)],
            ] as const
          ).map(([key, p]) => [p, { to: key, ...deliver('tap', xor(message, key)) }] as const),
        )
      },
      'inject?': ({ state, message }) =>
        state === '0' || state === '1' ? { to: 'used', ...deliver('out', xor(message, state)) } : {},
    },
  })
  return structure('one-time pad', [pad], SERVICE)
}

/** What the pad is to be: the adversary learns that a bit was sent, and may flip it, unseen. */
export const MALLEABLE_CHANNEL: Structure = structure(
  'malleable channel',
  [
    machine('channel', {
      ports: PORTS,
      initial: '',
      on: {
        'in?': ({ state, message }) => (state === '' ? { to: message, ...deliver('tap', 'sent') } : {}),
        'inject?': ({ state, message }) =>
          state === '0' || state === '1' ? { to: 'used', ...deliver('out', xor(message, state)) } : {},
      },
    }),
  ],
  SERVICE,
)

/** What the pad is not: the adversary may only let the bit pass. */
export const SECURE_CHANNEL: Structure = structure(
  'secure channel',
  [
    machine('channel', {
      ports: PORTS,
      initial: '',
      on: {
        'in?': ({ state, message }) => (state === '' ? { to: message, ...deliver('tap', 'sent') } : {}),
        'inject?': ({ state }) =>
          state === '0' || state === '1' ? { to: 'used', ...deliver('out', state) } : {},
      },
    }),
  ],
  SERVICE,
)

/** The adversary who does what the user says: he tells her what he taps and injects what she orders. */
export const DUMMY: Machine = machine('A', {
  ports: ['tap?', 'inject!', 'inject◁!', 'tell!', 'tell◁!', 'order?'],
  on: {
    'tap?': ({ message }) => deliver('tell', message),
    'order?': ({ message }) => deliver('inject', message),
  },
})

/** A user with every choice: which bit to send, what to have injected. */
export function anyUser(): Player {
  return new Player('H', {
    ports: ['clk◁?', 'in!', 'in◁!', 'out?', 'tell?', 'order!', 'order◁!'],
    moves: [{}, ...['0', '1'].flatMap((bit) => [deliver('in', bit), deliver('order', bit)])],
    activations: 3,
  })
}

/** A simulator in the dummy's place, with every choice. */
export function anySimulator(): Player {
  return new Player('A', {
    ports: ['tap?', 'inject!', 'inject◁!', 'tell!', 'tell◁!', 'order?'],
    moves: ['0', '1'].flatMap((bit) => [deliver('tell', bit), deliver('inject', bit)]),
    activations: 2,
  })
}
