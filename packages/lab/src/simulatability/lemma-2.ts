import { randomBelow } from '@warren/primitives/rng'
import { configuration, directions, pair, prefixDistances, Rational, wholeDistance } from '@warren/reactive'
import { leak } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

interface Result {
  pairs: number
  violations: number
  strict: number
  k: number
  prefixes: number[]
  monotone: boolean
  whole: Rational
  /** Distances before and after an f that is not measurable. */
  unmeasurable: { before: number; after: number }
}

function distance(p: readonly Rational[], q: readonly Rational[]): Rational {
  return p
    .reduce((sum, value, i) => sum.plus(value.minus(q[i] as Rational).absolute()), Rational.ZERO)
    .times(Rational.of(1n, 2n))
}

/** Definition 1 itself: the supremum over the measurable sets, which are listed. */
function supremum(
  p: readonly number[],
  q: readonly number[],
  measurable: readonly (readonly number[])[],
): number {
  const of = (weights: readonly number[], set: readonly number[]) =>
    set.reduce((sum, i) => sum + (weights[i] as number), 0)
  return Math.max(...measurable.map((set) => Math.abs(of(p, set) - of(q, set))))
}

export const lemma2 = defineScenario<{ pairs: number; k: number; length: number }, Result>({
  id: 'simulatability/lemma-2',
  title: 'Statistical distance: functions and prefixes',
  source: { paper: 'simulatability', section: '2' },
  summary:
    'Random pairs of distributions on eight values are mapped through random functions, in exact arithmetic: the ' +
    'distance never grows. For views as sequences, the distance of prefixes grows towards that of the whole views, ' +
    'which is found independently, as the limit of a finite chain.',
  parameters: {
    pairs: { kind: 'integer', default: 500, min: 1, max: 20_000, help: 'random pairs of distributions' },
    k: { kind: 'integer', default: 3, min: 1, max: 8, help: 'the security parameter of the sequences' },
    length: { kind: 'integer', default: 60, min: 1, max: 400, help: 'the longest prefix' },
  },
  run({ pairs, k, length }, { rng }) {
    const draw = (): Rational[] => {
      const weights = Array.from({ length: 8 }, () => BigInt(randomBelow(rng, 10)))
      const total = weights.reduce((a, b) => a + b, 0n)
      return total === 0n ? draw() : weights.map((w) => Rational.of(w, total))
    }
    let [violations, strict] = [0, 0]
    for (let i = 0; i < pairs; i++) {
      const [p, q] = [draw(), draw()]
      const f = Array.from({ length: 8 }, () => randomBelow(rng, 5))
      const image = (weights: readonly Rational[]) => {
        const out = new Array<Rational>(5).fill(Rational.ZERO)
        weights.forEach((w, v) => {
          out[f[v] as number] = (out[f[v] as number] as Rational).plus(w)
        })
        return out
      }
      const order = distance(image(p), image(q)).compare(distance(p, q))
      if (order > 0) violations++
      if (order < 0) strict++
    }
    const both = pair(
      configuration(leak.LEAKING, leak.LISTENER, leak.INVOKER),
      configuration(leak.TIGHT, leak.LISTENER, leak.INVOKER),
      k,
    )
    const prefixes = prefixDistances(both, length)
    // Ω = {0, 1, 2, 3}, measurable: ∅, {0,1}, {2,3}, Ω. X is uniform on {0, 2}, Y on {1, 3}. f is the identity into the
    // same set with all its subsets: it is not measurable.
    const [p, q] = [
      [0.5, 0, 0.5, 0],
      [0, 0.5, 0, 0.5],
    ]
    const all = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].filter((i) => ((bits >> i) & 1) === 1))
    return Promise.resolve({
      pairs,
      violations,
      strict,
      k,
      prefixes: prefixes.map((d) => d.toNumber()),
      monotone: prefixes.every((d, n) => n === 0 || d.compare(prefixes[n - 1] as Rational) >= 0),
      whole: wholeDistance(directions(both)),
      unmeasurable: {
        before: supremum(p, q, [[], [0, 1], [2, 3], [0, 1, 2, 3]]),
        after: supremum(p, q, all),
      },
    })
  },
  figures: ({ prefixes, k }) => [
    {
      kind: 'series',
      title: `Distance of the first n entries (a leak of 2^{-${k}} per invocation)`,
      x: { label: 'entries' },
      y: { label: 'distance' },
      lines: [{ name: 'prefixes', points: prefixes.map((d, n) => [n, d] as const) }],
    },
  ],
  claims: [
    {
      id: 'functions',
      statement: 'For a measurable f, Δ(f(X), f(Y)) ≤ Δ(X, Y)',
      source: 'Lemma 2(i), mended',
      stands: 'holds',
      check: ({ pairs, violations, strict }) =>
        whether(
          violations === 0 && strict > 0,
          `${violations} of ${pairs} random pairs violate it; for ${strict} the distance shrinks`,
          'none; exact arithmetic',
        ),
    },
    {
      id: 'any-function',
      statement: 'For any function f, Δ(f(X), f(Y)) ≤ Δ(X, Y)',
      source: 'Lemma 2(i), as printed: f need not be measurable',
      stands: 'fails',
      check: ({ unmeasurable: { before, after } }) =>
        whether(
          after <= before,
          `Δ(X, Y) = ${before}, Δ(f(X), f(Y)) = ${after}`,
          'an f that is not measurable: 0 and 1',
        ),
    },
    {
      id: 'prefixes',
      statement: 'The distance of sequences is the supremum of the distances of their prefixes',
      source: 'Lemma 2(ii)',
      stands: 'holds',
      check({ prefixes, monotone, whole, k }) {
        const last = prefixes.at(-1) ?? 0
        // 1 − (1 − 2^{-k})^n → 1: the prefixes must come as close as this formula says, and not pass the limit.
        const expected = 1 - (1 - 2 ** -k) ** (prefixes.length - 1)
        return whether(
          monotone && last <= whole.toNumber() && Math.abs(last - expected) < 1e-12,
          `prefixes grow to ${last.toFixed(6)} at n = ${prefixes.length - 1}; whole views ${whole.toString()}`,
          'monotone, and as close to the limit as 1 − (1 − 2^{-k})^n',
        )
      },
    },
  ],
})
