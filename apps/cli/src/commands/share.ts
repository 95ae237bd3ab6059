import { findSpace, grantAccess, people } from '@warren/vault/client'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { formatTime } from '../format.ts'
import { parseRemotePath } from '../remote-path.ts'
import { untilOf } from '../until.ts'

type Flags = DeviceFlags & { write?: true; until?: string }

/** A space by itself: what is shared is always the whole of it. */
export function parseSpaceName(text: string): string {
  const { space, path } = parseRemotePath(text)
  if (path !== '')
    throw new UsageError(
      `${JSON.stringify(text)}: a space is shared as a whole; \`warren mkdir SPACE\` makes another`,
    )
  return space
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('<space>')
    .argument('<name>', 'who, as `warren people` lists her')
    .option('--write', 'she may change it too')
    .option('--until <date>', 'the vault serves her until then')
    .action((text: string, name: string, flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const untilMs = flags.until === undefined ? undefined : untilOf(flags.until, session.clock.now())
          const space = await findSpace(session, parseSpaceName(text))
          const receiver = await session.accounts.find(name)
          const role = flags.write === true ? 'writer' : 'reader'
          await grantAccess(session, space, { receiver, role, untilMs })
          const acquaintance = (await people(session)).find((p) => p.account.id === receiver.id)?.acquaintance
          if (flags.json === true) {
            terminal.json({
              schema: 'warren.share/1',
              space: space.tree.name,
              with: receiver.name,
              role,
              acquaintance,
              ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
            })
            return
          }
          const limit = untilMs === undefined ? '' : `, until ${formatTime(untilMs)}`
          terminal.print(
            `${receiver.name} may ${role === 'writer' ? 'read and write' : 'read'} ${space.tree.name}${limit}.`,
          )
          if (acquaintance !== 'compared')
            terminal.say(
              `You have not compared safety words with ${receiver.name} as she is now: warren verify --person ${JSON.stringify(receiver.name)}`,
            )
        }),
      ),
    )
}
