import { invite, newReach, type Session } from '@warren/vault/client'
import { formatLink, PRIVATE_URL } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { formatTime } from '../format.ts'
import { printQrCode } from '../qr-code.ts'
import { untilOf } from '../until.ts'

const DEFAULT_DAYS = 7
const DAY_MS = 86_400_000

type Flags = DeviceFlags & { until?: string; qr?: true; recovery?: true; group?: string }

/** For somebody who has an account and lost her devices: the way to the vault, and nothing else. */
async function recoveryLink(session: Session, url: string, group?: string): Promise<string> {
  const reach = await newReach(session, url, group)
  if (reach === undefined) throw new UsageError(`no link is needed: warren recover ${url} --account NAME`)
  return formatLink({ kind: 'recovery', url: PRIVATE_URL, reach })
}

/** A name, for a vault that has groups. The private service is loaded only for who names one. */
async function groupOf(flags: Flags, url: string): Promise<string | undefined> {
  if (flags.group === undefined) return undefined
  if (url !== PRIVATE_URL)
    throw new UsageError('--group is for a vault that is reached as a private service; this one is not')
  const { groupName } = await import('@warren/private-service')
  try {
    return groupName(flags.group)
  } catch (cause) {
    throw new UsageError(`--group: ${(cause as Error).message}`, { cause })
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .option('--until <date>', `until when it can be used (default: ${DEFAULT_DAYS} days)`)
    .option('--recovery', 'for somebody who lost her devices: only the way to a private vault')
    .option(
      '--group <name>',
      'private vaults: the group whose introduction points she shares (default: yours); only by who set the vault up',
    )
    .option('--qr', 'also as a QR code, on stderr')
    .action((flags: Flags) =>
      choose(
        asDevice(flags, async ({ terminal, session, record }) => {
          const group = await groupOf(flags, record.url)
          if (flags.recovery === true) {
            const link = await recoveryLink(session, record.url, group)
            if (flags.qr === true) await printQrCode(terminal, link)
            if (flags.json === true) terminal.json({ schema: 'warren.invite/1', link })
            else {
              terminal.print(link)
              terminal.say('Send it where nobody else reads it; she runs: warren recover LINK --account NAME')
            }
            return
          }
          const now = session.clock.now()
          const untilMs = flags.until === undefined ? now + DEFAULT_DAYS * DAY_MS : untilOf(flags.until, now)
          const reach = await newReach(session, record.url, group)
          const link = formatLink(await invite(session, record.url, untilMs, reach))
          if (flags.qr === true) await printQrCode(terminal, link)
          if (flags.json === true)
            terminal.json({ schema: 'warren.invite/1', link, until: new Date(untilMs).toISOString() })
          else {
            terminal.print(link)
            terminal.say(
              `Good for one person, until ${formatTime(untilMs)}. Send it where nobody else reads it; she runs: warren join LINK --name NAME`,
            )
          }
        }),
      ),
    )
}
