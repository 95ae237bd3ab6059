import { ReactiveError } from '../errors.ts'
import { Polynomial, type Term, term } from './polynomial.ts'

/** What a machine does in one activation: its next state, messages on simple out-ports, numbers on clock-outs. */
export interface Reaction<S, Out extends string = string, Clock extends string = string> {
  /** The next state; left out, the state stays. */
  readonly to?: S
  readonly send?: { readonly [N in Out]?: string }
  /** n ≥ 1: deliver the n-th undelivered message of that buffer. */
  readonly clock?: { readonly [N in Clock]?: number }
}

/** A finite distribution with exact probabilities, which may depend on k through x = 2^{-k}. */
export class Distribution<T> {
  readonly branches: readonly { readonly probability: Polynomial; readonly value: T }[]

  constructor(branches: readonly { probability: Polynomial; value: T }[]) {
    this.branches = branches
  }
}

/**
 * A random choice: `choose(['1/3', a], ['2/3', b])`, or with x = 2^{-k}: `choose([x, leak], [Polynomial.ONE.minus(x),
 * none])`. Throws ReactiveError `reactive/probabilities` unless they sum to one (for every k).
 */
export function choose<const B extends readonly (readonly [probability: Term, value: unknown])[]>(
  ...branches: B
): Distribution<B[number][1]> {
  const read = branches.map(([probability, value]) => ({ probability: term(probability), value }))
  const sum = read.reduce((total, branch) => total.plus(branch.probability), Polynomial.ZERO)
  if (!sum.equals(Polynomial.ONE))
    throw new ReactiveError(
      'reactive/probabilities',
      `the probabilities of a choice between ${branches.length} sum to ${sum.format('x')}, not to 1`,
    )
  for (const { probability } of read)
    if (probability.signNearZero() < 0)
      throw new ReactiveError(
        'reactive/probabilities',
        `${probability.format('x')} is not a probability: it is negative`,
      )
  return new Distribution(read)
}

/** `value` with this probability, and `other` otherwise. Throws what `choose` throws. */
export function either<const A, const B>(probability: Term, value: A, other: B): Distribution<A | B> {
  return choose([probability, value], [Polynomial.ONE.minus(probability), other])
}

/** Each of the values with the same probability. */
export function uniform<T>(values: readonly T[]): Distribution<T> {
  return choose(...values.map((value) => [`1/${values.length}`, value] as const))
}

/** Sends a message and schedules it at once: m on n! and 1 on n◁!. */
export function deliver<N extends string>(
  name: N,
  message: string,
): { send: { readonly [K in N]: string }; clock: { readonly [K in N]: number } } {
  return {
    send: { [name]: message } as { readonly [K in N]: string },
    clock: { [name]: 1 } as { readonly [K in N]: number },
  }
}
