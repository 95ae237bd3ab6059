import { findSpace, grantAccess, people } from '@warren/vault/client'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { ask, clearGranted, decline, listRequests } from '../device/access-requests.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { formatTime } from '../format.ts'
import { parseRemotePath } from '../remote-path.ts'
import { untilOf } from '../until.ts'

type Flags = DeviceFlags & {
  write?: true
  until?: string
  ask?: string
  requests?: true
  decline?: string
}

/** The flags that do without a grant, and what stands with each of them. */
function otherMode(flags: Flags, args: readonly string[]): Action | undefined {
  const modes = [flags.ask, flags.requests, flags.decline].filter((flag) => flag !== undefined)
  if (modes.length === 0) return undefined
  const json = flags.json === true
  const [space] = args
  if (modes.length > 1) throw new UsageError('one of --ask, --requests and --decline at a time')
  if (flags.until !== undefined) throw new UsageError('--until is for who grants access')
  if (flags.ask !== undefined) {
    const owner = flags.ask
    if (space === undefined || args.length > 1)
      throw new UsageError('--ask OWNER goes with one SPACE, as OWNER calls it')
    const wish = { owner, space: parseSpaceName(space), write: flags.write === true, json }
    return asDevice(flags, ({ terminal, session }) => ask(session, terminal, wish))
  }
  if (args.length > 0 || flags.write === true) throw new UsageError('--requests and --decline stand alone')
  const from = flags.decline
  return asDevice(flags, ({ terminal, session }) =>
    from === undefined ? listRequests(session, terminal, json) : decline(session, terminal, from, json),
  )
}

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
    .argument('[space]')
    .argument('[name]', 'who, as `warren people` lists her')
    .option('--write', 'she may change it too')
    .option('--until <date>', 'the vault serves her until then')
    .option('--ask <owner>', 'ask her for access to a space of hers: --ask OWNER SPACE')
    .option('--requests', 'who asks you for access')
    .option('--decline <name>', 'forget what this one asks for')
    .action((text: string | undefined, name: string | undefined, flags: Flags) => {
      const other = otherMode(
        flags,
        [text, name].filter((arg) => arg !== undefined),
      )
      if (other !== undefined) {
        choose(other)
        return
      }
      if (text === undefined || name === undefined)
        throw new UsageError('which space, and with whom? warren share SPACE NAME')
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const untilMs = flags.until === undefined ? undefined : untilOf(flags.until, session.clock.now())
          const space = await findSpace(session, parseSpaceName(text))
          const receiver = await session.accounts.find(name)
          const role = flags.write === true ? 'writer' : 'reader'
          await grantAccess(session, space, { receiver, role, untilMs })
          await clearGranted(session, receiver.id, space.tree.name)
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
      )
    })
}
