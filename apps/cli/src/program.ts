import { Command, CommanderError } from 'commander'
import type { Action, VerbModule } from './command.ts'
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from './exit.ts'
import { LOADERS } from './loaders.ts'
import { errorText, systemTerminal } from './terminal.ts'
import { VERBS, type VerbName } from './verbs.ts'

function load(name: VerbName): Promise<VerbModule> {
  return name === 'completion' ? import('./commands/completion.ts') : LOADERS[name]()
}

/** Runs one command line and returns its exit code. Loads only the verb that is called. */
export async function main(given: readonly string[], version: string): Promise<number> {
  // `warren help put` is `warren put --help`: the flags of a verb are known to its own file.
  const args = given[0] === 'help' ? [...given.slice(1), '--help'] : given
  const controller = new AbortController()
  const cancel = () => controller.abort(new Error('cancelled'))
  process.once('SIGINT', cancel)
  process.once('SIGTERM', cancel)
  const terminal = systemTerminal(controller.signal)

  let action: Action | undefined
  const run = (chosen: Action) => {
    action = chosen
  }
  const program = new Command('warren')
    .description('A private cloud for a small circle of people.')
    .version(version, '-V, --version')
    .option('--verbose', 'on an error, also print its causes')
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    })
    .exitOverride()
    // Behind a verb the flags are the verb's: `restore --version 1` does not ask for the version of warren.
    .enablePositionalOptions()
    .helpCommand(false)
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES_HELP)
  const called = args.find((arg) => !arg.startsWith('-'))
  for (const verb of VERBS) {
    const command = program.command(verb.name).description(verb.summary)
    command
      .exitOverride()
      .addHelpText('after', EXIT_CODES_HELP)
      .option('--verbose', 'on an error, also print its causes')
    if (verb.name === called) (await load(verb.name)).define(command, run)
  }

  const verbose = args.includes('--verbose')
  try {
    await program.parseAsync(args, { from: 'user' })
    const code = action === undefined ? EXIT.done : await action(terminal)
    return code ?? EXIT.done
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    terminal.progress('')
    if (controller.signal.aborted) {
      terminal.say('Cancelled.')
      return EXIT.cancelled
    }
    terminal.say(`warren: ${errorText(error, verbose)}`)
    return exitCodeOf(error)
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}
