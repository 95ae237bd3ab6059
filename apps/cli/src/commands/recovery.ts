import {
  approveRecovery,
  type RecoveryHealth,
  recoveryHealth,
  setUpRecovery,
  wordsOfRecovery,
} from '@warren/vault/client'
import { type AccountState, type RecoveryStatus, recoveryIds, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { EXIT, UsageError } from '../exit.ts'
import { formatTime } from '../format.ts'
import { ask, confirm } from '../prompt.ts'

type SetupFlags = DeviceFlags & { threshold?: string; off?: true }
type ApproveFlags = DeviceFlags & { words?: string }

async function setup({ terminal, session }: Context, names: string[], flags: SetupFlags): Promise<void> {
  if ((flags.off === true) !== (names.length === 0))
    throw new UsageError('name who can bring you back, or say --off and nobody')
  const threshold = Number(flags.threshold ?? (names.length > 1 ? Number.NaN : 1))
  if (flags.off !== true && !(Number.isInteger(threshold) && threshold >= 1 && threshold <= names.length))
    throw new UsageError(`--threshold: how many of them it takes, 1 … ${names.length}`)
  const users: AccountState[] = []
  for (const name of names) users.push(await session.accounts.find(name))
  await setUpRecovery(session, users, threshold)
  if (flags.json === true)
    terminal.json({
      schema: 'warren.recovery/1',
      threshold: flags.off === true ? 0 : threshold,
      users: users.map((user) => user.name),
    })
  else if (flags.off === true) terminal.print('Nobody can bring you back any more.')
  else if (threshold === 1)
    terminal.print(`Any one of ${users.map((user) => user.name).join(', ')} can bring you back.`)
  else
    terminal.print(
      `Any ${threshold} of ${users.map((user) => user.name).join(', ')} together can bring you back.`,
    )
}

/** One sentence on whether this account could be brought back today. */
export function healthText(health: RecoveryHealth): string {
  if (health.threshold === 0)
    return 'not set up: if you lose your devices, your files are lost (`warren recovery setup NAME…`)'
  const names = health.users.map(({ account }) => account.name).join(', ')
  const rule = `${health.threshold === 1 ? 'any one' : `any ${health.threshold}`} of ${names}`
  if (!health.couldRecover) return `out of date: ${rule}; run \`warren sync\` on your primary device`
  const stale = health.users.filter((user) => !user.ready).map(({ account }) => account.name)
  const note =
    stale.length === 0 ? '' : `; not with ${stale.join(', ')} until \`warren sync\` on your primary device`
  return `you could recover today with ${rule}${note}`
}

function describe(recovery: RecoveryStatus, own: string) {
  return {
    id: recovery.id,
    account: recovery.name,
    mine: recovery.account === own,
    state: recovery.state,
    requested: new Date(recovery.requestedMs).toISOString(),
    threshold: recovery.threshold,
    approvals: recovery.approvals.length,
    rejected: recovery.rejected,
  }
}

async function status({ terminal, session }: Context, flags: DeviceFlags): Promise<void> {
  const health = await recoveryHealth(session)
  const { recoveries } = await session.api.recoveries()
  if (flags.json === true) {
    terminal.json({
      schema: 'warren.recovery/1',
      couldRecover: health.couldRecover,
      threshold: health.threshold,
      users: health.users.map(({ account, ready }) => ({ name: account.name, ready })),
      requests: recoveries.map((recovery) => describe(recovery, session.account)),
    })
    return
  }
  terminal.print(`Recovery: ${healthText(health)}.`)
  for (const recovery of recoveries) {
    const whose = recovery.account === session.account ? 'YOUR account' : recovery.name
    // Of one that is over the setup may not be in force any more, and with it its threshold.
    const approvals =
      recovery.threshold === 0 ? '' : `, ${recovery.approvals.length} of ${recovery.threshold} approvals`
    terminal.print(
      `${recovery.id}  ${whose}, ${recovery.state}, asked ${formatTime(recovery.requestedMs)}${approvals}`,
    )
  }
}

async function findRequest({ session }: Context, id: string | undefined): Promise<RecoveryStatus> {
  if (id !== undefined) return session.api.recovery(recoveryIds.parse(id))
  const { recoveries } = await session.api.recoveries()
  const waiting = recoveries.filter(
    (recovery) => recovery.state === 'waiting' && recovery.account !== session.account,
  )
  const [only, ...others] = waiting
  if (only === undefined) throw new VaultError('vault/not-found', 'nobody waits for your approval')
  if (others.length > 0)
    throw new UsageError(
      'several recoveries wait: give the ID of one, as `warren recovery status` lists them',
    )
  return only
}

async function approve(context: Context, id: string | undefined, flags: ApproveFlags): Promise<void> {
  const { terminal, session } = context
  const recovery = await findRequest(context, id)
  if (flags.words === undefined)
    terminal.say(
      `${recovery.name} asks to be brought back on a new device. Call her on a number that you know, and let her read out the words that it shows.`,
    )
  const words = flags.words ?? (await ask(terminal, 'The words: ', '--words'))
  const after = await approveRecovery(session, recoveryIds.parse(recovery.id), words)
  if (flags.json === true) terminal.json({ schema: 'warren.recovery/1', ...describe(after, session.account) })
  else
    terminal.print(
      `Approved: ${recovery.name} has ${after.approvals.length} of ${after.threshold} approvals.`,
    )
}

async function cancel(
  context: Context,
  id: string | undefined,
  flags: DeviceFlags & { yes?: true },
): Promise<number | void> {
  const { terminal, session } = context
  const { recoveries } = await session.api.recoveries()
  const own = recoveries.find(
    ({ account, state, id: other }) =>
      account === session.account &&
      (id === undefined ? state === 'waiting' || state === 'ready' : other === id),
  )
  if (own === undefined) throw new VaultError('vault/not-found', 'nobody is recovering your account')
  const words = wordsOfRecovery(own).join(' ')
  if (!(await confirm(terminal, `Refuse the device that shows "${words}"?`, flags.yes))) return EXIT.cancelled
  await session.api.cancelRecovery(recoveryIds.parse(own.id))
  if (flags.json === true) terminal.json({ schema: 'warren.recovery/1', cancelled: own.id })
  else terminal.print('Cancelled: that device does not get into your account.')
}

export function define(command: Command, choose: (action: Action) => void): void {
  command.action(() => command.help({ error: true }))
  addDeviceFlags(command.command('setup [names...]'))
    .description('choose who can bring you back when your devices are gone')
    .option('--threshold <n>', 'how many of them it takes; 1: each of them alone')
    .option('--off', 'nobody')
    .action((names: string[], flags: SetupFlags) =>
      choose(asDevice(flags, (context) => setup(context, names, flags))),
    )
  addDeviceFlags(command.command('status'))
    .description('could you recover today, and who waits for your approval')
    .action((flags: DeviceFlags) => choose(asDevice(flags, (context) => status(context, flags))))
  addDeviceFlags(command.command('approve [id]'))
    .description('help somebody back, after you compared the words of her new device by voice')
    .option('--words <words>', 'the words that she read out')
    .action((id: string | undefined, flags: ApproveFlags) =>
      choose(asDevice(flags, (context) => approve(context, id, flags))),
    )
  addDeviceFlags(command.command('cancel [id]'))
    .description('refuse a recovery of your own account that is not yours')
    .option('--yes', 'do not ask')
    .action((id: string | undefined, flags: DeviceFlags & { yes?: true }) =>
      choose(asDevice(flags, (context) => cancel(context, id, flags))),
    )
}
