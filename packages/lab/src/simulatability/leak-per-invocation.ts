import {
  type AllK,
  configuration,
  directions,
  distanceAfter,
  judge,
  pair,
  prefixDistance,
} from '@warren/reactive'
import { leak } from '@warren/reactive/library'
import { defineScenario } from '../scenario.ts'
import { asRefuted, asVerdict, whether } from './known.ts'

const REAL = configuration(leak.LEAKING, leak.LISTENER, leak.INVOKER, leak.TIGHT)
const IDEAL = configuration(leak.TIGHT, leak.LISTENER, leak.INVOKER)

interface Result {
  k: number
  all: AllK
  /** Distance at n = 2^j entries. */
  curve: { n: number; distance: number }[]
  atPower: number
  atSquare: { k: number; distance: number }
  small: { n: number; exact: string; formula: string }[]
}

export const leakPerInvocation = defineScenario<{ k: number }, Result>({
  id: 'simulatability/leak-per-invocation',
  title: 'Insecure with probability 2^{-k} in each invocation',
  source: { paper: 'simulatability', section: '4' },
  summary:
    'The remark before Definition 7: a protocol that may be invoked again and again and gets insecure with probability ' +
    '2^{-k} each time. The chain of directions has two classes, so the distance after n entries is 1 − (1 − 2^{-k})ⁿ, ' +
    'computed exactly at n = 2^k by repeated squaring, and decided for all k.',
  parameters: { k: { kind: 'integer', default: 14, min: 1, max: 20, help: 'the security parameter' } },
  run({ k }) {
    const found = directions(pair(REAL, IDEAL, k))
    const small = [1, 2, 5, 9].map((n) => ({
      n,
      exact: prefixDistance(pair(REAL, IDEAL, 3), n).lower.toString(),
      formula: `${8n ** BigInt(n) - 7n ** BigInt(n)}/${8n ** BigInt(n)}`,
    }))
    const squareK = Math.min(k, 7)
    return Promise.resolve({
      k,
      all: judge(REAL, IDEAL),
      curve: Array.from({ length: k + 1 }, (_, j) => ({
        n: 2 ** j,
        distance: distanceAfter(found, 2 ** j).toNumber(),
      })),
      atPower: distanceAfter(found, 2 ** k).toNumber(),
      atSquare: {
        k: squareK,
        distance: distanceAfter(directions(pair(REAL, IDEAL, squareK)), 2 ** (2 * squareK)).toNumber(),
      },
      small,
    })
  },
  figures: ({ curve, k }) => [
    {
      kind: 'series',
      title: `Distance of the first n entries, k = ${k}`,
      x: { label: 'entries n', scale: 'log' },
      y: { label: 'distance' },
      lines: [{ name: '1 − (1 − 2^{-k})ⁿ', points: curve.map(({ n, distance }) => [n, distance] as const) }],
    },
  ],
  claims: [
    {
      id: 'formula',
      statement: 'The first n entries have the distance 1 − (1 − 2^{-k})ⁿ',
      source: '§4',
      stands: 'holds',
      check: ({ small }) =>
        whether(
          small.every(({ exact, formula }) => exact === formula),
          small.map(({ n, exact }) => `n = ${n}: ${exact}`).join('; '),
          small.map(({ formula }) => formula).join('; '),
        ),
    },
    {
      id: 'definition-3',
      statement: 'Such a protocol is secure in the sense of Definition 3',
      source: '§4',
      stands: 'holds',
      check: ({ all }) => asVerdict(all.definition3, 'proved: l entries tell at most l·2^{-k}'),
    },
    {
      id: 'definition-7',
      statement: 'Such a protocol is certainly insecure in the sense of Definition 7',
      source: '§4',
      stands: 'holds',
      check: ({ all }) => asRefuted(all.definition7, 'refuted: the whole views have distance 1'),
    },
    {
      id: 'two-to-the-k',
      statement: 'Prefixes of 2^k entries have a distance near 1 − 1/e',
      source: '§4',
      stands: 'holds',
      check: ({ atPower, k }) =>
        whether(
          Math.abs(atPower - (1 - Math.exp(-1))) < 2 ** -k,
          `${atPower.toFixed(8)} at k = ${k}`,
          `1 − 1/e = ${(1 - Math.exp(-1)).toFixed(8)}, to within 2^{-k}`,
        ),
    },
    {
      id: 'two-to-the-2k',
      statement: 'With overwhelming probability it gets insecure in one of 2^{2k} invocations',
      source: '§4',
      stands: 'holds',
      check: ({ atSquare: { k, distance } }) =>
        whether(
          1 - distance < Math.exp(-(2 ** k)) * 1.01,
          `1 − ${(1 - distance).toExponential(2)} at k = ${k}`,
          `1 − e^{-2^k}`,
        ),
    },
  ],
})
