import {
  deviceLink,
  newReach,
  people,
  promote,
  type Refreshed,
  refresh,
  registerSecondaryDevice,
  removeDevice,
  type Session,
} from '@warren/vault/client'
import { type AccountDevice, currentDevices, formatLink, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { EXIT } from '../exit.ts'
import { formatTable } from '../format.ts'
import { confirm } from '../prompt.ts'
import { printQrCode } from '../qr-code.ts'

async function add(
  { terminal, session, record }: Context,
  flags: DeviceFlags & { qr?: true },
): Promise<void> {
  const link = deviceLink(session, record.url, await newReach(session, record.url))
  const text = formatLink(link)
  if (flags.qr === true) await printQrCode(terminal, text)
  // stdout has one JSON document, at the end: the link is needed before.
  if (flags.json === true) terminal.say(text)
  else terminal.print(text)
  terminal.say(
    'On the new device: warren join LINK. Whoever has the link can add a device: show it to nobody.',
  )
  const { identity } = await registerSecondaryDevice(session, link)
  if (flags.json === true) terminal.json({ schema: 'warren.device/1', added: identity.name })
  else terminal.print(`${identity.name} is now a device of yours.`)
}

async function list({ terminal, session }: Context, flags: DeviceFlags): Promise<void> {
  const account = await session.accounts.account(session.account, true)
  const rows = currentDevices(account).map((device) => ({
    name: device.identity.name,
    id: device.id,
    primary: device.id === account.primary,
    thisOne: device.id === session.device.id,
  }))
  if (flags.json === true) terminal.json({ schema: 'warren.device/1', devices: rows })
  else
    for (const line of formatTable(
      rows.map((row) => [
        row.name,
        row.id,
        [row.primary ? 'primary' : '', row.thisOne ? 'this one' : ''].filter(Boolean).join(', '),
      ]),
    ))
      terminal.print(line)
}

async function findDevice(session: Session, nameOrId: string): Promise<AccountDevice> {
  const devices = currentDevices(await session.accounts.account(session.account, true))
  const matches = devices.filter((device) => device.id === nameOrId || device.identity.name === nameOrId)
  const [only, ...others] = matches
  if (only === undefined)
    throw new VaultError('vault/not-found', `you have no device ${JSON.stringify(nameOrId)}`)
  if (others.length > 0)
    throw new VaultError(
      'vault/conflict',
      'several devices have this name: give the id that `device list` shows',
    )
  return only
}

async function remove(
  { terminal, session }: Context,
  name: string,
  flags: DeviceFlags & { yes?: true },
): Promise<number | void> {
  const device = await findDevice(session, name)
  const sure = await confirm(terminal, `Take ${device.identity.name} out of your account?`, flags.yes)
  if (!sure) return EXIT.cancelled
  await removeDevice(session, device.id)
  if (flags.json === true) terminal.json({ schema: 'warren.device/1', removed: device.identity.name })
  else {
    terminal.print(`${device.identity.name} is served no more.`)
    terminal.say('What it read before, whoever has it can still read.')
  }
}

async function promoteThis(
  { terminal, session }: Context,
  flags: DeviceFlags & { lost?: true },
): Promise<void> {
  await promote(session, flags.lost === true)
  const refreshed: Refreshed = await refresh(session)
  const known = await people(session)
  if (flags.json === true)
    terminal.json({
      schema: 'warren.device/1',
      promoted: session.device.identity.name,
      lost: flags.lost === true,
      keysMade: refreshed.edges,
      recoveryRenewed: refreshed.recovery,
    })
  else {
    terminal.print('This is now your primary device.')
    if (known.length > 1)
      terminal.say('Others keep sharing with you; their keys are renewed when they next run `warren sync`.')
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  command.action(() => command.help({ error: true }))
  addDeviceFlags(command.command('add'))
    .description('show a link for a new device, and wait until it is in')
    .option('--qr', 'also as a QR code, on stderr')
    .action((flags: DeviceFlags & { qr?: true }) => choose(asDevice(flags, (context) => add(context, flags))))
  addDeviceFlags(command.command('list'))
    .description('your devices')
    .action((flags: DeviceFlags) => choose(asDevice(flags, (context) => list(context, flags))))
  addDeviceFlags(command.command('remove <name>'))
    .description('take a device out of your account')
    .option('--yes', 'do not ask')
    .action((name: string, flags: DeviceFlags & { yes?: true }) =>
      choose(asDevice(flags, (context) => remove(context, name, flags))),
    )
  addDeviceFlags(command.command('promote'))
    .description('make this device the primary one')
    .option('--lost', 'the former primary device is gone: take it out of the account')
    .action((flags: DeviceFlags & { lost?: true }) =>
      choose(asDevice(flags, (context) => promoteThis(context, flags))),
    )
}
