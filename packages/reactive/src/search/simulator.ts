import { Rational } from '../model/rational.ts'
import type { Closed } from '../model/structure.ts'
import { Entries } from '../run/view.ts'
import type { Player } from './player.ts'
import { type LinearProgram, solve } from './solver.ts'
import { bestReply, type Strategy, strategyOf, weightsOf } from './strategy.ts'
import { type Outlooks, outlooks, type TreeOptions } from './tree.ts'

/** The best simulator at one k for so many entries of the view, with exact bounds on how good any can be. */
export interface SimulatorSearch {
  /** No simulator of this shape comes closer (certified by a distinguisher, and a user where she is a player). */
  readonly lower: Rational
  /** This one comes so close (certified by evaluating it). */
  readonly upper: Rational
  readonly simulator: Strategy
  /** The user's best strategy against every simulator; null where she is a fixed machine. */
  readonly user: Strategy | null
  readonly views: number
  /** Columns and rows of the linear program. */
  readonly size: readonly [columns: number, rows: number]
}

export interface SearchOptions extends Pick<TreeOptions, 'horizon' | 'reading' | 'budget'> {}

/** What the search is about: the user's outlooks in both worlds. */
interface Game {
  readonly real: Outlooks
  readonly ideal: Outlooks
  readonly user: Player | null
  readonly simulator: Player
}

/** Views that can be seen in the real world: only those can be likelier there. */
interface Row {
  readonly user: number
  readonly real: Rational
  readonly ideal: ReadonlyMap<number, Rational>
}

function rowsOf({ real, ideal }: Game): Row[] {
  return [...real].map(([view, { user, chances }]) => ({
    user,
    real: [...chances.values()].reduce((sum, p) => sum.plus(p), Rational.ZERO),
    ideal: ideal.get(view)?.chances ?? new Map<number, Rational>(),
  }))
}

/**
 * min over simulators of max over users of Σ_v max(0, P_v − (Gx)_v), as one linear program in sequence form: the
 * simulator's weights x, one t_v ≥ P_v − (Gx)_v for each view, and the dual of the user's tree, whose root is minimised.
 */
function programOf(game: Game, rows: readonly Row[]): LinearProgram {
  const { simulator, user } = game
  const firstT = simulator.sequences.length
  const firstW = firstT + rows.length
  const decisions = user?.decisions ?? []
  const columns = firstW + decisions.length + 1
  const root = columns - 1
  const out: { columns: number[]; values: number[]; lower: number; upper: number }[] = []
  rows.forEach((row, v) => {
    const entries = [...row.ideal]
    out.push({
      columns: [...entries.map(([sequence]) => sequence), firstT + v],
      values: [...entries.map(([, p]) => p.toNumber()), 1],
      lower: row.real.toNumber(),
      upper: Number.POSITIVE_INFINITY,
    })
  })
  for (const { before, after } of simulator.decisions)
    out.push({ columns: [...after, before], values: [...after.map(() => 1), -1], lower: 0, upper: 0 })
  // V(σ) = Σ t of views at σ + Σ W of decisions after σ; W of a decision ≥ V of each of its moves; root ≥ V(0).
  const ends = new Map<number, { columns: number[]; values: number[] }>()
  const at = (sequence: number) => {
    const known = ends.get(sequence) ?? { columns: [], values: [] }
    ends.set(sequence, known)
    return known
  }
  rows.forEach((row, v) => {
    at(row.user).columns.push(firstT + v)
    at(row.user).values.push(-1)
  })
  decisions.forEach(({ before }, d) => {
    at(before).columns.push(firstW + d)
    at(before).values.push(-1)
  })
  const bound = (sequence: number, by: number) => {
    const { columns: own, values } = at(sequence)
    out.push({ columns: [...own, by], values: [...values, 1], lower: 0, upper: Number.POSITIVE_INFINITY })
  }
  decisions.forEach(({ after }, d) => {
    for (const sequence of after) bound(sequence, firstW + d)
  })
  bound(0, root)
  const cost = new Array<number>(columns).fill(0)
  cost[root] = 1
  const lower = new Array<number>(columns).fill(0)
  lower[0] = 1
  const upper = new Array<number>(columns).fill(Number.POSITIVE_INFINITY)
  upper[0] = 1
  return { cost, lower, upper, rows: out }
}

