import { counter } from '../model/counter.ts'
import { type Machine, machine } from '../model/machine.ts'
import { twoToTheK } from '../model/polynomial.ts'
import { deliver } from '../model/reaction.ts'
import { openStructure, type Structure, structure } from '../model/structure.ts'

// §3 and §3.1: the machines of the counterexamples.

/** M₀ ignores every input and never says anything. */
export const M0: Machine = machine('M₀', { ports: ['in?', 'out!', 'out◁!'] })

/** M₀′ says `alive` upon the 2^k-th input. It is named M₀, for it stands in M₀'s place. */
export const M0_PRIME: Machine = machine('M₀′', {
  ports: ['in?', 'out!', 'out◁!'],
  counters: { i: counter('in?', { '2^k': twoToTheK }) },
  on: { 'in?': ({ count }) => (count.i.is('2^k') ? deliver('out', 'alive') : {}) },
})

/** M₁ hands its first 2^k messages on, and says `done` upon every later one. */
export const M1: Machine = machine('M₁', {
  ports: ['in!', 'in◁!', 'adv?', 'result!', 'result◁!'],
  counters: { i: counter('adv?', { '2^k': twoToTheK }) },
  on: {
    'adv?': ({ message, count }) =>
      count.i.above('2^k') ? deliver('result', 'done') : deliver('in', message),
  },
})

/** §3.1: Mᵢ says `i` in its 2^k-th activation. */
export function speaker(i: number): Machine {
  return machine(`M${i === 1 ? '₁' : '₂'}`, {
    ports: ['in?', 'out!', 'out◁!'],
    counters: { i: counter('in?', { '2^k': twoToTheK }) },
    on: { 'in?': ({ count }) => (count.i.is('2^k') ? deliver('out', `${i}`) : {}) },
  })
}

/** ({M₀}, S) and ({M₀′}, S) with S = {in↔?, in◁?, out↔!}. */
export const REAL: Structure = openStructure('M̂₀', [M0])
export const IDEAL: Structure = openStructure('M̂₀′', [M0_PRIME])

/** ({M₁}, S₁) with S₁ = {in↔!, result↔!}; adv is the adversary's. */
export const OUTER: Structure = structure('M̂₁', [M1], ['in↔!', 'result↔!'])

/** Lemma 5's adversary: `ping` on adv in each of its first 2^k+1 activations, then it halts. */
export const PINGER: Machine = machine('A₁', {
  ports: ['adv!', 'adv◁!', 'clk◁?'],
  counters: { n: counter('clk◁?', { last: twoToTheK.plus(1) }) },
  on: { 'clk◁?': () => deliver('adv', 'ping') },
  final: (_, count) => count.n.is('last'),
})

/** Lemma 5's honest user reads what comes. */
export const LISTENER: Machine = machine('H', { ports: ['out?', 'result?'] })

/** §4: a user who activates M₀ herself, 2^k+1 times, and waits for an answer. */
export const CALLER: Machine = machine('H', {
  ports: ['in!', 'in◁!', 'out?', 'clk◁?'],
  counters: { n: counter('clk◁?', { last: twoToTheK.plus(1) }) },
  on: { 'clk◁?': () => deliver('in', 'ping') },
  final: (_, count) => count.n.is('last'),
})
