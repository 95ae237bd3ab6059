import { BENCHMARKS, reportToText, runBenchmark } from '@warren/bench'
import { WarrenError } from '@warren/primitives/errors'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { UsageError } from '../exit.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  command
    .argument('<name>', BENCHMARKS.join(', '))
    .option('--runs <n>', 'counted runs')
    .option('--json', 'one JSON document')
    .action((name: string, flags: { runs?: string; json?: true }) =>
      choose(async (terminal) => {
        const runs = flags.runs === undefined ? undefined : Number(flags.runs)
        if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
          throw new UsageError('--runs: expected a whole number, at least 1')
        const report = await runBenchmark(name, {
          log: (line) => terminal.progress(line),
          ...(runs === undefined ? {} : { runs }),
        })
        if (report === undefined)
          throw new WarrenError(
            'cli/no-benchmark',
            'not-found',
            `there is no benchmark ${JSON.stringify(name)}; there are ${BENCHMARKS.join(', ')}`,
          )
        if (flags.json === true) terminal.json({ ...report })
        else terminal.print(reportToText(report))
      }),
    )
}
