import { safetyWords } from '@warren/identity'
import { accountOfDevice, joinAsSecondaryDevice, setUpAccount } from '@warren/vault/client'
import { parseLink } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addNewDeviceFlags, type NewDeviceFlags } from '../device/flags.ts'
import { asNewDevice, type NewDevice } from '../device/new-device.ts'
import { UsageError } from '../exit.ts'
import { ask } from '../prompt.ts'
import type { Terminal } from '../terminal.ts'

type Flags = NewDeviceFlags & { name?: string }

/** Makes an account with an invitation, or adds this device to an account with a device link. */
export async function joinWithLink(
  terminal: Terminal,
  text: string,
  flags: Flags,
  schema: 'warren.init/1' | 'warren.join/1',
): Promise<void> {
  const link = parseLink(text)
  if (link.kind === 'recovery')
    throw new UsageError('this link is for who has an account already: warren recover LINK --account NAME')
  const name =
    link.kind === 'device' ? undefined : (flags.name ?? (await ask(terminal, 'Your name here: ', '--name')))
  await asNewDevice(terminal, flags, link, async (made) => {
    const { device, environment, record, home } = made
    if (link.kind === 'device') {
      terminal.say('Waiting for your primary device to let this one in …')
      await joinAsSecondaryDevice(environment, device, link)
      await home.write({ ...record, account: link.account })
    } else {
      const account =
        (await accountOfDevice(environment, device, record.vault)) ??
        (await setUpAccount(environment, device, link, name ?? '')).account
      await home.write({ ...record, account })
    }
    report(made, flags, schema, name)
  })
}

function report(
  { terminal, device, record }: NewDevice,
  flags: Flags,
  schema: 'warren.init/1' | 'warren.join/1',
  name: string | undefined,
): void {
  const words = safetyWords(device.identity)
  if (flags.json === true)
    terminal.json({ schema, url: record.url, vault: record.vault, name, device: record.device.name, words })
  else {
    terminal.print(
      name === undefined
        ? `${record.device.name} is now a device of your account.`
        : `Welcome, ${name}. This is your primary device, ${record.device.name}.`,
    )
    if (name !== undefined) terminal.print(`Your safety words: ${words.join(' ')}`)
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  addNewDeviceFlags(command)
    .argument('<link>', 'an invitation, or the link that `warren device add` shows on your primary device')
    .option('--name <name>', 'your name in this vault, with an invitation')
    .action((link: string, flags: Flags) =>
      choose((terminal) => joinWithLink(terminal, link, flags, 'warren.join/1')),
    )
}
