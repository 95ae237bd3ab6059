import {
  addSmall,
  formatSmall,
  fraction,
  isExpSmall,
  isExpSmallAsPrinted,
  isNegligible,
  Rational,
  type Smallness,
  valueAt,
} from '@warren/reactive'
import { defineScenario } from '../scenario.ts'
import { whether } from './known.ts'

type Class = (f: Smallness) => boolean

interface Result {
  functions: Smallness[]
  /** The first pair inside the class whose sum is outside; null where there is none. */
  open: Record<'negl' | 'printed0' | 'printed1' | 'mended', [Smallness, Smallness] | null>
  witness: { f: Smallness; twice: Smallness; inside: boolean; sumInside: boolean; crossed: boolean }
  zero: { printed: boolean; mended: boolean }
}

const small = (coefficient: string, exponent: number, power: number): Smallness => ({
  coefficient: fraction(coefficient),
  exponent,
  power,
})

export const smallFunctions = defineScenario<Record<never, never>, Result>({
  id: 'simulatability/small-functions',
  title: 'Classes of small functions: NEGL, and EXPSMALL as printed and mended',
  source: { paper: 'simulatability', section: '2' },
  summary:
    'A class of small functions must be closed under addition and contain what lies below its members. The printed ' +
    'EXPSMALL, f(k) < 2^{-k}·k^{-c} with values above 0, is neither; with k^{c} and values from 0 it is both. Decided on ' +
    'leading terms a·2^{-ek}·k^p.',
  parameters: {},
  run() {
    const functions = ['1/4', '3/4', '1', '2'].flatMap((a) =>
      [0, 1, 2].flatMap((e) => [-2, -1, 0, 1, 2].map((p) => small(a, e, p))),
    )
    const firstOpen = (contains: Class): [Smallness, Smallness] | null => {
      const inside = functions.filter(contains)
      for (const f of inside) for (const g of inside) if (!contains(addSmall(f, g))) return [f, g]
      return null
    }
    const f = small('3/4', 1, -1)
    const twice = addSmall(f, f)
    return Promise.resolve({
      functions,
      open: {
        negl: firstOpen(isNegligible),
        printed0: firstOpen((g) => isExpSmallAsPrinted(g, 0)),
        printed1: firstOpen((g) => isExpSmallAsPrinted(g, 1)),
        mended: firstOpen(isExpSmall),
      },
      witness: {
        f,
        twice,
        inside: isExpSmallAsPrinted(f, 1),
        sumInside: isExpSmallAsPrinted(twice, 1),
        // 2f exceeds 2^{-k}·k^{-1}, the largest bound there is for c ≥ 1, at every k that is tried.
        crossed: Array.from({ length: 60 }, (_, i) => i + 1).every((k) => valueAt(twice, k) >= 2 ** -k / k),
      },
      zero: {
        printed: isExpSmallAsPrinted({ coefficient: Rational.ZERO, exponent: 0, power: 0 }, 0),
        mended: isExpSmall({ coefficient: Rational.ZERO, exponent: 0, power: 0 }),
      },
    })
  },
  figures: ({ functions }) => [
    {
      kind: 'table',
      title: 'Members',
      columns: [
        { name: 'f' },
        { name: 'NEGL' },
        { name: 'printed, ℕ from 1' },
        { name: 'printed, ℕ from 0' },
        { name: 'mended' },
      ],
      rows: functions
        .filter((f) => f.exponent === 1)
        .map((f) => [
          formatSmall(f),
          isNegligible(f),
          isExpSmallAsPrinted(f, 1),
          isExpSmallAsPrinted(f, 0),
          isExpSmall(f),
        ]),
    },
  ],
  claims: [
    {
      id: 'negl-is-a-class',
      statement: 'NEGL is closed under addition',
      source: '§2',
      stands: 'holds',
      check: ({ open, functions }) =>
        whether(open.negl === null, `no counterexample among ${functions.length} leading terms`, 'none'),
    },
    {
      id: 'expsmall-as-printed',
      statement: 'EXPSMALL, f(k) < 2^{-k}·k^{-c} for some c, is closed under addition',
      source: '§2, as printed',
      stands: 'fails',
      check: ({ witness: { f, twice, inside, sumInside, crossed } }) =>
        whether(
          !(inside && !sumInside && crossed),
          `f = ${formatSmall(f)} is in it, 2f = ${formatSmall(twice)} is not`,
          'not closed (ℕ from 1)',
        ),
    },
    {
      id: 'expsmall-as-printed-with-0',
      statement: 'The same with 0 ∈ ℕ',
      source: '§2, as printed',
      stands: 'fails',
      check: ({ open: { printed0 } }) =>
        whether(
          printed0 === null,
          printed0 === null
            ? 'closed'
            : `${printed0.map(formatSmall).join(' and ')} are in it, their sum is not`,
          'not closed either, by another pair',
        ),
    },
    {
      id: 'expsmall-mended',
      statement: 'EXPSMALL, f(k) < 2^{-k}·k^{c} for some c, is closed under addition',
      source: '§2, mended',
      stands: 'holds',
      check: ({ open, functions }) =>
        whether(open.mended === null, `no counterexample among ${functions.length} leading terms`, 'none'),
    },
    {
      id: 'perfect-is-statistical',
      statement:
        'Perfect security, distance 0, is statistical security for EXPSMALL as printed (values in ℝ_{>0})',
      source: '§2, as printed',
      stands: 'fails',
      check: ({ zero }) =>
        whether(
          zero.printed,
          `0 is a member: printed ${zero.printed}, mended ${zero.mended}`,
          'no; with ℝ≥0 yes',
        ),
    },
  ],
})
