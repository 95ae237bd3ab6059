import type { Move } from '../run/chain.ts'
import { movesFrom, type Pair } from './pair.ts'

/**
 * A pair of points, one of each chain, is dominated when from there on no entry that both can show is likelier in the
 * one than in the other. Then a prefix that is no likelier in the one stays so, whatever both go on to show, and its
 * excess in the other tells the two apart for good: (α, β) with α ≤ β is worth as much as (α, α) and (0, β − α) apart.
 * So a protocol that leaks with probability 2^{-k} per invocation, against one that does not, has finitely many
 * directions instead of one for every number of invocations.
 */
export class Domination<W> {
  readonly #both: Pair<W>
  readonly #known = new Map<string, boolean>()

  constructor(both: Pair<W>) {
    this.#both = both
  }

  /** Is what both go on to show, from these two points, never likelier for the `lesser` one? */
  holds(real: number, ideal: number, lesser: 'real' | 'ideal'): boolean {
    const key = `${lesser} ${real} ${ideal}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const seen = new Map([[key, [real, ideal] as const]])
    let dominated = true
    for (const [p, q] of seen.values()) {
      const next = this.#next(p, q, lesser)
      if (next === null) {
        dominated = false
        break
      }
      for (const pair of next) seen.set(`${lesser} ${pair[0]} ${pair[1]}`, pair)
    }
    // A violation anywhere decides for the pair that was asked; without one, for all that were looked at.
    if (dominated) for (const each of seen.keys()) this.#known.set(each, true)
    else this.#known.set(key, false)
    return dominated
  }

  #next(real: number, ideal: number, lesser: 'real' | 'ideal'): (readonly [number, number])[] | null {
    const { field } = this.#both
    const theirs = byEntry(movesFrom(this.#both, ideal))
    const next: (readonly [number, number])[] = []
    for (const [entry, moves] of byEntry(movesFrom(this.#both, real))) {
      const others = theirs.get(entry)
      if (others === undefined) continue
      const [one] = moves
      const [other] = others
      if (moves.length > 1 || others.length > 1 || one === undefined || other === undefined) return null
      const difference = field.sign(field.minus(one.weight, other.weight))
      if (lesser === 'real' ? difference > 0 : difference < 0) return null
      next.push([2 * one.to, 2 * other.to + 1])
    }
    return next
  }
}

function byEntry<W>(moves: readonly Move<W>[]): Map<number, Move<W>[]> {
  const out = new Map<number, Move<W>[]>()
  for (const move of moves) {
    const list = out.get(move.entry)
    if (list === undefined) out.set(move.entry, [move])
    else list.push(move)
  }
  return out
}
