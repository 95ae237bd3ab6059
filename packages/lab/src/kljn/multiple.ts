import { chanceOfCorrelation, correlation, multipleLeak, resistiveLine, truthTable } from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { type LoopParameters, loopFrom, loopParameters, samplesParameter } from './loop-parameters.ts'
import { above, equals } from './verdict.ts'

interface Parameters extends LoopParameters {
  resistors: number
  samples: number
}

interface Result {
  p: Parameters
  rows: { resistors: number; keptShare: number; eve: number; worst: number }[]
  ones: number
  two: number
}

/** A geometric series from R_L to R_H. */
function resistances(p: LoopParameters, count: number): number[] {
  return Array.from({ length: count }, (_, i) => p.rl * (p.rh / p.rl) ** (i / (count - 1)))
}

export const multiple = defineScenario<Parameters, Result>({
  id: 'kljn/multiple',
  title: 'MKLJN: many resistors and a truth table',
  source: { paper: 'kljn', section: '§2.2, ref. 9' },
  summary:
    'Both parties choose from one public set; a public truth table says which bit an ordered pair means, the reverse pair meaning the opposite. Eve learns the pair from the mean squares, and the order only through the cable’s resistance. (The scheme is Kish’s of 2013 as we read the literature; the truth table is ours.)',
  parameters: {
    ...loopParameters,
    resistors: { kind: 'integer', default: 8, min: 2, max: 32, help: 'size of the set' },
    samples: samplesParameter(500),
  },
  async run(p) {
    const sizes = [...new Set([2, 3, 4, p.resistors])].sort((a, b) => a - b)
    const rows = sizes.map((resistors) => ({
      resistors,
      ...multipleLeak(
        {
          resistancesOhms: resistances(p, resistors),
          line: resistiveLine(p.rc),
          temperatureKelvin: p.temperature,
          bandwidthHertz: p.bandwidth,
        },
        p.samples,
      ),
    }))
    let ones = 0
    for (let i = 0; i < p.resistors; i++) for (let j = 0; j < p.resistors; j++) ones += truthTable(i, j) ?? 0
    return {
      p,
      rows,
      ones: ones / (p.resistors * (p.resistors - 1)),
      two: chanceOfCorrelation(correlation(loopFrom(p)), p.samples),
    }
  },
  figures: ({ p, rows }) => [
    {
      kind: 'table',
      title: `Sets between R_L and R_H, N = ${p.samples}`,
      columns: [
        { name: 'resistors' },
        { name: 'share of exchanges kept' },
        { name: 'Eve’s mean p' },
        { name: 'worst pair' },
      ],
      rows: rows.map((r) => [r.resistors, r.keptShare, r.eve, r.worst]),
    },
  ],
  claims: [
    {
      id: 'two',
      statement: 'A set of two is the plain scheme',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ rows, two }) => equals(rows[0]?.eve ?? 0, two, 1e-12),
    },
    {
      id: 'keeps-more',
      statement: 'More resistors let the parties keep more exchanges: (n − 1)/n in place of ½',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ rows, p }) => equals(rows.at(-1)?.keptShare ?? 0, (p.resistors - 1) / p.resistors, 1e-12),
    },
    {
      id: 'balanced',
      statement: 'The truth table gives as many ones as zeros',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ ones }) => equals(ones, 0.5, 1e-12),
    },
    {
      id: 'leak-remains',
      statement:
        'It does not by itself stop the cable from leaking: some pair is still guessed better than a coin',
      source: 'beyond the paper',
      stands: 'holds',
      check: ({ rows }) => above(rows.at(-1)?.worst ?? 0, 0.55),
    },
  ],
})
