/** Every verb and its line in the help, in the order of the help. */
export const VERBS = [
  { name: 'lab', summary: 'run protocols, attacks and claims' },
  { name: 'bench', summary: 'run a benchmark' },
  { name: 'completion', summary: 'print a completion script for bash, zsh or fish' },
] as const

export type VerbName = (typeof VERBS)[number]['name']
