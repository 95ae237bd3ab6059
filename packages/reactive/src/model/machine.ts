import { ReactiveError } from '../errors.ts'
import type { CounterDeclaration, CounterReading } from './counter.ts'
import { Polynomial } from './polynomial.ts'
import { formatPort, type Port, parsePort } from './port.ts'
import { Distribution, type Reaction } from './reaction.ts'

/** What a state may hold: data that can be written down, so that two states can be compared. */
export type State =
  | null
  | boolean
  | number
  | string
  | readonly State[]
  | { readonly [key: string]: State | undefined }

/** Output of one activation, in port order. */
export interface Output {
  readonly send: readonly (readonly [name: string, message: string])[]
  readonly clock: readonly (readonly [name: string, index: number])[]
}

export const NO_OUTPUT: Output = { send: [], clock: [] }

/** One branch of δ. */
export interface Branch {
  readonly probability: Polynomial
  readonly state: State
  readonly output: Output
}

export type Readings = { readonly [counter: string]: CounterReading }

/**
 * A machine (name, ports, states, δ, length bounds l, initial, final) as the engine sees it; `machine` makes one.
 * In a run at most one in-port is non-empty at a time, so an input is one message on one port.
 */
export interface Machine {
  readonly name: string
  readonly ports: readonly Port[]
  readonly counters: { readonly [name: string]: CounterDeclaration }
  /** Does the initial state depend on k otherwise than through marks and probabilities? */
  readonly needsK: boolean
  initial(k: number): State
  isFinal(state: State, readings: Readings): boolean
  /** Is an input on this port lost, because the machine (or, of a combination, the part that has it) is final? */
  ignores(state: State, port: Port, readings: Readings): boolean
  /** How many characters of an input on this port are read; 0 makes the activation empty. */
  lengthBound(state: State, port: Port): number
  /** The counters that this input moves. */
  ticks(state: State, port: Port, readings: Readings): readonly string[]
  /** δ for a state that is not final and an input that is not empty; readings before and after counting it. */
  react(state: State, port: Port, message: string, before: Readings, after: Readings): readonly Branch[]
}

type InPort<P extends string> = P extends `${string}?` ? P : never
type ClockOut<P extends string> = P extends `${infer N}◁!` ? N : P extends `${infer N}<!` ? N : never
type SimpleOut<P extends string> = P extends `${string}◁!` | `${string}<!`
  ? never
  : P extends `${infer N}!`
    ? N
    : never

/** What a machine's program is given on an input. */
export interface Activation<S, C extends Record<string, CounterDeclaration>> {
  readonly state: S
  readonly message: string
  readonly count: {
    readonly [N in keyof C]: CounterReading<C[N] extends CounterDeclaration<infer M> ? M : never>
  }
}

type Program<S, P extends string, C extends Record<string, CounterDeclaration>> = (
  activation: Activation<S, C>,
) =>
  | Reaction<S, SimpleOut<P>, ClockOut<P>>
  | Distribution<Reaction<S, SimpleOut<P>, ClockOut<P>>>
  | undefined
  // oxlint-disable-next-line typescript/no-invalid-void-type -- a program that does nothing has an empty body
  | void

type Plain<S> = S extends number ? number : S extends string ? string : S extends boolean ? boolean : S

/** `initial: 0` means a state that is a number, not for ever the number 0; the same for the fields of a record. */
type Widen<S> = S extends readonly unknown[]
  ? S
  : S extends object
    ? { readonly [K in keyof S]: Plain<S[K]> }
    : Plain<S>

/** How a machine is written down. */
export interface MachineDefinition<
  S extends State,
  P extends string,
  C extends Record<string, CounterDeclaration>,
> {
  /** In the machine's port order. */
  readonly ports: readonly P[]
  /** The initial state, or a function of k (which is what 1^k is for); left out, null. */
  readonly initial?: S | ((k: number) => S)
  readonly counters?: C
  /** One program per in-port; an in-port without one ignores its inputs. */
  readonly on?: { readonly [I in InPort<P>]?: Program<Widen<S>, P, C> }
  readonly final?: (state: Widen<S>, count: Activation<State, C>['count']) => boolean
  /** Appendix A's l(s): the number of characters read on a port; left out, everything. */
  readonly lengthBound?: (state: Widen<S>, port: InPort<P>) => number
}

