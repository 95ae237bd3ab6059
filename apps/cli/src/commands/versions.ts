import { fileWithVersions, findSpace } from '@warren/vault/client'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { formatBytes, formatTable, formatTime } from '../format.ts'
import { parseRemoteEntry } from '../remote-path.ts'

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<path>', 'SPACE/file, deleted or not')
    .action((text: string, flags: DeviceFlags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const remote = parseRemoteEntry(text)
          const space = await findSpace(session, remote.space)
          const node = fileWithVersions(space, remote.path)
          const rows = []
          for (const [index, { version, author, writtenAtMs }] of node.versions.entries()) {
            const account = await session.accounts.account(author.account)
            const device = account.devices.get(author.device)?.identity.name ?? author.device
            rows.push({
              number: index + 1,
              bytes: version.bytes,
              modified: new Date(version.modifiedMs).toISOString(),
              written: new Date(writtenAtMs).toISOString(),
              by: account.name,
              device,
            })
          }
          if (flags.json === true)
            terminal.json({
              schema: 'warren.versions/1',
              space: space.tree.name,
              path: remote.path,
              deleted: node.deleted,
              versions: rows,
            })
          else {
            for (const line of formatTable(
              rows.map((row) => [
                String(row.number),
                formatBytes(row.bytes),
                formatTime(Date.parse(row.written)),
                `${row.by}, ${row.device}`,
              ]),
            ))
              terminal.print(line)
            if (node.deleted) terminal.say('This file is deleted; `warren restore` brings it back.')
          }
        }),
      ),
    )
}
