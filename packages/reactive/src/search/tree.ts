import { ReactiveError } from '../errors.ts'
import { fractions } from '../model/field.ts'
import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { Program, type ProgramOptions } from '../run/program.ts'
import { Repetition } from '../run/repetition.ts'
import { Situation } from '../run/situation.ts'
import { type Entries, NOT_SEEN } from '../run/view.ts'
import type { Player } from './player.ts'

/** One view of the user, with what it takes to see it. */
export interface Outlook {
  /** The user's own sequence at its end, when she is a player; otherwise 0. */
  readonly user: number
  /** The chance of the view by sequence of the adversary (0 where he is no player), apart from both players' choices. */
  readonly chances: Map<number, Rational>
}

/** All views of the user up to a horizon, by the entries they consist of. */
export type Outlooks = ReadonlyMap<string, Outlook>

export interface TreeOptions extends Omit<ProgramOptions, 'entries' | 'view'> {
  readonly entries: Entries
  readonly horizon: number
  readonly user: Player | null
  readonly adversary: Player | null
}

/**
 * Walks every course of a collection until the user's view has `horizon` entries or ends, players' moves kept apart
 * from chance. Throws ReactiveError `reactive/budget` when there are more courses than the budget of views, with what
 * was reached.
 */
export function outlooks(closed: Closed, k: number, options: TreeOptions): Outlooks {
  const { user, adversary, horizon } = options
  const program = new Program(closed, k, options)
  const field = fractions(k)
  const unitOf = (player: Player | null) => program.units.findIndex((u) => u.machine.name === player?.name)
  const [userUnit, adversaryUnit] = [unitOf(user), unitOf(adversary)]
  const found = new Map<string, { user: number; chances: Map<number, Rational> }>()
  let steps = 0
  const leaf = (situation: Situation, view: readonly number[], chance: Rational, complete: boolean) => {
    const key = `${view.join(' ')}${complete ? '' : ' end'}`
    const sequence = userUnit === -1 ? 0 : (situation.states[userUnit] as number)
    const own = adversaryUnit === -1 ? 0 : (situation.states[adversaryUnit] as number)
    const known = found.get(key) ?? { user: sequence, chances: new Map<number, Rational>() }
    found.set(key, known)
    const before = known.chances.get(own)
    known.chances.set(own, before === undefined ? chance : before.plus(chance))
  }
  const walk = (situation: Situation, view: readonly number[], chance: Rational): void => {
    const repetition = new Repetition()
    let seen = view
    for (;;) {
      if (++steps > program.budget.views)
        throw new ReactiveError(
          'reactive/budget',
          `the tree of courses has more than ${program.budget.views} steps (${found.size} views were reached): ask for ` +
            'a shorter horizon, fewer moves or fewer activations',
        )
      const mover = situation.current
      const transition = situation.activate()
      if (transition === null) return leaf(situation, seen, chance, false)
      const { outcomes, only } = transition
      if (only === null) {
        const free = mover === userUnit || mover === adversaryUnit
        outcomes.forEach((outcome, i) => {
          const next = i === outcomes.length - 1 ? situation : situation.clone()
          next.commit(outcome)
          const p = free ? chance : chance.times(field.from(outcome.probability))
          const longer = outcome.entry === NOT_SEEN ? seen : [...seen, outcome.entry]
          if (longer.length === horizon) leaf(next, longer, p, true)
          else if (next.over) leaf(next, longer, p, false)
          else walk(next, longer, p)
        })
        return undefined
      }
      situation.commit(only)
      if (only.entry !== NOT_SEEN) seen = [...seen, only.entry]
      if (seen.length === horizon) return leaf(situation, seen, chance, true)
      if (situation.over || repetition.look(situation) === 'forever')
        return leaf(situation, seen, chance, false)
      repetition.renew(situation)
    }
  }
  if (horizon === 0) leaf(Situation.start(program), [], Rational.ONE, true)
  else walk(Situation.start(program), [], Rational.ONE)
  return found
}
