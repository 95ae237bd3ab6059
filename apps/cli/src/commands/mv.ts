import { findSpace, nodeAt, writeOperations } from '@warren/vault/client'
import { joinPath, nameOf, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { parseRemoteEntry, parseRemotePath } from '../remote-path.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<from>', 'SPACE/file or SPACE/folder')
    .argument(
      '<to>',
      'its new place in the same space; an existing folder, or one with a slash behind, takes it in',
    )
    .action((from: string, to: string, flags: DeviceFlags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const source = parseRemoteEntry(from)
          const target = parseRemotePath(to)
          if (source.space !== target.space)
            throw new UsageError('mv works within a space: to another one, get it and put it there')
          const space = await findSpace(session, source.space)
          if (nodeAt(space.tree, source.path) === undefined)
            throw new VaultError(
              'vault/not-found',
              `there is no ${JSON.stringify(source.path)} in ${space.tree.name}`,
            )
          const into = target.isFolder || nodeAt(space.tree, target.path)?.kind === 'folder'
          const path = into ? joinPath(target.path, nameOf(source.path)) : target.path
          await writeOperations(session, space, [{ kind: 'move', from: source.path, to: path }])
          if (flags.json === true)
            terminal.json({ schema: 'warren.mv/1', space: space.tree.name, from: source.path, to: path })
        }),
      ),
    )
}
