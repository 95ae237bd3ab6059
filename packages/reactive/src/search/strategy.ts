import { Rational } from '../model/rational.ts'
import type { Player } from './player.ts'

/** For each decision the exact probabilities of its moves. */
export type Strategy = readonly (readonly Rational[])[]

/** The simplest fraction this close to a number between 0 and 1, by its continued fraction. */
function simplest(value: number, tolerance: number): Rational {
  const near = Math.min(1, Math.max(0, value))
  let [h0, h1, k0, k1] = [0, 1, 1, 0]
  let rest = near
  for (let i = 0; i < 20; i++) {
    const whole = Math.floor(rest)
    const [h2, k2] = [whole * h1 + h0, whole * k1 + k0]
    if (k2 > 100_000) break
    ;[h0, h1, k0, k1] = [h1, h2, k1, k2]
    if (Math.abs(near - h1 / k1) < tolerance || rest === whole) break
    rest = 1 / (rest - whole)
  }
  return Math.abs(near - h1 / k1) < tolerance
    ? Rational.of(BigInt(h1), BigInt(k1))
    : Rational.fromNumber(Math.round(near * 2 ** 40) / 2 ** 40)
}

/** An exact strategy from approximate weights of sequences: each decision's moves in proportion, and summing to one. */
export function strategyOf(player: Player, weights: (sequence: number) => number): Strategy {
  return player.decisions.map(({ after }) => {
    const parts = after.map((sequence) => (weights(sequence) > 1e-8 ? weights(sequence) : 0))
    const sum = parts.reduce((a, b) => a + b, 0)
    if (sum === 0) return after.map((_, i) => (i === 0 ? Rational.ONE : Rational.ZERO))
    // The solver's weights are right to about 10^{−9}; what is seldom reached is known less well.
    const tolerance = Math.min(1e-4, 2e-9 / sum)
    const exact = parts.map((part) => simplest(part / sum, tolerance))
    const total = exact.reduce((a, b) => a.plus(b), Rational.ZERO)
    return total.equals(Rational.ONE) ? exact : exact.map((p) => p.over(total))
  })
}

/** The weight of every sequence under a strategy: the product of the probabilities on the way. */
export function weightsOf(player: Player, strategy: Strategy): Rational[] {
  const weights: Rational[] = [Rational.ONE]
  // A decision is made after the one before it, so parents come first.
  player.decisions.forEach(({ before, after }, d) => {
    after.forEach((sequence, move) => {
      weights[sequence] = (weights[before] as Rational).times(strategy[d]?.[move] as Rational)
    })
  })
  return weights
}

/** The most that a player can collect, when reaching a sequence is worth `gain` of it: exact, from the end backwards. */
export function bestReply(
  player: Player,
  gain: ReadonlyMap<number, Rational>,
): { value: Rational; strategy: Strategy } {
  const values = player.sequences.map((_, sequence) => gain.get(sequence) ?? Rational.ZERO)
  const strategy: Rational[][] = player.decisions.map(() => [])
  for (let d = player.decisions.length - 1; d >= 0; d--) {
    const { before, after } = player.decisions[d] as Player['decisions'][number]
    let best = 0
    after.forEach((sequence, move) => {
      if ((values[sequence] as Rational).compare(values[after[best] as number] as Rational) > 0) best = move
    })
    strategy[d] = after.map((_, move) => (move === best ? Rational.ONE : Rational.ZERO))
    values[before] = (values[before] as Rational).plus(values[after[best] as number] as Rational)
  }
  return { value: values[0] as Rational, strategy }
}

/** A strategy in words, one line for each decision that is reached. */
export function formatStrategy(player: Player, strategy: Strategy): string {
  const weights = weightsOf(player, strategy)
  const history = (sequence: number): string => {
    const at = player.sequences[sequence]
    const decision = player.decisions[at?.decision ?? -1]
    if (at === undefined || decision === undefined) return ''
    const before = history(decision.before)
    return `${before === '' ? '' : `${before}; `}${decision.port} ${decision.message} → ${moveText(player, at.move)}`
  }
  return player.decisions
    .flatMap((decision, d) => {
      if ((weights[decision.before] as Rational).isZero()) return []
      const choices = (strategy[d] as readonly Rational[])
        .flatMap((p, move) =>
          p.isZero()
            ? []
            : [`${moveText(player, move)}${p.equals(Rational.ONE) ? '' : ` (${p.toString()})`}`],
        )
        .join(' or ')
      const before = history(decision.before)
      return [`${before === '' ? '' : `${before}; `}${decision.port} ${decision.message} → ${choices}`]
    })
    .join('\n')
}

function moveText(player: Player, move: number): string {
  const output = player.moves[move]
  const parts = [
    ...(output?.send ?? []).map(([name, message]) => `${name}! ${message}`),
    ...(output?.clock ?? []).map(([name, index]) => `${name}◁! ${index}`),
  ]
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