function outputOf(name: string, ports: readonly Port[], reaction: Reaction<State>): Output {
  const send: [string, string][] = []
  const clock: [string, number][] = []
  const wanted = new Set([
    ...Object.keys(reaction.send ?? {}).map((n) => `${n}!`),
    ...Object.keys(reaction.clock ?? {}).map((n) => `${n}◁!`),
  ])
  for (const port of ports) {
    const notation = formatPort(port)
    if (port.direction === '?' || !wanted.delete(notation)) continue
    if (port.label === 'clock') {
      const index = reaction.clock?.[port.name]
      if (index === undefined) continue
      if (!Number.isSafeInteger(index) || index < 1)
        throw new ReactiveError(
          'reactive/clock-index',
          `machine ${name} writes ${String(index)} on ${notation}: a clock-out takes a whole number, at least 1`,
        )
      clock.push([port.name, index])
    } else {
      const message = reaction.send?.[port.name]
      if (message === undefined || message === '') continue
      if (typeof message !== 'string')
        throw new ReactiveError(
          'reactive/message',
          `machine ${name}: the message on ${notation} is not a string`,
        )
      send.push([port.name, message])
    }
  }
  const [stray] = wanted
  if (stray !== undefined)
    throw new ReactiveError(
      'reactive/undeclared-port',
      `machine ${name} writes on ${stray}, which it does not have`,
    )
  return { send, clock }
}

/** Throws ReactiveError `reactive/duplicate-port` or `reactive/port-notation`. */
export function checkPorts(name: string, ports: readonly Port[]): void {
  const seen = new Set<string>()
  for (const port of ports) {
    const notation = formatPort(port)
    if (port.label === 'buffer')
      throw new ReactiveError('reactive/port-notation', `machine ${name}: ${notation} belongs to a buffer`)
    if (port.label === 'clock' && port.direction === '?' && port.name !== 'clk')
      throw new ReactiveError(
        'reactive/not-simple',
        `machine ${name}: ${notation} is a clock-in; a machine has none, except the master scheduler's clk◁?`,
      )
    if (seen.has(notation))
      throw new ReactiveError('reactive/duplicate-port', `machine ${name} has the port ${notation} twice`)
    seen.add(notation)
  }
}

/**
 * Writes a machine down: ports in the paper's notation, one program per in-port. Throws ReactiveError
 * `reactive/duplicate-port`, `reactive/port-notation`, `reactive/not-simple`, `reactive/undeclared-port`.
 */
export function machine<
  const P extends string,
  S extends State = null,
  const C extends Record<string, CounterDeclaration> = Record<never, never>,
>(name: string, definition: MachineDefinition<S, P, C>): Machine {
  const ports = definition.ports.map(parsePort)
  checkPorts(name, ports)
  const counters: Record<string, CounterDeclaration> = definition.counters ?? {}
  const programs = new Map<string, Program<State, P, C>>()
  const inPort = (notation: string, what: string): string => {
    const port = formatPort(parsePort(notation))
    if (!port.endsWith('?') || !ports.some((own) => formatPort(own) === port))
      throw new ReactiveError(
        'reactive/undeclared-port',
        `machine ${name}: ${what} names ${notation}, which is not one of its in-ports`,
      )
    return port
  }
  for (const [notation, program] of Object.entries(definition.on ?? {}))
    programs.set(inPort(notation, 'a program'), program as Program<State, P, C>)
  const counted = Object.entries(counters).map(
    ([id, { counts }]) => [id, counts === '*' ? '*' : inPort(counts, `counter ${id}`)] as const,
  )
  const { initial, final, lengthBound } = definition
  return {
    name,
    ports,
    counters,
    needsK: typeof initial === 'function',
    initial: (k) => (typeof initial === 'function' ? initial(k) : (initial ?? null)),
    isFinal: (state, readings) =>
      final?.(state as Widen<S>, readings as Activation<State, C>['count']) === true,
    ignores: (state, _, readings) =>
      final?.(state as Widen<S>, readings as Activation<State, C>['count']) === true,
    lengthBound: (state, port) =>
      lengthBound?.(state as Widen<S>, formatPort(port) as InPort<P>) ?? Number.POSITIVE_INFINITY,
    ticks: (_, port) =>
      counted.filter(([, counts]) => counts === '*' || counts === formatPort(port)).map(([id]) => id),
    react(state, port, message, _, after) {
      const result = programs.get(formatPort(port))?.({
        state,
        message,
        count: after as Activation<State, C>['count'],
      })
      const branches =
        result instanceof Distribution
          ? result.branches
          : [{ probability: Polynomial.ONE, value: result ?? {} }]
      return branches.map(({ probability, value }) => ({
        probability,
        state: (value as Reaction<State>).to === undefined ? state : ((value as Reaction<State>).to as State),
        output: outputOf(name, ports, value as Reaction<State>),
      }))
    },
  }
}

/** Is this the master scheduler: does it have clk◁? */
export function isMaster(machine: Machine): boolean {
  return machine.ports.some((port) => port.label === 'clock' && port.direction === '?')
}
