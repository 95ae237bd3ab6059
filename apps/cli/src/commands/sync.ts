import { refresh } from '@warren/vault/client'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { readableSpaces } from '../device/readable-spaces.ts'
import { asDevice } from '../device/with-session.ts'
import { plural } from '../format.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command).action((flags: DeviceFlags) =>
    choose(
      asDevice(flags, async ({ terminal, session }) => {
        const accounts = await session.accounts.all()
        const { spaces, unreadable } = await readableSpaces(session, terminal)
        const refreshed = await refresh(session)
        if (flags.json === true)
          terminal.json({
            schema: 'warren.sync/1',
            accounts: accounts.length,
            spaces: spaces.length,
            unreadable,
            keysMade: refreshed.edges,
            spacesRefreshed: refreshed.spaces,
            recoveryRenewed: refreshed.recovery,
          })
        else {
          terminal.print(
            `Followed ${plural(accounts.length, 'account')} and ${plural(spaces.length, 'space')}; every log continues what this device saw before.`,
          )
          if (refreshed.edges > 0) terminal.print(`Made ${plural(refreshed.edges, 'key')} anew.`)
          if (refreshed.recovery) terminal.print('Renewed the keys of your recovery users.')
        }
      }),
    ),
  )
}
