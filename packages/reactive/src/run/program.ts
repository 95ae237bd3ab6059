import { ReactiveError } from '../errors.ts'
import { bufferNames, checkClosed } from '../model/collection.ts'
import { isCombination } from '../model/combination.ts'
import {
  isMaster,
  type Machine,
  NO_OUTPUT,
  type Output,
  type Readings,
  type State,
} from '../model/machine.ts'
import { Polynomial } from '../model/polynomial.ts'
import { formatPort, type Port } from '../model/port.ts'
import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { CounterPlan, type SecurityParameter, Uniformity } from './counting.ts'
import { type Budget, DEFAULT_BUDGET, DEFAULT_READING, type Reading } from './options.ts'
import { Entries, NOT_SEEN } from './view.ts'

/** One branch of an activation, ready to be carried out. */
export interface Outcome {
  /** As the model says it, in x = 2^{-k}. */
  readonly probability: Polynomial
  readonly state: number
  /** Pairs of buffer and message, in port order. */
  readonly sends: readonly (readonly [buffer: number, message: number])[]
  /** The buffer that is scheduled and the index in it; −1 for none. */
  readonly clock: number
  readonly index: number
  /** What the observed machine adds to its view. */
  readonly entry: number
  /** Output with all clock-outs, as recorded. */
  readonly output: Output
}

export interface Transition {
  readonly outcomes: readonly Outcome[]
  /** The outcome, where there is only one: no random number is drawn. */
  readonly only: Outcome | null
  /** Thresholds out of 2^32 for sampling, one per outcome but the last; exact ones beside them. */
  readonly limits: readonly number[]
  readonly exact: readonly Rational[]
  /** Was the activation skipped: final state, or empty input? */
  readonly skipped: boolean
  readonly message: string
}

/** What an input does to a state before δ is asked: which counters move. */
export interface Arrival {
  readonly ticks: readonly number[]
  readonly after: Transition[]
}

