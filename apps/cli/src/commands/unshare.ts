import { findSpace, leaveSpace, removeMembers } from '@warren/vault/client'
import { VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { parseSpaceName } from './share.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<space>')
    .argument('<name>', 'whom; your own name leaves a space of somebody else')
    .addHelpText(
      'after',
      '\nWhat is written from then on is under new keys. What she read before, or could have read, nothing takes back.',
    )
    .action((text: string, name: string, flags: DeviceFlags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const space = await findSpace(session, parseSpaceName(text))
          const member = await session.accounts.find(name)
          if (member.id === space.state.owner)
            throw new VaultError(
              'vault/conflict',
              `${member.name} owns ${space.tree.name}: an owner cannot be taken out of her space`,
            )
          if (!space.state.members.has(member.id))
            throw new VaultError('vault/not-found', `${member.name} is not a member of ${space.tree.name}`)
          if (member.id === session.account) await leaveSpace(session, space)
          else await removeMembers(session, space, [member.id])
          if (flags.json === true)
            terminal.json({ schema: 'warren.unshare/1', space: space.tree.name, with: member.name })
          else terminal.print(`${member.name} cannot read what is written to ${space.tree.name} from now on.`)
        }),
      ),
    )
}
