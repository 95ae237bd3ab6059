import { type Machine, machine } from '../model/machine.ts'
import { Polynomial, x } from '../model/polynomial.ts'
import { choose, deliver } from '../model/reaction.ts'
import { openStructure, type Structure } from '../model/structure.ts'

// §4: "a protocol which allows an arbitrary number of invocations, and in each single invocation gets insecure with
// probability 2^{-k}".

/** Answers `ok`, and with probability 2^{-k} an answer that betrays it. */
export const LEAKING: Structure = openStructure('leaking', [
  machine('M', {
    ports: ['in?', 'out!', 'out◁!'],
    on: {
      'in?': () => choose([x, deliver('out', 'secret')], [Polynomial.ONE.minus(x), deliver('out', 'ok')]),
    },
  }),
])

/** Answers `ok` always. */
export const TIGHT: Structure = openStructure('tight', [
  machine('M', { ports: ['in?', 'out!', 'out◁!'], on: { 'in?': () => deliver('out', 'ok') } }),
])

/** Invokes the protocol for ever. */
export const INVOKER: Machine = machine('A', {
  ports: ['in!', 'in◁!', 'clk◁?'],
  on: { 'clk◁?': () => deliver('in', 'go') },
})

/** Hears the answers: one entry of her view for each invocation. */
export const LISTENER: Machine = machine('H', { ports: ['out?'] })
