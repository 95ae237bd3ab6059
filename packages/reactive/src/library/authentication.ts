import { type Machine, machine } from '../model/machine.ts'
import { Polynomial, x } from '../model/polynomial.ts'
import { choose, deliver, uniform } from '../model/reaction.ts'
import { type Structure, structure } from '../model/structure.ts'
import { Player } from '../search/player.ts'

// Beyond the paper: one bit with a tag that is unconditionally secure for one message (Wegman–Carter). The key is a
// tag of k bits for each of the two messages, so a forger who has seen one tag knows nothing of the other.

const PORTS = ['in?', 'tap!', 'tap◁!', 'inject?', 'out!', 'out◁!'] as const
const SERVICE = ['in↔?', 'in◁?', 'out↔!']

/** The tags drawn and compared: `m:t` with t in 0 … 2^k − 1. For small k. */
export const TAGGED: Structure = structure(
  'tagged bit',
  [
    machine('tag', {
      ports: PORTS,
      initial: (k: number) => ({ tags: 2 ** k, sent: '' }),
      on: {
        'in?'({ state, message }) {
          if (state.sent !== '') return {}
          const tags = Array.from({ length: state.tags }, (_, t) => `${message}:${t}`)
          return uniform(tags.map((sent) => ({ to: { ...state, sent }, ...deliver('tap', sent) })))
        },
        'inject?'({ state, message }) {
          if (state.sent === '' || state.sent === 'used') return {}
          const used = { ...state, sent: 'used' }
          const [bit = '', tag] = message.split(':')
          if (bit === state.sent.split(':')[0])
            return message === state.sent ? { to: used, ...deliver('out', bit) } : { to: used }
          return uniform(
            Array.from({ length: state.tags }, (_, t) =>
              `${t}` === tag ? { to: used, ...deliver('out', bit) } : { to: used },
            ),
          )
        },
      },
    }),
  ],
  SERVICE,
)

/** The same for all k: a forged tag is right with probability 2^{-k}. */
export const TAGGED_FOR_ALL_K: Structure = structure(
  'tagged bit (any k)',
  [
    machine('tag', {
      ports: PORTS,
      initial: '',
      on: {
        'in?': ({ state, message }) =>
          state === '' ? { to: message, ...deliver('tap', `${message}:0`) } : {},
        'inject?'({ state, message }) {
          if (state !== '0' && state !== '1') return {}
          const [bit = ''] = message.split(':')
          if (bit === state) return { to: 'used', ...deliver('out', bit) }
          return choose(
            [x, { to: 'used', ...deliver('out', bit) }],
            [Polynomial.ONE.minus(x), { to: 'used' }],
          )
        },
      },
    }),
  ],
  SERVICE,
)

/** An authenticated channel: the adversary reads, and may let the bit pass or not. */
export const AUTHENTICATED: Structure = structure(
  'authenticated channel',
  [
    machine('channel', {
      ports: PORTS,
      initial: '',
      on: {
        'in?': ({ state, message }) =>
          state === '' ? { to: message, ...deliver('tap', `${message}:0`) } : {},
        'inject?': ({ state, message }) =>
          state === '0' || state === '1'
            ? { to: 'used', ...(message === 'pass' ? deliver('out', state) : {}) }
            : {},
      },
    }),
  ],
  SERVICE,
)

/** Sees a tagged bit and injects the other bit, with the tag 0. */
export const FORGER: Machine = machine('A', {
  ports: ['tap?', 'inject!', 'inject◁!'],
  on: { 'tap?': ({ message }) => deliver('inject', message.startsWith('0') ? '1:0' : '0:0') },
})

/** Sends 0, and hears what is received. */
export const SENDER: Machine = machine('H', {
  ports: ['clk◁?', 'in!', 'in◁!', 'out?'],
  initial: 'ready',
  on: {
    'clk◁?': ({ state }) => (state === 'ready' ? { to: 'sent', ...deliver('in', '0') } : { to: 'done' }),
  },
  final: (state) => state === 'done',
})

/** A simulator in the forger's place. */
export function passOrNot(): Player {
  return new Player('A', {
    ports: ['tap?', 'inject!', 'inject◁!'],
    moves: [{}, deliver('inject', 'pass'), deliver('inject', 'drop')],
    activations: 1,
  })
}
