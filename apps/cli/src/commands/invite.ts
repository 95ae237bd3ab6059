import { invite } from '@warren/vault/client'
import { formatLink } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice } from '../device/with-session.ts'
import { formatTime } from '../format.ts'
import { printQrCode } from '../qr-code.ts'
import { untilOf } from '../until.ts'

const DEFAULT_DAYS = 7
const DAY_MS = 86_400_000

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .option('--until <date>', `until when it can be used (default: ${DEFAULT_DAYS} days)`)
    .option('--qr', 'also as a QR code, on stderr')
    .action((flags: DeviceFlags & { until?: string; qr?: true }) =>
      choose(
        asDevice(flags, async ({ terminal, session, record }) => {
          const now = session.clock.now()
          const untilMs = flags.until === undefined ? now + DEFAULT_DAYS * DAY_MS : untilOf(flags.until, now)
          const link = formatLink(await invite(session, record.url, untilMs))
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
