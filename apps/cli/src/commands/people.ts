import { type Acquaintance, type Person, people } from '@warren/vault/client'
import { type AccountState, currentDevices, PRIVATE_URL } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { EXIT, UsageError } from '../exit.ts'
import { formatTable, plural } from '../format.ts'
import { type ClientCount, countByAccount } from '../private/client-counts.ts'
import { confirm } from '../prompt.ts'

type Flags = DeviceFlags & { words?: true }
type RemoveFlags = DeviceFlags & { yes?: true }

const SHOWN: Record<Acquaintance, string> = {
  self: 'you',
  compared: 'words compared',
  changed: 'words compared, and the primary device changed since',
  'not-compared': 'words not compared',
}

function devicesOf(account: AccountState): number {
  return currentDevices(account).length
}

function row({ account, acquaintance, words }: Person, withWords: boolean): string[] {
  const cells = [account.name, plural(devicesOf(account), 'device'), SHOWN[acquaintance]]
  return withWords ? [...cells, words.join(' ')] : cells
}

const NONE: ClientCount = { clients: 0, groups: [] }

function clientsText({ clients, groups }: ClientCount): string {
  return `${plural(clients, 'private client')}${groups.length === 0 ? '' : ` (${groups.join(', ')})`}`
}

async function remove({ terminal, session, record }: Context, name: string, flags: RemoveFlags) {
  if (record.url !== PRIVATE_URL)
    throw new UsageError(
      'this vault is not reached as a private service: there is nothing to take from anybody',
    )
  const { id, name: found } = await session.accounts.find(name)
  const sure = await confirm(terminal, `Take the way to this vault from ${found}?`, flags.yes)
  if (!sure) return EXIT.cancelled
  const { groups } = countByAccount((await session.api.privateClients()).clients).get(id) ?? NONE
  const { removed } = await session.api.removePrivateClients(id)
  if (flags.json === true) terminal.json({ schema: 'warren.people-remove/1', name: found, removed })
  else {
    terminal.print(`${found} cannot reach this vault any more, nor tell whether it exists.`)
    const others = groups.length === 0 ? 'nobody else' : `nobody else in ${groups.join(', ')}`
    terminal.say(
      `For a minute ${others} can either: it moves to other relays. What was shared with her: \`warren unshare\`.`,
    )
  }
  return EXIT.done
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command.command('remove <name>'))
    .description('take the way to a private vault from somebody')
    .option('--yes', 'do not ask')
    .action((name: string, flags: RemoveFlags) =>
      choose(asDevice({ ...command.opts<Flags>(), ...flags }, (context) => remove(context, name, flags))),
    )
  addDeviceFlags(command)
    .option('--words', 'with the safety words of the primary device of each')
    .action((flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session, record }) => {
          const everybody = await people(session)
          const links =
            record.url === PRIVATE_URL
              ? countByAccount((await session.api.privateClients()).clients)
              : undefined
          if (flags.json === true)
            terminal.json({
              schema: 'warren.people/1',
              people: everybody.map(({ account, acquaintance, words }) => ({
                name: account.name,
                id: account.id,
                devices: devicesOf(account),
                acquaintance,
                words,
                ...(links === undefined ? {} : (links.get(account.id) ?? NONE)),
              })),
              ...(links === undefined ? {} : { unusedLinks: (links.get(undefined) ?? NONE).clients }),
            })
          else {
            const rows = everybody.map((person) => [
              ...row(person, flags.words === true),
              ...(links === undefined ? [] : [clientsText(links.get(person.account.id) ?? NONE)]),
            ])
            for (const line of formatTable(rows)) terminal.print(line)
            const unused = links?.get(undefined)
            if (unused !== undefined) terminal.print(`${plural(unused.clients, 'link')} not used yet`)
          }
        }),
      ),
    )
}
