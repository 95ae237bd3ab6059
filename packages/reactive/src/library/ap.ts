import { type Machine, machine } from '../model/machine.ts'
import { Polynomial, x } from '../model/polynomial.ts'
import { choose, deliver } from '../model/reaction.ts'
import { type Structure, structure } from '../model/structure.ts'
import { Player } from '../search/player.ts'

// The authentication protocols ap1.0 … ap4.0 of *network security* (§8.3): Alice proves to Bob, over a network that is
// Trudy's, that she is there. The user starts Alice and hears whom Bob accepts.

export const AP_VERSIONS = ['ap1.0', 'ap2.0', 'ap3.0', 'ap3.1', 'ap4.0'] as const
export type ApVersion = (typeof AP_VERSIONS)[number]

/** What Alice says first. Encrypted texts are opaque: Trudy can repeat them and nothing else. */
const FIRST: Record<ApVersion, string> = {
  'ap1.0': 'I am Alice',
  'ap2.0': 'I am Alice, from her address',
  'ap3.0': 'I am Alice, password',
  'ap3.1': 'I am Alice, K(password)',
  'ap4.0': 'I am Alice',
}

const SERVICE = ['start↔?', 'start◁?', 'accept↔!']

/** Bob's nonce of k bits comes up again with probability 2^{-k}; `fresh` chooses among the rest, unseen so far. */
function bobWithNonce(): Machine {
  return machine('Bob', {
    ports: ['toBob?', 'fromBob!', 'fromBob◁!', 'accept!', 'accept◁!'],
    initial: { open: '', last: '' },
    on: {
      'toBob?'({ state, message }) {
        if (message === FIRST['ap4.0']) {
          const fresh = `R${state.last === '' ? 1 : Number(state.last.slice(1)) + 1}`
          const challenge = (nonce: string) => ({
            to: { open: nonce, last: nonce },
            ...deliver('fromBob', nonce),
          })
          return state.last === ''
            ? challenge(fresh)
            : choose([x, challenge(state.last)], [Polynomial.ONE.minus(x), challenge(fresh)])
        }
        const right = state.open !== '' && message === `K(${state.open})`
        return { to: { ...state, open: '' }, ...(right ? deliver('accept', 'Alice') : {}) }
      },
    },
  })
}

/** One protocol of the series, Alice and Bob; `toAlice`, `fromAlice`, `toBob` and `fromBob` are Trudy's. */
export function authenticationProtocol(version: ApVersion): Structure {
  const alice = machine('Alice', {
    ports: ['start?', 'fromAlice!', 'fromAlice◁!', 'toAlice?'],
    initial: 'idle',
    on: {
      'start?': () => ({ to: 'waiting', ...deliver('fromAlice', FIRST[version]) }),
      // She answers a challenge only while she is authenticating, and once.
      'toAlice?': ({ state, message }) =>
        version === 'ap4.0' && state === 'waiting'
          ? { to: 'idle', ...deliver('fromAlice', `K(${message})`) }
          : {},
    },
  })
  const bob =
    version === 'ap4.0'
      ? bobWithNonce()
      : machine('Bob', {
          ports: ['toBob?', 'fromBob!', 'fromBob◁!', 'accept!', 'accept◁!'],
          on: { 'toBob?': ({ message }) => (message === FIRST[version] ? deliver('accept', 'Alice') : {}) },
        })
  return structure(version, [alice, bob], SERVICE)
}

/** What authentication is to be: Bob accepts once for each time that Alice starts, if the adversary lets him. */
export const IDEAL_AUTHENTICATION: Structure = structure(
  'ideal authentication',
  [
    machine('F', {
      ports: ['start?', 'started!', 'started◁!', 'allow?', 'accept!', 'accept◁!'],
      initial: 0,
      on: {
        'start?': ({ state }) => ({ to: state + 1, ...deliver('started', 'Alice') }),
        'allow?': ({ state }) => (state > 0 ? { to: state - 1, ...deliver('accept', 'Alice') } : {}),
      },
    }),
  ],
  SERVICE,
)

/** Trudy relays one honest session and records it; on `order` she plays the recording to Bob. */
export const REPLAYER: Machine = machine('A', {
  ports: ['fromAlice?', 'toAlice!', 'toAlice◁!', 'fromBob?', 'toBob!', 'toBob◁!', 'order?'],
  initial: { attacking: false, first: '', last: '' },
  on: {
    'fromAlice?': ({ state, message }) => ({
      to: { ...state, first: state.first === '' ? message : state.first, last: message },
      ...deliver('toBob', message),
    }),
    'fromBob?': ({ state, message }) =>
      state.attacking ? deliver('toBob', state.last) : deliver('toAlice', message),
    'order?': ({ state }) => ({ to: { ...state, attacking: true }, ...deliver('toBob', state.first) }),
  },
})

/** Starts Alice once; later, with Alice gone, lets Trudy try. */
export const WITNESS: Machine = machine('H', {
  ports: ['clk◁?', 'start!', 'start◁!', 'order!', 'order◁!', 'accept?'],
  initial: 'start',
  on: {
    'clk◁?'({ state }) {
      if (state === 'start') return { to: 'order', ...deliver('start', 'go') }
      if (state === 'order') return { to: 'wait', ...deliver('order', 'replay') }
      return { to: 'done' }
    },
  },
  final: (state) => state === 'done',
})

/** A simulator: may let Bob accept whenever it hears something. */
export function allower(): Player {
  return new Player('A', {
    ports: ['started?', 'allow!', 'allow◁!', 'order?'],
    moves: [{}, deliver('allow', 'Alice')],
    activations: 2,
  })
}