/** How far the simulator is from the real world, for the user who tells best: exact. */
function evaluate(game: Game, rows: readonly Row[], strategy: Strategy): Rational {
  const weights = weightsOf(game.simulator, strategy)
  const gains = new Map<number, Rational>()
  for (const { user, real, ideal } of rows) {
    let excess = real
    for (const [sequence, p] of ideal) excess = excess.minus(p.times(weights[sequence] as Rational))
    if (excess.sign() > 0) gains.set(user, (gains.get(user) ?? Rational.ZERO).plus(excess))
  }
  return game.user === null ? (gains.get(0) ?? Rational.ZERO) : bestReply(game.user, gains).value
}

/** What a user and a test of her views achieve against every simulator: exact. */
function certify(
  game: Game,
  rows: readonly Row[],
  user: Strategy | null,
  accept: readonly Rational[],
): Rational {
  const weights = game.user === null || user === null ? null : weightsOf(game.user, user)
  const gains = new Map<number, Rational>()
  let real = Rational.ZERO
  rows.forEach((row, v) => {
    const factor = accept[v] as Rational
    if (factor.isZero()) return
    const reach = weights === null ? factor : factor.times(weights[row.user] as Rational)
    real = real.plus(reach.times(row.real))
    for (const [sequence, p] of row.ideal)
      gains.set(sequence, (gains.get(sequence) ?? Rational.ZERO).plus(reach.times(p)))
  })
  return real.minus(bestReply(game.simulator, gains).value)
}

async function searchGame(game: Game): Promise<SimulatorSearch> {
  const rows = rowsOf(game)
  const program = programOf(game, rows)
  const { values, rowDuals } = await solve(program)
  const simulator = strategyOf(game.simulator, (sequence) => values[sequence] as number)
  // The duals of t_v ≥ P_v − (Gx)_v are the user's weight of the view times how surely she then says "real"; those of
  // the rows behind are her own weights of sequences.
  let user: Strategy | null = null
  let own: readonly Rational[] | null = null
  if (game.user !== null) {
    const first = rows.length + game.simulator.decisions.length
    const weight = new Map<number, number>()
    let row = first
    for (const { after } of game.user.decisions)
      for (const sequence of after) weight.set(sequence, rowDuals[row++] as number)
    user = strategyOf(game.user, (sequence) => weight.get(sequence) ?? 0)
    own = weightsOf(game.user, user)
  }
  const accept = rows.map(({ user: sequence }, v) => {
    const reach = own === null ? 1 : (own[sequence] as Rational).toNumber()
    if (reach === 0) return Rational.ZERO
    const sure = Math.min(1, Math.max(0, (rowDuals[v] as number) / reach))
    const rounded =
      Math.abs(sure - Math.round(sure)) < 1e-7 ? Math.round(sure) : Math.round(sure * 2 ** 40) / 2 ** 40
    return Rational.fromNumber(rounded)
  })
  const lower = certify(game, rows, user, accept)
  return {
    lower: lower.sign() < 0 ? Rational.ZERO : lower,
    upper: evaluate(game, rows, simulator),
    simulator,
    user,
    views: new Set([...game.real.keys(), ...game.ideal.keys()]).size,
    size: [program.cost.length, program.rows.length],
  }
}

/**
 * The best simulator for a fixed user and adversary (standard simulatability, one configuration): min over A₂ of the
 * distance of the first `horizon` entries of H's view. `simulator` is an open machine, in the ideal collection. Throws
 * ReactiveError `reactive/budget`, `reactive/solver`.
 */
export async function bestSimulator(
  real: Closed,
  ideal: Closed,
  simulator: Player,
  k: number,
  options: SearchOptions,
): Promise<SimulatorSearch> {
  const entries = new Entries()
  const shared = { ...options, entries, user: null }
  return searchGame({
    real: outlooks(real, k, { ...shared, adversary: null }),
    ideal: outlooks(ideal, k, { ...shared, adversary: simulator }),
    user: null,
    simulator,
  })
}

/**
 * The best simulator that does not depend on the user (universal simulatability): min over A₂ of max over H. Both are
 * open machines; H's is the same in both worlds. At one k and a finite horizon the minimax theorem makes this equal to
 * the standard variant with users who may toss coins; where the two differ, it is in the limit (Hofheinz–Unruh 2005).
 */
export async function bestUniversalSimulator(
  real: Closed,
  ideal: Closed,
  simulator: Player,
  user: Player,
  k: number,
  options: SearchOptions,
): Promise<SimulatorSearch> {
  const shared = { ...options, entries: new Entries(), user }
  return searchGame({
    real: outlooks(real, k, { ...shared, adversary: null }),
    ideal: outlooks(ideal, k, { ...shared, adversary: simulator }),
    user,
    simulator,
  })
}
