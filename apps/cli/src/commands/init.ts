import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addNewDeviceFlags, type NewDeviceFlags } from '../device/flags.ts'
import { joinWithLink } from './join.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  addNewDeviceFlags(command)
    .argument('<link>', 'the set-up link that `warren serve` printed')
    .option('--name <name>', 'your name in this vault')
    .action((link: string, flags: NewDeviceFlags & { name?: string }) =>
      choose((terminal) => joinWithLink(terminal, link, flags, 'warren.init/1')),
    )
}
