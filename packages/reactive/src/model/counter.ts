import { ReactiveError } from '../errors.ts'
import { type Polynomial, type Term, term } from './polynomial.ts'

/**
 * A counter of activations, with the marks that the machine may compare it with. Nothing else can be asked of it, so
 * while it lies between two marks the machine cannot tell its values apart, and the interpreter may jump from mark to
 * mark. Marks may depend on k: `twoToTheK.plus(1)`.
 */
export interface CounterDeclaration<M extends string = string> {
  /** The in-ports whose inputs are counted, as notation; `*` counts every activation. */
  readonly counts: string
  readonly marks: { readonly [N in M]: Polynomial }
}

/** Counts inputs on an in-port (`'adv?'`), or every activation (`'*'`). */
export function counter<M extends string>(
  counts: string,
  marks: { readonly [N in M]: Term },
): CounterDeclaration<M> {
  return {
    counts,
    marks: Object.fromEntries(Object.entries<Term>(marks).map(([name, value]) => [name, term(value)])) as {
      readonly [N in M]: Polynomial
    },
  }
}

/** What a program sees of a counter: where it is among its marks, this activation included. */
export interface CounterReading<M extends string = string> {
  is(mark: M): boolean
  below(mark: M): boolean
  above(mark: M): boolean
}

/**
 * A region of the number line: 2i+1 is the i-th mark itself (from 0), 2i is what lies between mark i−1 and mark i.
 */
export type Region = number

/** Makes readings from regions; `order` gives the place of each mark, equal marks sharing one. */
export function reading(
  counterName: string,
  order: ReadonlyMap<string, number>,
  region: Region,
): CounterReading {
  const place = (mark: string) => {
    const index = order.get(mark)
    if (index === undefined)
      throw new ReactiveError(
        'reactive/undeclared-counter',
        `counter ${counterName} has no mark ${JSON.stringify(mark)}; it has ${[...order.keys()].join(', ') || 'none'}`,
      )
    return 2 * index + 1
  }
  return {
    is: (mark) => region === place(mark),
    below: (mark) => region < place(mark),
    above: (mark) => region > place(mark),
  }
}
