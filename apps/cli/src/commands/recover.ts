import { safetyWords } from '@warren/identity'
import {
  completeRecovery,
  openSession,
  type PendingRecovery,
  refresh,
  requestRecovery,
} from '@warren/vault/client'
import {
  type AccountId,
  type PrivateReach,
  parseLink,
  type RecoveryStatus,
  VaultError,
} from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addNewDeviceFlags, type NewDeviceFlags } from '../device/flags.ts'
import { Home, homePaths } from '../device/home.ts'
import { asNewDevice, type NewDevice } from '../device/new-device.ts'
import { UsageError } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

type Flags = NewDeviceFlags & { account?: string }

function target(text: string): { url: string; reach?: PrivateReach } {
  if (!text.includes('/join#')) return { url: checkUrl(text) }
  const { url, reach } = parseLink(text)
  return reach === undefined ? { url } : { url, reach }
}

function checkUrl(text: string): string {
  if (!/^https?:\/\/[^\s#]+$/.test(text) || !URL.canParse(text))
    throw new UsageError(`${JSON.stringify(text)} is not the address of a vault: http://HOST:PORT`)
  return text.replace(/\/$/, '')
}

/** The recovery that was asked for before, if it still waits; else a new one. */
async function pendingRecovery(made: NewDevice, account: string | undefined): Promise<PendingRecovery> {
  const { record, home, environment, device } = made
  if (record.recovery !== undefined && (account === undefined || account === record.recovery.account))
    return { id: record.recovery.id, vaultId: record.vault }
  if (account === undefined) throw new UsageError('--account is missing: whose account is to be recovered')
  const { pending, status } = await requestRecovery(environment, device, account)
  await home.write({ ...record, recovery: { id: pending.id, account: status.name } })
  return pending
}

/** Says what is new since it was called before. */
function reporter(made: NewDevice): (status: RecoveryStatus) => void {
  const { terminal } = made
  let approvals = 0
  let rejected = 0
  return (status) => {
    if (status.approvals.length !== approvals && status.state !== 'done')
      terminal.say(`${status.approvals.length} of ${status.threshold} approvals.`)
    for (const { user, reason } of status.rejected.slice(rejected))
      terminal.say(`A share was refused, from ${user}: ${reason}`)
    approvals = status.approvals.length
    rejected = status.rejected.length
  }
}

async function recover(terminal: Terminal, address: string | undefined, flags: Flags): Promise<void> {
  const former = await (await Home.open(homePaths(flags.home, process.env))).record()
  const vault = address === undefined ? former : target(address)
  if (vault === undefined)
    throw new UsageError('which vault? Give its address, or a link to it: warren recover URL --account NAME')
  await asNewDevice(terminal, flags, vault, async (made) => {
    const pending = await pendingRecovery(made, flags.account)
    const words = safetyWords(made.device.identity)
    terminal.say(
      'Call your recovery users and read these words out to them; they run `warren recovery approve`:',
    )
    terminal.say(words.join(' '))
    let last: RecoveryStatus | undefined
    const report = reporter(made)
    const id = await completeOrForget(made, pending, (status) => {
      last = status
      report(status)
    })
    const { recovery: _done, ...record } = made.record
    await made.home.write({ ...record, account: id })
    const session = openSession(made.environment, made.device, id, record.vault)
    const refreshed = await refresh(session)
    const account = await session.accounts.account(id)
    const rejected = []
    for (const { user, reason } of last?.rejected ?? [])
      rejected.push({ user: (await session.accounts.account(user as AccountId)).name, reason })
    if (flags.json === true)
      terminal.json({
        schema: 'warren.recover/1',
        account: account.name,
        approvals: last?.approvals.length ?? 0,
        rejected,
        keysMade: refreshed.edges,
      })
    else {
      terminal.print(`Welcome back, ${account.name}. This is your primary device now, ${record.device.name}.`)
      for (const { user, reason } of rejected) terminal.print(`${user} sent a wrong share: ${reason}`)
    }
  })
}

/** A recovery that was cancelled is asked for anew by the next call. */
async function completeOrForget(
  { environment, device, home, record }: NewDevice,
  pending: PendingRecovery,
  onStatus: (status: RecoveryStatus) => void,
): Promise<AccountId> {
  try {
    return await completeRecovery(environment, device, pending, onStatus)
  } catch (error) {
    const over =
      error instanceof VaultError && (error.code === 'vault/recovery' || error.code === 'vault/not-found')
    if (over) {
      const { recovery: _over, ...rest } = record
      await home.write(rest)
    }
    throw error
  }
}

export function define(command: Command, choose: (action: Action) => void): void {
  addNewDeviceFlags(command)
    .argument(
      '[url]',
      "the vault's address, or a link that somebody who is in made; without it the recovery that was begun here goes on",
    )
    .option('--account <name>', 'whose account: your name in the vault')
    .action((address: string | undefined, flags: Flags) =>
      choose((terminal) => recover(terminal, address, flags)),
    )
}
