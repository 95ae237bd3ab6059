import { ReactiveError } from '../errors.ts'
import type { Field } from '../model/field.ts'
import type { Outcome, Program, Transition } from './program.ts'
import { Repetition } from './repetition.ts'
import { Situation } from './situation.ts'
import { NOT_SEEN } from './view.ts'

/** The entry that stands for the end of a view: nothing comes any more. */
export const END = -2

/** From one point of the chain to the next: an entry of the view, and its probability. */
export interface Move<W> {
  readonly entry: number
  readonly to: number
  readonly weight: W
}

/** What happens after an activation, up to the next entry or the next random choice. */
type Event =
  | { kind: 'entry'; entry: number; situation: Situation }
  | { kind: 'choice'; key: string; situation: Situation; transition: Transition }
  | { kind: 'end' }

/** A row of the hidden chain: weights to other choices, and to moves. */
interface Row<W> {
  readonly hidden: Map<string, W>
  readonly seen: Map<string, { entry: number; to: number; weight: W }>
}

/**
 * A closed collection as one machine sees it: a Markov chain whose points are the situations just after an entry of
 * her view. What happens between two entries is summed up exactly, loops of random choices included.
 */
export class ViewChain<W> {
  readonly program: Program
  readonly field: Field<W>
  /** The point where views have ended. */
  readonly end = 0
  readonly start: number
  readonly #points: (Situation | null)[] = [null]
  readonly #numbers = new Map<string, number>()
  readonly #moves: (readonly Move<W>[] | undefined)[] = []
  readonly #transitions = new WeakMap<Transition, number>()
  #transitionCount = 0
  #situations = 0

  constructor(program: Program, field: Field<W>) {
    this.program = program
    this.field = field
    this.#moves[0] = [{ entry: END, to: 0, weight: field.one }]
    this.start = this.#point(Situation.start(program))
  }

  /** Points met so far. */
  get size(): number {
    return this.#points.length
  }

  #point(situation: Situation): number {
    if (situation.over) return this.end
    const key = situation.key()
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#count()
    this.#numbers.set(key, this.#points.length)
    this.#points.push(situation)
    return this.#points.length - 1
  }

  #count(): void {
    this.#situations++
    const { situations } = this.program.budget
    if (this.#situations > situations)
      throw new ReactiveError(
        'reactive/budget',
        `the collection of ${this.program.units.map((u) => u.machine.name).join(', ')} has more than ${situations} ` +
          `situations at k = ${this.program.k} (${this.#points.length} points of the view of ${this.program.observer} ` +
          'were reached): ask for a shorter horizon, or allow more',
      )
  }

  /** The moves from a point; computed once. Throws ReactiveError `reactive/budget`. */
  moves(point: number): readonly Move<W>[] {
    const known = this.#moves[point]
    if (known !== undefined) return known
    const moves = this.#expand((this.#points[point] as Situation).clone())
    this.#moves[point] = moves
    return moves
  }

  /** Runs on without choices; repetitions are jumped over, and one without end ends the view. */
  #advance(situation: Situation): Event {
    const repetition = new Repetition()
    for (let executed = 0; ; executed++) {
      if (executed > this.program.budget.activations)
        throw new ReactiveError(
          'reactive/budget',
          `${this.program.observer} sees nothing for ${executed} activations, and nothing repeats`,
        )
      const transition = situation.activate()
      if (transition === null) return { kind: 'end' }
      if (transition.only === null) {
        let number = this.#transitions.get(transition)
        if (number === undefined) this.#transitions.set(transition, (number = this.#transitionCount++))
        return { kind: 'choice', key: `${number}#${situation.key()}`, situation, transition }
      }
      situation.commit(transition.only)
      if (transition.only.entry !== NOT_SEEN)
        return { kind: 'entry', entry: transition.only.entry, situation }
      if (situation.over || repetition.look(situation) === 'forever') return { kind: 'end' }
      repetition.renew(situation)
    }
  }

  #after(outcome: Outcome, from: Situation): Event {
    const situation = from.clone()
    situation.commit(outcome)
    if (outcome.entry !== NOT_SEEN) return { kind: 'entry', entry: outcome.entry, situation }
    return situation.over ? { kind: 'end' } : this.#advance(situation)
  }

  #expand(from: Situation): readonly Move<W>[] {
    const { field } = this
    const rows = new Map<string, Row<W>>()
    const open: Extract<Event, { kind: 'choice' }>[] = []
    const add = (row: Row<W>, event: Event, weight: W) => {
      if (event.kind === 'choice') {
        row.hidden.set(event.key, field.plus(row.hidden.get(event.key) ?? field.zero, weight))
        if (!rows.has(event.key)) {
          this.#count()
          rows.set(event.key, { hidden: new Map(), seen: new Map() })
          open.push(event)
        }
        return
      }
      const entry = event.kind === 'end' ? END : event.entry
      const to = event.kind === 'end' ? this.end : this.#point(event.situation)
      see(row, entry, to, weight)
    }
    const see = (row: Row<W>, entry: number, to: number, weight: W) => {
      const key = `${entry}>${to}`
      const known = row.seen.get(key)
      row.seen.set(key, {
        entry,
        to,
        weight: known === undefined ? weight : field.plus(known.weight, weight),
      })
    }
    const first: Row<W> = { hidden: new Map(), seen: new Map() }
    add(first, this.#advance(from), field.one)
    for (let event = open.pop(); event !== undefined; event = open.pop()) {
      const row = rows.get(event.key) as Row<W>
      for (const outcome of event.transition.outcomes)
        add(row, this.#after(outcome, event.situation), field.from(outcome.probability))
    }
    // Eliminate the choices one by one: who led to a choice now leads to where it leads.
    for (const [key, row] of [...rows].toReversed()) {
      rows.delete(key)
      const loop = row.hidden.get(key)
      row.hidden.delete(key)
      if (loop !== undefined) {
        const left = field.minus(field.one, loop)
        if (field.isZero(left)) see(row, END, this.end, field.one)
        else {
          for (const [to, weight] of row.hidden) row.hidden.set(to, field.over(weight, left))
          for (const [to, move] of row.seen)
            row.seen.set(to, { ...move, weight: field.over(move.weight, left) })
        }
      }
      for (const other of [first, ...rows.values()]) {
        const through = other.hidden.get(key)
        if (through === undefined) continue
        other.hidden.delete(key)
        for (const [to, weight] of row.hidden)
          other.hidden.set(to, field.plus(other.hidden.get(to) ?? field.zero, field.times(through, weight)))
        for (const { entry, to, weight } of row.seen.values())
          see(other, entry, to, field.times(through, weight))
      }
    }
    return [...first.seen.values()].filter((move) => !field.isZero(move.weight))
  }
}
