import { recoveryHealth } from '@warren/vault/client'
import { currentDevices, PRIVATE_URL } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { readableSpaces } from '../device/readable-spaces.ts'
import { asDevice } from '../device/with-session.ts'
import { formatTable, plural } from '../format.ts'
import { countByGroup } from '../private/client-counts.ts'
import { healthText } from './recovery.ts'

/** In one or two words, by what the request travels. */
function reachedBy(url: string): string {
  if (url === PRIVATE_URL) return 'private service, through Tor'
  const { protocol, hostname } = new URL(url)
  const local = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  if (local) return 'this machine'
  return protocol === 'https:' ? 'TLS' : 'unprotected HTTP: whoever is between sees who talks when'
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command).action((flags: DeviceFlags) =>
    choose(
      asDevice(flags, async ({ terminal, session, record }) => {
        const vault = await session.api.vault()
        const account = await session.accounts.account(session.account, true)
        const { spaces } = await readableSpaces(session, terminal)
        const health = await recoveryHealth(session)
        const { recoveries } = await session.api.recoveries()
        const waiting = recoveries.filter(({ state }) => state === 'waiting' || state === 'ready')
        const against = waiting.filter((recovery) => recovery.account === session.account)
        const asked = (await session.api.accessRequests()).requests.length
        const groups =
          record.url === PRIVATE_URL ? countByGroup((await session.api.privateClients()).clients) : []
        const primary = account.primary === session.device.id
        if (flags.json === true) {
          terminal.json({
            schema: 'warren.status/1',
            vault: {
              url: record.url,
              id: record.vault,
              version: vault.version,
              reachedBy: reachedBy(record.url),
              ...(groups.length === 0 ? {} : { groups }),
            },
            account: { name: account.name, id: account.id, devices: currentDevices(account).length },
            device: { name: record.device.name, id: session.device.id, primary, keystore: record.keystore },
            spaces: spaces.length,
            recovery: {
              couldRecover: health.couldRecover,
              threshold: health.threshold,
              users: health.users.map((user) => ({ name: user.account.name, ready: user.ready })),
            },
            approvalsAsked: waiting.length - against.length,
            recoveriesOfThisAccount: against.length,
            accessRequests: asked,
          })
          return
        }
        const rows = [
          [
            'vault',
            record.url === PRIVATE_URL ? reachedBy(record.url) : `${record.url} (${reachedBy(record.url)})`,
          ],
          ...(groups.length === 0
            ? []
            : [
                [
                  'groups',
                  groups
                    .map(({ name, clients }) => `${name}: ${plural(clients, 'private client')}`)
                    .join(', '),
                ],
              ]),
          ['account', `${account.name}, ${currentDevices(account).length} devices, ${spaces.length} spaces`],
          ['device', `${record.device.name}${primary ? ', the primary one' : ''}; keys: ${record.keystore}`],
          ['recovery', healthText(health)],
        ]
        for (const line of formatTable(rows)) terminal.print(line)
        for (const recovery of waiting)
          terminal.print(
            recovery.account === session.account
              ? 'SOMEBODY IS RECOVERING YOUR ACCOUNT: if it is not you, `warren recovery cancel`'
              : `${recovery.name} waits for your approval: \`warren recovery approve\``,
          )
        if (asked > 0)
          terminal.print(
            `${asked === 1 ? 'Somebody asks' : `${asked} people ask`} you for access: \`warren share --requests\``,
          )
      }),
    ),
  )
}
