import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** What every verb is given. Returns the exit code, or nothing for 0. */
export type Action = (terminal: Terminal) => Promise<number | void>

/** What a file of `commands/` exports: it adds arguments and flags, and chooses what will run. */
export interface VerbModule {
  define(command: Command, choose: (action: Action) => void): void
}
