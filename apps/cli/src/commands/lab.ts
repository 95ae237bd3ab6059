import {
  type AnyParameter,
  COLLECTIONS,
  checkClaims,
  claimsToText,
  DEFAULT_SEED,
  describeParameter,
  figuresToCsv,
  figuresToSvg,
  figuresToText,
  findScenario,
  listScenarios,
  NEEDS,
  type Progress,
  runScenario,
} from '@warren/lab'
import type { NetworkConfiguration } from '@warren/tor'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

interface NetworkFlags {
  torNetwork?: string
}

interface RunFlags extends NetworkFlags {
  param: string[]
  seed: string
  json?: true
  csv?: true
  svg?: true
}

function progressOn(terminal: Terminal): Progress {
  return {
    report: (fraction, note) => terminal.progress(`${Math.round(fraction * 100)} % ${note ?? ''}`),
  }
}

function parseAssignments(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=')
      if (at < 1) throw new UsageError(`--param ${assignment}: expected NAME=VALUE`)
      return [assignment.slice(0, at), assignment.slice(at + 1)]
    }),
  )
}

/** Loaded when it is asked for: nothing else here needs the Tor protocol. */
async function given({ torNetwork }: NetworkFlags): Promise<{ torNetwork?: NetworkConfiguration }> {
  if (torNetwork === undefined) return {}
  const { readTorNetwork } = await import('../private/network-file.ts')
  return { torNetwork: await readTorNetwork(torNetwork) }
}

async function list(terminal: Terminal, collection: string | undefined, asJson: boolean): Promise<void> {
  const scenarios = await listScenarios(collection)
  if (asJson) {
    const rows = scenarios.map(({ id, title, source, summary, needs, parameters, claims }) => ({
      id,
      title,
      source,
      summary,
      needs: needs ?? null,
      parameters: Object.entries<AnyParameter>(parameters).map(([name, p]) => ({
        name,
        kind: p.kind,
        default: p.default,
        range: describeParameter(p),
        help: p.help,
      })),
      claims: claims.map((claim) => claim.id),
    }))
    terminal.json({ schema: 'warren.scenarios/1', scenarios: rows })
    return
  }
  for (const { id, title, needs } of scenarios)
    terminal.print(
      `${id.padEnd(42)} ${title}${needs === 'tor-network' ? ' (needs a Tor network: --tor-network)' : ''}`,
    )
}

async function describeScenario(terminal: Terminal, id: string): Promise<void> {
  const scenario = await findScenario(id)
  terminal.print(`${scenario.id}: ${scenario.title}\n\n${scenario.summary}\n`)
  if (scenario.needs !== undefined) terminal.print(`Needs ${NEEDS[scenario.needs]}.\n`)
  for (const [name, p] of Object.entries<AnyParameter>(scenario.parameters))
    terminal.print(`  --param ${name}=…  ${p.help} (${describeParameter(p)}; default ${String(p.default)})`)
}

async function run(terminal: Terminal, id: string, flags: RunFlags): Promise<number> {
  const forms = [flags.json, flags.csv, flags.svg].filter(Boolean).length
  if (forms > 1) throw new UsageError('--json, --csv and --svg: choose one')
  const outcome = await runScenario(await findScenario(id), {
    parameters: parseAssignments(flags.param),
    seed: flags.seed,
    signal: terminal.signal,
    progress: progressOn(terminal),
    ...(await given(flags)),
  })
  terminal.progress('')
  if (flags.json === true) terminal.json({ schema: 'warren.run/1', ...outcome })
  else if (flags.csv === true) terminal.print(figuresToCsv(outcome.figures).trimEnd())
  else if (flags.svg === true) terminal.print(figuresToSvg(outcome.figures).trimEnd())
  else terminal.print(`${figuresToText(outcome.figures)}\n${claimsToText(outcome.claims)}`)
  return EXIT.done
}

async function check(
  terminal: Terminal,
  what: string | undefined,
  flags: NetworkFlags & { seed: string; json?: true },
): Promise<number> {
  const isOne = what?.includes('/') === true
  const scenarios = isOne ? [await findScenario(what)] : await listScenarios(what)
  const { claims, skipped, asExpected } = await checkClaims(scenarios, {
    seed: flags.seed,
    signal: terminal.signal,
    progress: progressOn(terminal),
    ...(await given(flags)),
  })
  terminal.progress('')
  // Who asks for one scenario wants it checked: skipping it would be no answer.
  for (const { scenario, needs } of skipped)
    if (isOne) throw new UsageError(`${scenario} needs ${NEEDS[needs]}`)
    else terminal.say(`skipped: ${scenario} needs ${NEEDS[needs]}`)
  if (flags.json === true) terminal.json({ schema: 'warren.claims/1', claims, skipped })
  else {
    const surprising = claims.filter((claim) => claim.verdict !== claim.stands).length
    terminal.print(claimsToText(claims))
    terminal.print(
      `\n${claims.length} claims, ${surprising === 0 ? 'every verdict as it stands' : `${surprising} not as they stand`}`,
    )
  }
  return asExpected ? EXIT.done : EXIT.error
}

const NETWORK = [
  '--tor-network <file>',
  'a Tor network of your own, as `npm run tor-network` describes it, for scenarios that need one',
] as const
const SEED = ['--seed <seed>', 'seed of the random numbers', String(DEFAULT_SEED)] as const

export function define(command: Command, choose: (action: Action) => void): void {
  command.addHelpText('after', `\nCollections: ${COLLECTIONS.join(', ')}`)
  command.action(() => command.help({ error: true }))
  command
    .command('list [collection]')
    .description('the scenarios, a line each')
    .option('--json', 'one JSON document')
    .action((collection: string | undefined, flags: { json?: true }) =>
      choose((terminal) => list(terminal, collection, flags.json === true)),
    )
  command
    .command('show <id>')
    .description('what a scenario does and its parameters')
    .action((id: string) => choose((terminal) => describeScenario(terminal, id)))
  command
    .command('run <id>')
    .description('run one scenario and show its figures and claims')
    .option(
      '--param <name=value>',
      'set a parameter; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option(...SEED)
    .option(...NETWORK)
    .option('--json', 'one JSON document')
    .option('--csv', 'the figures as CSV')
    .option('--svg', 'the figures as one SVG document')
    .action((id: string, flags: RunFlags) => choose((terminal) => run(terminal, id, flags)))
  command
    .command('check [collection]')
    .description(
      'check every claim (of a collection, or of one scenario); what needs a network is skipped without one',
    )
    .option(...SEED)
    .option(...NETWORK)
    .option('--json', 'one JSON document')
    .action((what: string | undefined, flags: NetworkFlags & { seed: string; json?: true }) =>
      choose((terminal) => check(terminal, what, flags)),
    )
}
