import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { UsageError } from '../exit.ts'
import { VERBS } from '../verbs.ts'

function script(shell: string): string {
  const words = VERBS.map((verb) => verb.name).join(' ')
  switch (shell) {
    case 'bash':
      return `_warren() {
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${words}" -- "\${COMP_WORDS[1]}"))
  else COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -o filenames -F _warren warren`
    case 'zsh':
      return `#compdef warren
_arguments "1:command:(${words})" "*:file:_files"`
    case 'fish':
      return VERBS.map(
        (verb) =>
          `complete -c warren -n __fish_use_subcommand -f -a ${verb.name} -d '${verb.summary.replaceAll("'", "\\'")}'`,
      ).join('\n')
    default:
      throw new UsageError(
        `there is no completion for ${JSON.stringify(shell)}; there is one for bash, zsh and fish`,
      )
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  command.argument('<shell>', 'bash, zsh or fish').action((shell: string) =>
    choose((terminal) => {
      terminal.print(script(shell))
      return Promise.resolve()
    }),
  )
}
