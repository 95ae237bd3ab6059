import { parseArgs } from 'node:util'
import { BENCHMARKS, reportToText, runBenchmark } from './index.ts'

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string' },
    minutes: { type: 'string' },
    part: { type: 'string' },
  },
  allowPositionals: true,
})
const name = positionals[0]
const runs = values.runs === undefined ? undefined : Number(values.runs)
const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
const isWrong = (number: number | undefined) =>
  number !== undefined && !(Number.isInteger(number) && number > 0)
if (name === undefined || isWrong(runs) || isWrong(minutes)) {
  console.error(
    `usage: npm run bench -- NAME [--runs N] [--part PART] [--minutes N] [--json]\nNAME: ${BENCHMARKS.join(', ')}`,
  )
  process.exitCode = 2
} else {
  const report = await runBenchmark(name, {
    log: (line) => console.error(line),
    ...(runs === undefined ? {} : { runs }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(values.part === undefined ? {} : { part: values.part }),
  })
  if (report === undefined) {
    console.error(`There is no benchmark ${JSON.stringify(name)}; there are ${BENCHMARKS.join(', ')}.`)
    process.exitCode = 5
  } else console.log(values.json ? JSON.stringify(report) : reportToText(report))
}
