import { childrenOf, findSpace, nodeAt, writeOperations } from '@warren/vault/client'
import { type SpacePath, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { parseRemoteEntry } from '../remote-path.ts'

type Flags = DeviceFlags & { recursive?: true }

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<path...>', 'SPACE/file or SPACE/folder; what is deleted can be restored')
    .option('-r, --recursive', 'folders with everything in them')
    .action((paths: string[], flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const remotes = paths.map(parseRemoteEntry)
          const bySpace = new Map<string, SpacePath[]>()
          for (const { space, path } of remotes) {
            const list = bySpace.get(space) ?? []
            if (!list.includes(path)) bySpace.set(space, [...list, path])
          }
          for (const [name, list] of bySpace) {
            const space = await findSpace(session, name)
            for (const path of list) {
              const node = nodeAt(space.tree, path)
              if (node === undefined)
                throw new VaultError('vault/not-found', `there is no ${JSON.stringify(path)} in ${name}`)
              if (
                node.kind === 'folder' &&
                flags.recursive !== true &&
                childrenOf(space.tree, path).length > 0
              )
                throw new UsageError(`${JSON.stringify(path)} is a folder with something in it: --recursive`)
            }
            await writeOperations(
              session,
              space,
              list.map((path) => ({ kind: 'delete', path })),
            )
          }
          if (flags.json === true) terminal.json({ schema: 'warren.rm/1', deleted: paths })
        }),
      ),
    )
}
