import {
  type EquationParameters,
  type LoopState,
  loopOf,
  loopState,
  type Moments,
  type Prng,
  plainMomentEngine,
  seededPrng,
} from '@warren/kljn'
import type { Table } from '../figure.ts'
import { type AnyScenario, defineScenario } from '../scenario.ts'
import { equationParameters, type LoopParameters, loopParameters } from './loop-parameters.ts'
import { agrees, differs } from './verdict.ts'

/** One formula beside one measurement in the state HL. */
export interface EquationRow {
  id: string
  statement: string
  stands: 'holds' | 'fails'
  /** Not in the paper. */
  beyond?: true
  unit: string
  /** β of the loop in which it is measured; 1 unless given. */
  beta?: (p: EquationParameters) => number
  formula: (p: EquationParameters) => number
  measure: (m: Moments, p: EquationParameters) => number
  /** Changes the loop before it is simulated: to switch one generator off, say. */
  alter?: (state: LoopState) => LoopState
}

export interface Equation {
  number: number
  title: string
  section: string
  summary: string
  rows: readonly EquationRow[]
  /** A wrong value of the last row, which its measurement must tell from the right one. */
  planted: { what: string; value: (p: EquationParameters) => number }
}

interface Measured {
  formula: number
  mean: number
  standardError: number
}

interface EquationResult {
  rows: Measured[]
  planted: number
  samples: number
}

const BATCHES = 64

/** Mean and standard error over batches; stops between batches when told to, with the batches it has. */
function measureRow(
  row: EquationRow,
  p: EquationParameters,
  samples: number,
  prng: Prng,
  signal: AbortSignal,
): Measured {
  const here = { ...p, beta: row.beta?.(p) ?? 1 }
  const state = loopState(loopOf(here), 'HL')
  const engine = plainMomentEngine(prng)
  const values: number[] = []
  for (let b = 0; b < BATCHES; b++) {
    signal.throwIfAborted()
    values.push(row.measure(engine.moments(row.alter?.(state) ?? state, Math.ceil(samples / BATCHES)), here))
  }
  const mean = values.reduce((sum, v) => sum + v, 0) / BATCHES
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (BATCHES - 1)
  return { formula: row.formula(here), mean, standardError: Math.sqrt(variance / BATCHES) }
}

interface Parameters extends LoopParameters {
  samples: number
}

export function equationScenario(equation: Equation): AnyScenario {
  const id = `kljn/equation-${String(equation.number).padStart(2, '0')}` as const
  const source = `eq. (${equation.number})`
  const size = (result: EquationResult) => `${result.samples} samples in ${BATCHES} batches`
  return defineScenario<Parameters, EquationResult>({
    id,
    title: `Equation (${equation.number}): ${equation.title}`,
    source: { paper: 'kljn', section: equation.section },
    summary: equation.summary,
    parameters: {
      ...loopParameters,
      samples: {
        kind: 'integer',
        default: 4_194_304,
        min: 64 * 100,
        max: 1e12,
        help: 'simulated independent samples',
      },
    },
    async run(parameters, { rng, signal }) {
      const p = equationParameters(parameters)
      const prng = seededPrng(rng)
      return {
        rows: equation.rows.map((row) => measureRow(row, p, parameters.samples, prng, signal)),
        planted: equation.planted.value(p),
        samples: parameters.samples,
      }
    },
    figures: (result): Table[] => [
      {
        kind: 'table',
        title: `Equation (${equation.number}), formula and simulation`,
        columns: [
          { name: 'claim' },
          { name: 'unit' },
          { name: 'formula' },
          { name: 'simulation' },
          { name: 'σ' },
          { name: 'off by σ' },
        ],
        rows: result.rows.map((row, i) => [
          equation.rows[i]?.id ?? '',
          equation.rows[i]?.unit ?? '',
          row.formula,
          row.mean,
          row.standardError,
          Number(((row.mean - row.formula) / row.standardError).toFixed(1)),
        ]),
      },
    ],
    claims: [
      ...equation.rows.map((row, i) => ({
        id: row.id,
        statement: row.statement,
        source: row.beyond === true ? 'beyond the paper' : row.id === 'mended' ? `${source}, mended` : source,
        stands: row.stands,
        check: (result: EquationResult) => {
          const { mean, formula, standardError } = result.rows[i] as Measured
          return agrees(mean, formula, standardError, size(result))
        },
      })),
      {
        id: 'control',
        statement: `Positive control: the measurement is fine enough to tell the value from ${equation.planted.what}`,
        source: 'beyond the paper',
        stands: 'holds' as const,
        check: (result: EquationResult) => {
          const { mean, standardError } = result.rows.at(-1) as Measured
          return differs(mean, result.planted, standardError, size(result))
        },
      },
    ],
  })
}