function canonical(value: State | undefined): string {
  if (value === null || typeof value !== 'object') return value === undefined ? 'null' : JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly State[]).map(canonical).join(',')}]`
  return `{${Object.entries(value as { readonly [key: string]: State | undefined })
    .filter(([, v]) => v !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`)
    .join(',')}}`
}

/** One machine of a program: its states and transitions are numbered as they are met. */
export class Unit {
  readonly machine: Machine
  readonly ins: readonly Port[]
  readonly #states: State[] = []
  readonly #numbers = new Map<string, number>()
  readonly #budget: Budget
  /** `[state][(message · ports + port) · regions + region]`. */
  readonly arrivals: (Arrival | undefined)[][] = []
  /** First counter of this machine among those of the program, their number, and the product of their regions. */
  readonly firstCounter: number
  readonly plans: readonly CounterPlan[]
  readonly regions: number

  constructor(machine: Machine, firstCounter: number, plans: readonly CounterPlan[], budget: Budget) {
    this.machine = machine
    this.ins = machine.ports.filter((port) => port.direction === '?')
    this.firstCounter = firstCounter
    this.plans = plans
    this.regions = plans.reduce((product, plan) => product * plan.regions, 1)
    this.#budget = budget
  }

  /** Throws ReactiveError `reactive/unbounded-state` beyond the budget. */
  number(state: State): number {
    const key = canonical(state)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#states.length >= this.#budget.states)
      throw new ReactiveError(
        'reactive/unbounded-state',
        `machine ${this.machine.name} has reached ${this.#states.length} states, the last ${key.slice(0, 60)}: ` +
          'count with a counter that has marks, or allow more states',
      )
    this.#numbers.set(key, this.#states.length)
    this.arrivals.push([])
    this.#states.push(state)
    return this.#states.length - 1
  }

  state(number: number): State {
    return this.#states[number] as State
  }

  key(number: number): string {
    return canonical(this.state(number))
  }

  readings(region: number): Readings {
    const out: Record<string, Readings[string]> = {}
    let rest = region
    for (const plan of this.plans) {
      out[plan.name] = plan.reading(rest % plan.regions)
      rest = Math.floor(rest / plan.regions)
    }
    return out
  }
}

/** Where the observed machine is: a machine of the program, or a part of a combination. */
interface Observed {
  readonly unit: number
  readonly path: readonly number[]
  readonly part: Machine
  readonly prefix: string
}

function find(machine: Machine, name: string): { path: number[]; part: Machine; prefix: string } | null {
  if (machine.name === name) return { path: [], part: machine, prefix: '' }
  if (!isCombination(machine)) return null
  for (const [index, part] of machine.parts.entries()) {
    const inside = find(part, name)
    if (inside !== null)
      return { path: [index, ...inside.path], part: inside.part, prefix: `${part.name}.${inside.prefix}` }
  }
  return null
}

export interface ProgramOptions {
  readonly reading?: Partial<Reading>
  readonly budget?: Partial<Budget>
  /** Whose view is recorded, by name: a machine, or a part of a combination; left out, the user's. */
  readonly view?: string
  /** Shared between programs whose views are compared. */
  readonly entries?: Entries
}

/** A closed collection at one k (or at all large k), with messages, states and transitions numbered for speed. */
export class Program {
  readonly k: SecurityParameter
  readonly reading: Reading
  readonly budget: Budget
  readonly units: readonly Unit[]
  readonly buffers: readonly string[]
  /** Owner of `q?` and its place among the owner's in-ports, by buffer. */
  readonly owner: Int32Array
  readonly slot: Int32Array
  readonly master: number
  readonly masterSlot: number
  readonly plans: readonly CounterPlan[]
  readonly uniformity = new Uniformity()
  readonly entries: Entries
  readonly messages: string[] = ['', '1']
  readonly #numbers = new Map<string, number>([
    ['', 0],
    ['1', 1],
  ])
  readonly #bufferNumber: ReadonlyMap<string, number>
  readonly #observed: Observed
  /** 2^{-k}, or null when k is all. */
  readonly x: Rational | null

  /** Throws what `checkClosed` throws, and ReactiveError `reactive/unknown-machine`, `reactive/not-uniform`. */
  constructor(closed: Closed, k: SecurityParameter, options: ProgramOptions = {}) {
    const { machines } = closed.machines
    checkClosed(closed.machines)
    if (k !== 'all' && (!Number.isSafeInteger(k) || k < 0))
      throw new ReactiveError(
        'reactive/number',
        `the security parameter is ${k}: expected a whole number, at least 0`,
      )
    this.k = k
    this.x = k === 'all' ? null : Rational.of(1n, 1n << BigInt(k))
    this.reading = { ...DEFAULT_READING, ...options.reading }
    this.budget = { ...DEFAULT_BUDGET, ...options.budget }
    this.entries = options.entries ?? new Entries()
    this.buffers = bufferNames(closed.machines)
    this.#bufferNumber = new Map(this.buffers.map((name, i) => [name, i]))
    const plans: CounterPlan[] = []
    this.units = machines.map((machine) => {
      if (k === 'all' && machine.needsK)
        throw new ReactiveError(
          'reactive/not-uniform',
          `machine ${machine.name}: its initial state is a function of k, so it cannot be run for all k at once`,
        )
      const own = Object.entries(machine.counters).map(
        ([name, declaration]) => new CounterPlan(name, declaration, k, this.uniformity),
      )
      plans.push(...own)
      return new Unit(machine, plans.length - own.length, own, this.budget)
    })
    this.plans = plans
    this.owner = new Int32Array(this.buffers.length)
    this.slot = new Int32Array(this.buffers.length)
    this.units.forEach((unit, u) => {
      unit.ins.forEach((port, slot) => {
        if (port.label !== 'simple') return
        const buffer = this.#bufferNumber.get(port.name) as number
        this.owner[buffer] = u
        this.slot[buffer] = slot
      })
    })
    this.master = machines.findIndex(isMaster)
    this.masterSlot = (this.units[this.master] as Unit).ins.findIndex((port) => port.label === 'clock')
    this.#observed = this.#find(options.view ?? closed.user.name)
  }

  #find(name: string): Observed {
    for (const [unit, { machine }] of this.units.entries()) {
      const found = find(machine, name)
      if (found !== null) return { unit, ...found }
    }
    throw new ReactiveError(
      'reactive/unknown-machine',
      `there is no machine ${name} to observe; there are ${this.units.map((u) => u.machine.name).join(', ')}`,
    )
  }

  get observer(): string {
    return this.#observed.part.name
  }

  message(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.messages.length)
    this.messages.push(text)
    return this.messages.length - 1
  }

  initialState(unit: number): number {
    const u = this.units[unit] as Unit
    return u.number(u.machine.initial(this.k === 'all' ? 0 : this.k))
  }

  isFinal(unit: number, state: number, region: number): boolean {
    const u = this.units[unit] as Unit
    return u.machine.isFinal(u.state(state), u.readings(region))
  }

  /** What this input does to this state; computed once. */
  arrival(unit: number, state: number, slot: number, message: number, region: number): Arrival {
    const u = this.units[unit] as Unit
    const row = u.arrivals[state] as (Arrival | undefined)[]
    const column = (message * u.ins.length + slot) * u.regions + region
    const known = row[column]
    if (known !== undefined) return known
    const port = u.ins[slot] as Port
    const before = u.readings(region)
    const cut = this.#cut(u, state, port, message)
    const skipped = cut === '' || u.machine.ignores(u.state(state), port, before)
    const arrival: Arrival = {
      ticks: skipped
        ? []
        : u.machine
            .ticks(u.state(state), port, before)
            .map((name) => u.firstCounter + u.plans.findIndex((plan) => plan.name === name)),
      after: [],
    }
    row[column] = arrival
    return arrival
  }

  #cut(u: Unit, state: number, port: Port, message: number): string {
    const text = this.messages[message] as string
    const bound = u.machine.lengthBound(u.state(state), port)
    return bound >= text.length ? text : text.slice(0, Math.max(0, Math.floor(bound)))
  }

  /** δ, after counting; computed once for each region before and after. */
  transition(
    unit: number,
    state: number,
    slot: number,
    message: number,
    before: number,
    after: number,
    arrival: Arrival,
  ): Transition {
    const known = arrival.after[after]
    if (known !== undefined) return known
    const u = this.units[unit] as Unit
    const port = u.ins[slot] as Port
    const cut = this.#cut(u, state, port, message)
    const skipped = cut === '' || u.machine.ignores(u.state(state), port, u.readings(before))
    const branches = skipped
      ? [{ probability: Polynomial.ONE, state: u.state(state), output: NO_OUTPUT }]
      : u.machine.react(u.state(state), port, cut, u.readings(before), u.readings(after))
    const outcomes = branches
      .filter(({ probability }) => !this.#isZero(unit, probability))
      .map((branch): Outcome => {
        const [clock] = branch.output.clock
        if (branch.output.clock.length > 1 && this.reading.clockOuts === 'refuse')
          throw new ReactiveError(
            'reactive/several-clocks',
            `machine ${u.machine.name} writes on ${branch.output.clock.length} clock-outs at once, on ` +
              `${branch.output.clock.map(([name]) => `${name}◁!`).join(' and ')}`,
          )
        return {
          probability: branch.probability,
          state: u.number(branch.state),
          sends: branch.output.send.map(
            ([name, text]) => [this.#bufferNumber.get(name) as number, this.message(text)] as const,
          ),
          clock: clock === undefined ? -1 : (this.#bufferNumber.get(clock[0]) as number),
          index: clock?.[1] ?? 0,
          entry: skipped
            ? NOT_SEEN
            : this.#entry(unit, u.state(state), port, cut, before, branch.state, branch.output),
          output: branch.output,
        }
      })
    const transition = this.#sampled(outcomes, skipped, cut)
    arrival.after[after] = transition
    return transition
  }

  #isZero(unit: number, probability: Polynomial): boolean {
    if (this.x === null) return probability.isZero()
    const here = probability.at(this.x)
    if (here.sign() < 0 || here.compare(Rational.ONE) > 0)
      throw new ReactiveError(
        'reactive/probabilities',
        `machine ${(this.units[unit] as Unit).machine.name}: at k = ${this.k} the probability ` +
          `${probability.format('x')} is ${here.toNumber()}`,
      )
    return here.isZero()
  }

  #sampled(outcomes: readonly Outcome[], skipped: boolean, message: string): Transition {
    const [first] = outcomes
    const only = outcomes.length === 1 && first !== undefined ? first : null
    const exact: Rational[] = []
    const limits: number[] = []
    if (only === null && this.x !== null) {
      let sum = Rational.ZERO
      for (const { probability } of outcomes.slice(0, -1)) {
        sum = sum.plus(probability.at(this.x))
        exact.push(sum)
        limits.push(Number((sum.numerator << 32n) / sum.denominator))
      }
    }
    return { outcomes, only, limits, exact, skipped, message }
  }

  /** (name, s, cut input, s′, output) of the observed machine, numbered; NOT_SEEN for anybody else's step. */
  #entry(
    unit: number,
    from: State,
    port: Port,
    message: string,
    before: number,
    to: State,
    output: Output,
  ): number {
    const { unit: at, path, part, prefix } = this.#observed
    if (unit !== at) return NOT_SEEN
    if (!part.ports.some((own) => formatPort(own) === formatPort(port))) return NOT_SEEN
    const inside = (state: State) => path.reduce<State>((s, i) => (s as readonly State[])[i] as State, state)
    const readings = (this.units[unit] as Unit).readings(before)
    const own = Object.fromEntries(
      Object.keys(part.counters).map((id) => [id, readings[`${prefix}${id}`]]),
    ) as Readings
    if (part.ignores(inside(from), port, own)) return NOT_SEEN
    return this.entries.number({
      machine: part.name,
      from: canonical(inside(from)),
      port: formatPort(port),
      message,
      to: canonical(inside(to)),
      output,
    })
  }
}
