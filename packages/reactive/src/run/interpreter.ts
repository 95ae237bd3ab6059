import type { Rng } from '@warren/primitives/rng'
import { ReactiveError } from '../errors.ts'
import { Polynomial } from '../model/polynomial.ts'
import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import type { SecurityParameter } from './counting.ts'
import { type Outcome, Program, type ProgramOptions, type Transition } from './program.ts'
import { Repetition } from './repetition.ts'
import { Situation } from './situation.ts'
import { type Block, NOT_SEEN, View } from './view.ts'

/** A random choice from a transition, exact: 32 bits decide, and where they do not, more are drawn. */
export function sample(transition: Transition, draw: () => number): Outcome {
  const { outcomes, limits } = transition
  const word = draw()
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i] as number
    if (word < limit) return outcomes[i] as Outcome
    if (word === limit) return refine(transition, word, draw)
  }
  return outcomes[limits.length] as Outcome
}

function refine({ outcomes, exact }: Transition, word: number, draw: () => number): Outcome {
  let bits = BigInt(word)
  for (let width = 64n; ; width += 32n) {
    bits = (bits << 32n) | BigInt(draw())
    const low = Rational.of(bits, 1n << width)
    const high = Rational.of(bits + 1n, 1n << width)
    const place = exact.findIndex((limit) => low.compare(limit) < 0)
    const chosen = place === -1 ? exact.length : place
    const limit = exact[chosen]
    if (limit === undefined || high.compare(limit) <= 0) return outcomes[chosen] as Outcome
  }
}

/** 32-bit words from an Rng, fetched in blocks. */
export function words(rng: Rng): () => number {
  let block = new Uint32Array(0)
  let used = 0
  return () => {
    if (used === block.length) {
      block = new Uint32Array(rng.bytes(4096).buffer)
      used = 0
    }
    return block[used++] as number
  }
}

/** What happened in a run. */
export interface Run {
  readonly view: View
  /** Steps of the run, jumps included; null when it goes on for ever. */
  readonly steps: Polynomial | null
  /** Activations that were executed. */
  readonly executed: number
  /** `final`: the master scheduler halted; `forever`: it repeats itself; `cut`: at the asked number of steps. */
  readonly ended: 'final' | 'forever' | 'cut'
  /** For k = `'all'`: the smallest k for which this is the run. */
  readonly from: number
}

export interface RunOptions extends ProgramOptions {
  /** For machines that choose at random. */
  readonly rng?: Rng
  /** Stop after this many executed activations; left out, run to the end or to the budget. */
  readonly activations?: number
  /** Jump over repetitions (the default). */
  readonly accelerate?: boolean
}

/** Collects what the observed machine sees, in blocks. */
class Recorder {
  readonly #program: Program
  readonly #blocks: Block[] = []
  #entries: number[] = []
  #offsets: number[] = []
  #blockStart = Polynomial.ZERO
  /** Steps of the run before this stretch, and since. */
  #before = Polynomial.ZERO
  steps = 0

  constructor(program: Program) {
    this.#program = program
  }

  step(entry: number): void {
    this.steps++
    if (entry === NOT_SEEN) return
    this.#entries.push(entry)
    this.#offsets.push(this.steps)
  }

  get mark(): { entries: number; steps: number } {
    return { entries: this.#entries.length, steps: this.steps }
  }

  /** The stretch since `mark` is repeated `times` more. */
  repeat(mark: { entries: number; steps: number }, times: Polynomial | null): void {
    const cycle = this.#entries.slice(mark.entries)
    const offsets = this.#offsets.slice(mark.entries).map((o) => o - mark.steps)
    const period = this.steps - mark.steps
    this.#flush()
    const start = this.#before.plus(BigInt(this.steps))
    this.#blocks.push({ entries: cycle, times, runStart: start, runPeriod: period, runOffsets: offsets })
    this.#before = start.plus(times === null ? 0n : times.times(BigInt(period)))
    this.#blockStart = this.#before
    this.steps = 0
  }

  #flush(): void {
    this.#blocks.push({
      entries: this.#entries,
      times: Polynomial.ONE,
      runStart: this.#blockStart,
      runPeriod: 0,
      runOffsets: this.#offsets,
    })
    this.#entries = []
    this.#offsets = []
  }

  finish(): { view: View; steps: Polynomial } {
    this.#flush()
    return {
      view: new View(this.#blocks, this.#program.entries),
      steps: this.#before.plus(BigInt(this.steps)),
    }
  }
}

/** Runs a closed collection once. Throws ReactiveError `reactive/budget`, or what the model's rules throw. */
export function run(closed: Closed, k: SecurityParameter, options: RunOptions = {}): Run {
  return runProgram(new Program(closed, k, options), options)
}

/** Runs a program that has been made already; its transitions are kept from run to run. */
export function runProgram(program: Program, options: Omit<RunOptions, keyof ProgramOptions> = {}): Run {
  const limit = options.activations ?? program.budget.activations
  const accelerate = options.accelerate ?? true
  const draw = options.rng === undefined ? null : words(options.rng)
  const recorder = new Recorder(program)
  const situation = Situation.start(program)
  let mark = recorder.mark
  const repetition = new Repetition(situation, () => {
    mark = recorder.mark
  })
  let executed = 0
  const end = (ended: Run['ended']): Run => {
    situation.counters.settle()
    const { view, steps } = recorder.finish()
    return {
      view,
      steps: ended === 'forever' ? null : steps,
      executed,
      ended,
      from: program.uniformity.smallestK(),
    }
  }
  for (;;) {
    if (executed >= limit) {
      if (options.activations !== undefined) return end('cut')
      throw new ReactiveError(
        'reactive/budget',
        `the run has not ended after ${executed} activations, and nothing repeats: ask for fewer, or allow more`,
      )
    }
    const transition = situation.activate()
    if (transition === null) return end('final')
    executed++
    let outcome = transition.only
    if (outcome === null) {
      if (draw === null)
        throw new ReactiveError(
          'reactive/probabilities',
          `machine ${program.units[situation.current]?.machine.name} chooses at random: this run needs an Rng, and one k`,
        )
      outcome = sample(transition, draw)
      repetition.chance()
    }
    situation.commit(outcome)
    recorder.step(outcome.entry)
    if (situation.over) return end('final')
    if (!accelerate) continue
    const repeated = repetition.look(situation)
    if (repeated !== null) {
      recorder.repeat(mark, repeated === 'forever' ? null : repeated)
      if (repeated === 'forever') return end('forever')
    }
    repetition.renew(situation)
  }
}
