import loadHighs from 'highs'
import { ReactiveError } from '../errors.ts'

/** min cost·x, x within bounds, each row lower ≤ a·x ≤ upper. */
export interface LinearProgram {
  readonly cost: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  readonly rows: readonly {
    readonly columns: readonly number[]
    readonly values: readonly number[]
    readonly lower: number
    readonly upper: number
  }[]
}

export interface LinearSolution {
  readonly values: Float64Array
  readonly rowDuals: Float64Array
}

// The package's types describe its CommonJS form, whose default export is one level further in.
const load = loadHighs as unknown as typeof loadHighs.default
let loading: ReturnType<typeof load> | undefined

/**
 * Solves with HiGHS in WebAssembly: nothing is fetched in Node, and a bundler places the module beside the page. The
 * answer is floating-point; callers certify it. Throws ReactiveError `reactive/solver` unless an optimum was found.
 */
export async function solve(program: LinearProgram): Promise<LinearSolution> {
  loading ??= load()
  const highs = await loading
  const starts = [0]
  for (const { columns } of program.rows) starts.push((starts.at(-1) as number) + columns.length)
  const model = highs.createModel({
    numCols: program.cost.length,
    numRows: program.rows.length,
    colCost: program.cost,
    colLower: program.lower,
    colUpper: program.upper,
    rowLower: program.rows.map((row) => row.lower),
    rowUpper: program.rows.map((row) => row.upper),
    matrix: {
      format: 'csr',
      numRows: program.rows.length,
      numCols: program.cost.length,
      starts,
      indices: program.rows.flatMap((row) => [...row.columns]),
      values: program.rows.flatMap((row) => [...row.values]),
    },
  })
  try {
    model.options.set({ output_flag: false })
    const { modelStatus } = model.run()
    if (modelStatus !== highs.constants.modelStatus.optimal)
      throw new ReactiveError(
        'reactive/solver',
        `HiGHS ended with the status ${modelStatus}, without an optimum`,
      )
    const { colValue, rowDual } = model.getSolution()
    return { values: colValue, rowDuals: rowDual }
  } finally {
    model.dispose()
  }
}
