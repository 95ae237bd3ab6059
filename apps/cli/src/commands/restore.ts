import { findSpace, restore } from '@warren/vault/client'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { plural } from '../format.ts'
import { parseRemotePath } from '../remote-path.ts'

type Flags = DeviceFlags & { version?: string }

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--version ${text}: expected a number of \`warren versions\``)
  return Number(text)
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<path>', 'SPACE/file; or SPACE/folder, for everything that was deleted in it')
    .option('--version <n>', 'this version, as `warren versions` counts; else what was deleted comes back')
    .action((text: string, flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const number = versionOf(flags.version)
          const remote = parseRemotePath(text)
          const space = await findSpace(session, remote.space)
          const restored = await restore(session, space, remote.path, number)
          if (flags.json === true)
            terminal.json({ schema: 'warren.restore/1', space: space.tree.name, restored })
          else terminal.say(`Restored ${plural(restored.length, 'file')}.`)
        }),
      ),
    )
}
