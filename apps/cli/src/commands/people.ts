import { type Acquaintance, type Person, people } from '@warren/vault/client'
import { type AccountState, currentDevices } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { formatTable, plural } from '../format.ts'

type Flags = DeviceFlags & { words?: true }

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

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .option('--words', 'with the safety words of the primary device of each')
    .action((flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session }) => {
          const everybody = await people(session)
          if (flags.json === true)
            terminal.json({
              schema: 'warren.people/1',
              people: everybody.map(({ account, acquaintance, words }) => ({
                name: account.name,
                id: account.id,
                devices: devicesOf(account),
                acquaintance,
                words,
              })),
            })
          else
            for (const line of formatTable(everybody.map((person) => row(person, flags.words === true))))
              terminal.print(line)
        }),
      ),
    )
}
