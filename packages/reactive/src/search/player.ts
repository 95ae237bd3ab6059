import { ReactiveError } from '../errors.ts'
import { checkPorts, type Machine, NO_OUTPUT, type Output } from '../model/machine.ts'
import { Polynomial } from '../model/polynomial.ts'
import { formatPort, type Port, parsePort } from '../model/port.ts'

/** One thing that a player may do in an activation. */
export interface PlayerMove {
  readonly send?: Readonly<Record<string, string>>
  readonly clock?: Readonly<Record<string, number>>
}

/** A decision: what the player knows (all she has seen and done), and where each move leads. */
export interface Decision {
  readonly before: number
  readonly port: string
  readonly message: string
  /** The sequence after each move. */
  readonly after: readonly number[]
}

/**
 * A machine whose program is open: in every activation it may make any of its moves. Its state is its whole history
 * (perfect recall), a sequence of inputs and moves with a number; 0 is the beginning. After `activations` of them it
 * does nothing more. A strategy gives each sequence its weight: the sequence form of von Stengel.
 */
export class Player {
  readonly name: string
  readonly ports: readonly Port[]
  readonly activations: number
  readonly moves: readonly Output[]
  readonly decisions: Decision[] = []
  /** By sequence: its length, and the decision and move that led to it. */
  readonly sequences: { readonly length: number; readonly decision: number; readonly move: number }[] = [
    { length: 0, decision: -1, move: -1 },
  ]
  readonly #numbers = new Map<string, number>()

  /** Throws ReactiveError `reactive/undeclared-port` for a move on a port that the player does not have. */
  constructor(
    name: string,
    options: { ports: readonly string[]; moves: readonly PlayerMove[]; activations: number },
  ) {
    this.name = name
    this.ports = options.ports.map(parsePort)
    checkPorts(name, this.ports)
    this.activations = options.activations
    this.moves = options.moves.map((move) => this.#output(move))
    if (this.moves.length === 0) throw new ReactiveError('reactive/state', `player ${name} has no moves`)
  }

  #output(move: PlayerMove): Output {
    const has = (notation: string) => this.ports.some((port) => formatPort(port) === notation)
    for (const notation of [
      ...Object.keys(move.send ?? {}).map((n) => `${n}!`),
      ...Object.keys(move.clock ?? {}).map((n) => `${n}◁!`),
    ])
      if (!has(notation))
        throw new ReactiveError(
          'reactive/undeclared-port',
          `player ${this.name} moves on ${notation}, which it does not have`,
        )
    const inOrder = <V>(record: Readonly<Record<string, V>> | undefined, label: Port['label']) =>
      this.ports.flatMap((port) => {
        const value = port.direction === '!' && port.label === label ? record?.[port.name] : undefined
        return value === undefined ? [] : [[port.name, value] as const]
      })
    return { send: inOrder(move.send, 'simple'), clock: inOrder(move.clock, 'clock') }
  }

  /** The decision after `sequence` on this input; made when it is first met. */
  decide(sequence: number, port: string, message: string): Decision {
    const key = `${sequence} ${port} ${message}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return this.decisions[known] as Decision
    const number = this.decisions.length
    const length = (this.sequences[sequence]?.length ?? 0) + 1
    const after = this.moves.map((_, move) => this.sequences.push({ length, decision: number, move }) - 1)
    const decision = { before: sequence, port, message, after }
    this.#numbers.set(key, number)
    this.decisions.push(decision)
    return decision
  }

  /** The player as a machine: every move a branch, with a probability that means nothing. */
  machine(): Machine {
    const spent = (sequence: number) => (this.sequences[sequence]?.length ?? 0) >= this.activations
    const same = Polynomial.constant(`1/${this.moves.length}`)
    const isMaster = this.ports.some((port) => port.label === 'clock' && port.direction === '?')
    return {
      name: this.name,
      ports: this.ports,
      counters: {},
      needsK: false,
      initial: () => 0,
      isFinal: (state) => isMaster && spent(state as number),
      ignores: (state) => isMaster && spent(state as number),
      lengthBound: () => Number.POSITIVE_INFINITY,
      ticks: () => [],
      react: (state, port, message) => {
        const sequence = state as number
        if (spent(sequence)) return [{ probability: Polynomial.ONE, state, output: NO_OUTPUT }]
        const { after } = this.decide(sequence, formatPort(port), message)
        return this.moves.map((output, move) => ({ probability: same, state: after[move] as number, output }))
      },
    }
  }
}
