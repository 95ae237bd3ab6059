import { createSpace, findSpace, nodeAt, openSpace, openSpaces, writeOperations } from '@warren/vault/client'
import { VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { parseRemotePath } from '../remote-path.ts'

type Flags = DeviceFlags & { parents?: true }

async function makeSpace({ session }: Context, name: string, flags: Flags): Promise<void> {
  if (name.includes('@')) throw new UsageError(`${JSON.stringify(name)}: the name of a space has no @ in it`)
  const taken = (await openSpaces(session)).some(
    (space) => space.tree.name === name && space.state.owner === session.account,
  )
  if (taken && flags.parents === true) return
  if (taken) throw new VaultError('vault/conflict', `you have a space ${JSON.stringify(name)} already`)
  // Opened at once, while the pairing library is there: the next command then finds the key of the space remembered.
  await openSpace(session, await createSpace(session, name))
}

async function makeFolder({ session }: Context, text: string, flags: Flags): Promise<void> {
  const remote = parseRemotePath(text)
  const space = await findSpace(session, remote.space)
  const node = nodeAt(space.tree, remote.path)
  if (node?.kind === 'folder') {
    if (flags.parents === true) return
    throw new VaultError('vault/conflict', `${JSON.stringify(remote.path)} is there already`)
  }
  await writeOperations(session, space, [{ kind: 'folder', path: remote.path }])
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<path...>', 'SPACE makes a space; SPACE/folder a folder in it, with the folders above it')
    .option('-p, --parents', 'no error if it is there already')
    .action((paths: string[], flags: Flags) =>
      choose(
        asDevice(flags, async (context) => {
          for (const path of paths) {
            const remote = parseRemotePath(path)
            if (remote.path === '') await makeSpace(context, remote.space, flags)
            else await makeFolder(context, path, flags)
          }
          if (flags.json === true) context.terminal.json({ schema: 'warren.mkdir/1', made: paths })
        }),
      ),
    )
}
