import { Command } from 'commander'
import type { Action } from '../command.ts'
import { UsageError } from '../exit.ts'
import { LOADERS } from '../loaders.ts'
import { VERBS } from '../verbs.ts'

interface Word {
  name: string
  help: string
}

/** What can stand behind `path` (`''`, `device`, `device add`): verbs or sub-verbs, and flags. */
interface Place {
  path: string
  verbs: Word[]
  flags: Word[]
}

function flagsOf(command: Command): Word[] {
  const flags = command.options.flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ name: long, help: description }] : [],
  )
  return [...flags, { name: '--help', help: 'how it is used' }]
}

function placesOf(command: Command, path: string): Place[] {
  const verbs = command.commands.map((child) => ({ name: child.name(), help: child.description() }))
  const below = command.commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`))
  return [{ path, verbs, flags: flagsOf(command) }, ...below]
}

/** Every verb says itself what it takes: the script is made from that. */
async function allPlaces(): Promise<Place[]> {
  const top: Place = {
    path: '',
    verbs: VERBS.map(({ name, summary }) => ({ name, help: summary })),
    flags: [
      { name: '--version', help: 'the version' },
      { name: '--help', help: 'all verbs' },
    ],
  }
  const places = [top]
  for (const { name } of VERBS) {
    const command = new Command(name)
    if (name !== 'completion') (await LOADERS[name]()).define(command, () => undefined)
    places.push(...placesOf(command, name))
  }
  return places
}

const names = (words: readonly Word[]) => words.map((word) => word.name).join(' ')

function bash(places: readonly Place[]): string {
  const cases = places.map(({ path, verbs, flags }) => {
    const files = verbs.length === 0 ? '; files=1' : ''
    return `    '${path}') words='${names(verbs)}'; flags='${names(flags)}'${files} ;;`
  })
  return `_warren() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' words='' flags='' files='' word next
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in
      ${places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|')}) path=$next ;;
      *) break ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current"))
       if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$current")); fi ;;
  esac
}
complete -o filenames -F _warren warren`
}

function zsh(places: readonly Place[]): string {
  const cases = places.map(({ path, verbs, flags }) => {
    const files = verbs.length === 0 ? ' files=1;' : ''
    return `    '${path}') words_=(${names(verbs)}); flags=(${names(flags)});${files} ;;`
  })
  return `#compdef warren
_warren() {
  local path_='' word next files=''
  local -a words_ flags
  for word in "\${words[@]:1:CURRENT-2}"; do
    next="\${path_:+$path_ }$word"
    case "$next" in
      ${places.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|')}) path_=$next ;;
      *) break ;;
    esac
  done
  case "$path_" in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then compadd -- $flags
  else
    compadd -- $words_
    if [[ -n $files ]]; then _files; fi
  fi
}
compdef _warren warren`
}

function fish(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines: string[] = []
  for (const { path, verbs, flags } of places) {
    const subs = names(verbs)
    const [verb, sub] = path.split(' ')
    const seen = [
      path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${verb}`,
      ...(sub === undefined ? [] : [`__fish_seen_subcommand_from ${sub}`]),
    ].join('; and ')
    const notYet = path === '' || subs === '' ? seen : `${seen}; and not __fish_seen_subcommand_from ${subs}`
    for (const { name, help } of verbs)
      lines.push(`complete -c warren -n ${quoted(notYet)} -f -a ${name} -d ${quoted(help)}`)
    for (const { name, help } of flags)
      lines.push(`complete -c warren -n ${quoted(seen)} -l ${name.slice(2)} -d ${quoted(help)}`)
  }
  return lines.join('\n')
}

const SHELLS: Record<string, (places: readonly Place[]) => string> = { bash, zsh, fish }

export function define(command: Command, choose: (action: Action) => void): void {
  command.argument('<shell>', 'bash, zsh or fish').action((shell: string) =>
    choose(async (terminal) => {
      const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
      if (write === undefined)
        throw new UsageError(
          `there is no completion for ${JSON.stringify(shell)}; there is one for bash, zsh and fish`,
        )
      terminal.print(write(await allPlaces()))
    }),
  )
}
