import { type Machine, machine } from '../model/machine.ts'
import { deliver, uniform } from '../model/reaction.ts'
import { type System, structure, system } from '../model/structure.ts'
import { Player } from '../search/player.ts'

// Beyond the paper: Shamir's scheme, 2 of 3, over ℤ₅, with passive corruption: a system has one structure for each set
// of corrupted parties, whose shares go to the adversary.

const FIELD = 5
const PARTIES = ['P₁', 'P₂', 'P₃'] as const
const PORTS = ['in?', 'leak!', 'leak◁!', 'open?', 'out!', 'out◁!'] as const
const SERVICE = ['in↔?', 'in◁?', 'out↔!']
const VALUES = Array.from({ length: FIELD }, (_, v) => v)

/** The corruption sets that are looked at: up to two of three. */
export const CORRUPTIONS: readonly (readonly string[])[] = [
  [],
  ...PARTIES.map((party) => [party]),
  ['P₁', 'P₂'],
  ['P₁', 'P₃'],
  ['P₂', 'P₃'],
]

function sharing(corrupted: readonly string[], leak: (secret: number, slope: number) => string): Machine {
  return machine('dealer', {
    ports: PORTS,
    initial: '',
    on: {
      'in?': ({ state, message }) =>
        state === ''
          ? uniform(
              VALUES.map((slope) => ({
                to: message,
                ...(corrupted.length === 0 ? {} : deliver('leak', leak(Number(message), slope))),
              })),
            )
          : {},
      'open?': ({ state }) =>
        state === '' || state === 'opened' ? {} : { to: 'opened', ...deliver('out', state) },
    },
  })
}

/** share(i) = secret + slope·i: the corrupted parties' shares go to the adversary. */
export const SHAMIR: System = system('Shamir 2 of 3', CORRUPTIONS, (corrupted) =>
  structure(
    `Shamir ${corrupted.join('')}`,
    [
      sharing(corrupted, (secret, slope) =>
        corrupted.map((party) => (secret + slope * (PARTIES.indexOf(party as 'P₁') + 1)) % FIELD).join(','),
      ),
    ],
    SERVICE,
  ),
)

/** Ideal sharing: fewer than `threshold` corrupted parties learn that something was shared, and more learn it. */
export function idealSharing(threshold: number): System {
  return system(`ideal sharing, threshold ${threshold}`, CORRUPTIONS, (corrupted) =>
    structure(
      `ideal ${corrupted.join('')}`,
      [sharing(corrupted, (secret) => (corrupted.length < threshold ? 'shared' : `${secret}`))],
      SERVICE,
    ),
  )
}

/** Tells the user what leaks, and has the secret opened when she orders it. */
export const REPORTER: Machine = machine('A', {
  ports: ['leak?', 'tell!', 'tell◁!', 'order?', 'open!', 'open◁!'],
  on: { 'leak?': ({ message }) => deliver('tell', message), 'order?': () => deliver('open', 'now') },
})

/** Shares a random secret, hears what leaks, has it opened. */
export const SHARER: Machine = machine('H', {
  ports: ['clk◁?', 'in!', 'in◁!', 'tell?', 'order!', 'order◁!', 'out?'],
  initial: 'share',
  on: {
    'clk◁?'({ state }) {
      if (state === 'share') return uniform(VALUES.map((v) => ({ to: 'open', ...deliver('in', `${v}`) })))
      return state === 'open' ? { to: 'wait', ...deliver('order', 'open') } : { to: 'done' }
    },
  },
  final: (state) => state === 'done',
})

/** A simulator: tells any shares for so many corrupted parties, and opens. */
export function storyteller(corrupted: number): Player {
  const stories =
    corrupted === 2 ? VALUES.flatMap((a) => VALUES.map((b) => `${a},${b}`)) : VALUES.map((v) => `${v}`)
  return new Player('A', {
    ports: ['leak?', 'tell!', 'tell◁!', 'order?', 'open!', 'open◁!'],
    moves: [...stories.map((story) => deliver('tell', story)), deliver('open', 'now')],
    activations: 2,
  })
}
