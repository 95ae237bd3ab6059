import type { Move } from '../run/chain.ts'

/**
 * A class of view prefixes: the sum of their forward vectors (α, β) over the points of both chains, in whole numbers.
 * Prefixes whose vectors are proportional have proportional futures, so they may be added up (projective merging).
 */
export interface Prefixes {
  readonly points: readonly number[]
  readonly weights: readonly bigint[]
}

export function massOf(prefixes: Prefixes): { real: bigint; ideal: bigint } {
  let [real, ideal] = [0n, 0n]
  prefixes.points.forEach((point, i) => {
    if (point % 2 === 0) real += prefixes.weights[i] as bigint
    else ideal += prefixes.weights[i] as bigint
  })
  return { real, ideal }
}

/** The classes after one more entry, by entry. */
export function* extend(
  prefixes: Prefixes,
  moves: ReadonlyMap<number, readonly Move<bigint>[]>,
): Generator<{ entry: number; prefixes: Prefixes }> {
  const byEntry = new Map<number, Map<number, bigint>>()
  prefixes.points.forEach((point, i) => {
    const weight = prefixes.weights[i] as bigint
    for (const move of moves.get(point) ?? []) {
      let vector = byEntry.get(move.entry)
      if (vector === undefined) byEntry.set(move.entry, (vector = new Map()))
      vector.set(move.to, (vector.get(move.to) ?? 0n) + weight * move.weight)
    }
  })
  for (const [entry, vector] of byEntry) {
    const sorted = [...vector].toSorted(([a], [b]) => a - b)
    yield { entry, prefixes: { points: sorted.map(([p]) => p), weights: sorted.map(([, w]) => w) } }
  }
}

const PRIME = 67_108_859n // 2^26 − 5: products of residues stay exact in a double

function inverse(value: number): number {
  // Fermat: value^(p−2) mod p.
  const prime = Number(PRIME)
  let result = 1
  let base = value
  for (let exponent = prime - 2; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = (result * base) % prime
    base = (base * base) % prime
  }
  return result
}

/** Equal for proportional vectors; seldom equal for others. */
function fingerprint({ points, weights }: Prefixes): string {
  const residues = weights.map((w) => Number(w % PRIME))
  const factor = inverse(residues[0] as number)
  return `${points.join(' ')};${residues.map((r) => (r * factor) % Number(PRIME)).join(' ')}`
}

function proportional(a: Prefixes, b: Prefixes): boolean {
  const [first, second] = [a.weights[0] as bigint, b.weights[0] as bigint]
  return a.weights.every((w, i) => w * second === (b.weights[i] as bigint) * first)
}

/** Adds proportional vectors up: found by a fingerprint modulo a prime, confirmed exactly. */
export class Merger {
  readonly #classes = new Map<string, Prefixes[]>()

  add(prefixes: Prefixes): void {
    const key = fingerprint(prefixes)
    const candidates = this.#classes.get(key)
    if (candidates === undefined) {
      this.#classes.set(key, [prefixes])
      return
    }
    const at = candidates.findIndex((other) => proportional(other, prefixes))
    const other = candidates[at]
    if (other === undefined) candidates.push(prefixes)
    else
      candidates[at] = {
        points: other.points,
        weights: other.weights.map((w, i) => w + (prefixes.weights[i] as bigint)),
      }
  }

  *[Symbol.iterator](): Generator<Prefixes> {
    for (const candidates of this.#classes.values()) yield* candidates
  }
}
