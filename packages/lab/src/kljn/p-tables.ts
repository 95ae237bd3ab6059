import {
  chanceOfCorrelation,
  correlation,
  eveChance,
  exactBeta,
  type Loop,
  optimalRule,
  plainMomentEngine,
  resistiveLine,
  runTimeDomain,
  runWishart,
  secondLawRule,
  seededPrng,
  symmetricLoop,
  unsafePaperBeta,
} from '@warren/kljn'
import { defineScenario } from '../scenario.ts'
import { bitsParameter } from './loop-parameters.ts'
import { FALSE_ALARM } from './verdict.ts'

const SIZES = [20, 50, 100, 200, 500, 1000, 2000] as const

interface Row {
  id: string
  name: string
  loop: Loop
  /** specs/kljn.md, rounded there to four digits. */
  table: readonly number[]
}

function rows(): Row[] {
  const made = (
    name: string,
    id: string,
    high: number,
    low: number,
    tables: readonly (readonly number[])[],
  ) => {
    const ohms = { highOhms: high, lowOhms: low, cableOhms: 200 }
    const loop = (beta: number) =>
      symmetricLoop({ highOhms: high, lowOhms: low, line: resistiveLine(200), beta })
    return [
      { id: `${id}-none`, name: `${name}, no defence`, loop: loop(1), table: tables[0] as readonly number[] },
      {
        id: `${id}-eq11`,
        name: `${name}, β of eq. (11)`,
        loop: loop(unsafePaperBeta(ohms)),
        table: tables[1] as readonly number[],
      },
      { id: `${id}-exact`, name: `${name}, β*`, loop: loop(exactBeta(ohms)), table: SIZES.map(() => 0.5) },
    ]
  }
  return [
    ...made('9k/1k/200', '9k', 9000, 1000, [
      [0.546, 0.573, 0.6029, 0.644, 0.7205, 0.7957, 0.8788],
      [0.5415, 0.5659, 0.5931, 0.6306, 0.7011, 0.7722, 0.8544],
    ]),
    ...made('11k/2k/200', '11k', 11_000, 2000, [
      [0.5256, 0.5407, 0.5576, 0.5813, 0.6274, 0.6771, 0.7421],
      [0.5242, 0.5385, 0.5545, 0.5769, 0.6206, 0.6679, 0.7304],
    ]),
  ]
}

const ROWS = rows()

interface Cell {
  closed: number
  wishart: number
  wishartError: number
  time: number
  timeError: number
}

interface Parameters {
  wishartBits: number
  timeBits: number
}

interface Result extends Parameters {
  cells: Cell[][]
}

const worst = (cells: readonly Cell[], of: (cell: Cell) => number) => Math.max(...cells.map(of))

export const pTables = defineScenario<Parameters, Result>({
  id: 'kljn/p-tables',
  title: 'Eve’s chance of a right guess: closed form, Wishart shortcut, time domain',
  source: { paper: 'kljn', section: '§2.1, §2.3' },
  summary:
    'The best passive attack on the resistive line, for two sets of resistors and three temperature ratios, over N independent samples of a bit. Three ways that share no code beyond the model: the incomplete beta function; sums drawn from Wishart’s distribution; and noise, Kirchhoff’s laws and products sample by sample. Under β of eq. (11) Eve turns her sign.',
  parameters: { wishartBits: bitsParameter(100_000), timeBits: bitsParameter(2000) },
  async run({ wishartBits, timeBits }, { rng, signal, progress }) {
    const prng = seededPrng(rng)
    const engine = plainMomentEngine(prng)
    const cells: Cell[][] = []
    for (const [i, row] of ROWS.entries()) {
      progress.report(i / ROWS.length, row.name)
      // where nothing differs there is no optimal rule: any will do
      const best = correlation(row.loop)
      const eve = Math.abs(best) < 1e-12 ? secondLawRule : optimalRule(row.loop)
      cells.push(
        SIZES.map((samples) => {
          signal.throwIfAborted()
          const experiment = { loop: row.loop, samples, mode: 'best-of-both' as const, eve, signal }
          const wishart = eveChance(runWishart({ ...experiment, bits: wishartBits }, prng))
          const time = eveChance(runTimeDomain({ ...experiment, bits: timeBits }, prng, engine))
          return {
            closed: chanceOfCorrelation(best, samples),
            wishart: wishart.right,
            wishartError: wishart.standardError,
            time: time.right,
            timeError: time.standardError,
          }
        }),
      )
    }
    return { wishartBits, timeBits, cells }
  },
  figures: ({ cells }) => [
    {
      kind: 'table',
      title: 'p of the best passive attack',
      columns: [{ name: 'loop' }, { name: 'way' }, ...SIZES.map((n) => ({ name: `N = ${n}` }))],
      rows: ROWS.flatMap((row, i) => {
        const here = cells[i] as Cell[]
        const four = (x: number) => Number(x.toFixed(4))
        return [
          [row.name, 'closed form', ...here.map((c) => four(c.closed))],
          ['', 'Wishart', ...here.map((c) => four(c.wishart))],
          ['', 'time domain', ...here.map((c) => four(c.time))],
        ]
      }),
    },
    {
      kind: 'series',
      title: 'p against N (lines: closed form; points: Wishart)',
      x: { label: 'N, independent samples of a bit', scale: 'log' },
      y: { label: 'p' },
      lines: [
        ...ROWS.map((row, i) => ({
          name: row.name,
          points: SIZES.map((n, j) => [n, cells[i]?.[j]?.closed ?? 0.5] as const),
        })),
        {
          name: 'Wishart',
          style: 'points' as const,
          points: cells.flatMap((row) => row.map((c, j) => [SIZES[j] as number, c.wishart] as const)),
        },
      ],
    },
  ],
  claims: ROWS.flatMap((row, i) => [
    {
      id: `${row.id}-closed`,
      statement: `${row.name}: the closed form gives the row of the table`,
      source: 'beyond the paper',
      stands: 'holds' as const,
      check: (r: Result) => {
        const off = worst(r.cells[i] as Cell[], (c) => {
          const at = (r.cells[i] as Cell[]).indexOf(c)
          return Math.abs(c.closed - (row.table[at] as number))
        })
        return {
          verdict: off < 6e-5 ? ('holds' as const) : ('fails' as const),
          measured: (r.cells[i] as Cell[]).map((c) => c.closed.toFixed(4)).join(' '),
          expected: row.table.map((p) => p.toFixed(4)).join(' '),
        }
      },
    },
    ...(['wishart', 'time'] as const).map((way) => ({
      id: `${row.id}-${way}`,
      statement: `${row.name}: ${way === 'wishart' ? 'the Wishart shortcut' : 'the time-domain simulation'} agrees for N = ${SIZES.join(', ')}`,
      source: 'beyond the paper',
      stands: 'holds' as const,
      check: (r: Result) => {
        const error = way === 'wishart' ? 'wishartError' : 'timeError'
        const z = worst(r.cells[i] as Cell[], (c) => Math.abs(c[way] - c.closed) / c[error])
        return {
          verdict: z <= 5 ? ('holds' as const) : ('fails' as const),
          measured: `${(r.cells[i] as Cell[]).map((c) => c[way].toFixed(4)).join(' ')}; worst ${z.toFixed(1)} σ (${way === 'wishart' ? r.wishartBits : r.timeBits} exchanges a cell)`,
          expected: `within 5σ of the closed form in 7 cells (false alarm 7 × ${FALSE_ALARM}; seed by --seed, 1 unless given)`,
        }
      },
    })),
  ]),
})
