/**
 * A recovery user who does not play fair, as a process: `bad-friend.ts WORDS` does what `warren recovery approve` does,
 * with the same client library, but the first share it hands back has one bit changed. Part of the demo and its test.
 */
import { approveRecovery, type Session, VaultApi } from '@warren/vault/client'
import {
  type ApprovalRequest,
  type RecoveryId,
  type RecoveryStatus,
  recoveryIds,
} from '@warren/vault/protocol'
import { asDevice } from '../device/with-session.ts'
import { exitCodeOf } from '../exit.ts'
import { errorText, systemTerminal } from '../terminal.ts'

class BadApi extends VaultApi {
  override approve(id: RecoveryId, request: ApprovalRequest): Promise<RecoveryStatus> {
    const [first = '', ...rest] = request.shares
    const bytes = Buffer.from(first, 'base64url')
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
    return super.approve(id, { ...request, shares: [bytes.toString('base64url'), ...rest] })
  }
}

const terminal = systemTerminal(new AbortController().signal)
const approveBadly = asDevice({}, async ({ session, environment, record }) => {
  const bad: Session = { ...session, api: new BadApi(environment, session.device, record.vault) }
  const { recoveries } = await session.api.recoveries()
  const waiting = recoveries.find(({ state, account }) => state === 'waiting' && account !== session.account)
  if (waiting === undefined) throw new Error('nobody waits for an approval')
  await approveRecovery(bad, recoveryIds.parse(waiting.id), process.argv[2] ?? '')
})

try {
  process.exitCode = (await approveBadly(terminal)) ?? 0
} catch (error) {
  terminal.say(errorText(error, false))
  process.exitCode = exitCodeOf(error)
}
