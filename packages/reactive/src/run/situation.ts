import { ReactiveError } from '../errors.ts'
import { Counters } from './counting.ts'
import type { Outcome, Program, Transition, Unit } from './program.ts'

/** Where a run stands between two activations: states, counters, buffers, and whose turn it is with which input. */
export class Situation {
  readonly program: Program
  readonly states: Int32Array
  readonly counters: Counters
  readonly buffers: number[][]
  current: number
  slot: number
  message: number
  /** Has the run ended? */
  over: boolean

  private constructor(program: Program, from?: Situation) {
    this.program = program
    this.states = from === undefined ? new Int32Array(program.units.length) : from.states.slice()
    this.counters =
      from === undefined ? new Counters(program.plans, program.uniformity) : from.counters.clone()
    this.buffers =
      from === undefined ? program.buffers.map(() => []) : from.buffers.map((queue) => queue.slice())
    this.current = from?.current ?? program.master
    this.slot = from?.slot ?? program.masterSlot
    this.message = from?.message ?? 1
    this.over = from?.over ?? false
  }

  /** The beginning of a run: current := X, clk◁? := 1. */
  static start(program: Program): Situation {
    const situation = new Situation(program)
    program.units.forEach((_, u) => {
      situation.states[u] = program.initialState(u)
    })
    return situation
  }

  clone(): Situation {
    return new Situation(this.program, this)
  }

  /** Equal keys, equal futures. */
  key(): string {
    if (this.over) return 'over'
    const queues = this.buffers.map((queue) => queue.join(' ')).join('|')
    return `${this.current}.${this.slot}.${this.message};${this.states.join(',')};${this.counters.key()};${queues}`
  }

  #region(u: number): number {
    const unit = this.program.units[u] as Unit
    let region = 0
    for (let i = unit.plans.length - 1; i >= 0; i--)
      region =
        region * (unit.plans[i] as Unit['plans'][number]).regions +
        (this.counters.region[unit.firstCounter + i] as number)
    return region
  }

  /**
   * Steps 1 and 2 up to the random choice: the transition that the current input causes, or null when the run is over.
   * Moves the counters, so it is asked once per activation.
   */
  activate(): Transition | null {
    const { program, current } = this
    const unit = program.units[current] as Unit
    const state = this.states[current] as number
    if (unit.plans.length === 0) {
      if (this.#ends(current, state, 0)) return null
      const arrival =
        unit.arrivals[state]?.[this.message * unit.ins.length + this.slot] ??
        program.arrival(current, state, this.slot, this.message, 0)
      return arrival.after[0] ?? program.transition(current, state, this.slot, this.message, 0, 0, arrival)
    }
    const before = this.#region(current)
    if (this.#ends(current, state, before)) return null
    const arrival = program.arrival(current, state, this.slot, this.message, before)
    for (const counter of arrival.ticks) this.counters.tick(counter)
    const after = arrival.ticks.length === 0 ? before : this.#region(current)
    return (
      arrival.after[after] ??
      program.transition(current, state, this.slot, this.message, before, after, arrival)
    )
  }

  #ends(current: number, state: number, region: number): boolean {
    if (this.over) return true
    const { program } = this
    if (current !== program.master || this.slot !== program.masterSlot) return false
    if (program.reading.halting === 'new-state') return false
    if (!program.isFinal(current, state, region)) return false
    this.over = true
    return true
  }

  /** Steps 2 to 5: carries an outcome out and finds whose turn is next. */
  commit(outcome: Outcome): void {
    const { program, current } = this
    this.states[current] = outcome.state
    if (
      current === program.master &&
      program.reading.halting === 'new-state' &&
      program.isFinal(current, outcome.state, this.#region(current))
    ) {
      this.over = true
      return
    }
    for (const [buffer, message] of outcome.sends) {
      const queue = this.buffers[buffer] as number[]
      queue.push(message)
      if (queue.length > program.budget.queue)
        throw new ReactiveError(
          'reactive/unbounded-state',
          `buffer ${program.buffers[buffer]} holds ${queue.length} undelivered messages: nobody schedules it fast ` +
            'enough, or the budget is too small',
        )
    }
    if (outcome.clock >= 0) {
      const queue = this.buffers[outcome.clock] as number[]
      if (outcome.index <= queue.length) {
        this.message =
          outcome.index === 1 ? (queue.shift() as number) : (queue.splice(outcome.index - 1, 1)[0] as number)
        this.current = program.owner[outcome.clock] as number
        this.slot = program.slot[outcome.clock] as number
        return
      }
      if (program.reading.outOfRange === 'refuse')
        throw new ReactiveError(
          'reactive/clock-index',
          `machine ${(program.units[current] as Unit).machine.name} schedules message ${outcome.index} of buffer ` +
            `${program.buffers[outcome.clock]}, which holds ${queue.length}`,
        )
    }
    this.current = program.master
    this.slot = program.masterSlot
    this.message = 1
  }
}
