import { type AccountState, primaryOf } from '../protocol/account-state.ts'
import type { Session } from './session.ts'

export interface RecoveryHealth {
  /** 0: recovery is not set up. */
  threshold: number
  /** `ready`: the vault holds a re-encryption key from this account's primary device of today to hers of today. */
  users: { account: AccountState; ready: boolean }[]
  /** If all devices were lost now, and everybody who is ready helped. */
  couldRecover: boolean
}

/** Could this account be recovered today? Compares its signed set-up with the keys that the vault holds. */
export async function recoveryHealth(session: Session): Promise<RecoveryHealth> {
  const own = await session.accounts.account(session.account, true)
  const { recovery } = own
  if (recovery === undefined) return { threshold: 0, users: [], couldRecover: false }
  const from = primaryOf(own).node
  const { edges } = await session.api.edges()
  const users: RecoveryHealth['users'] = []
  for (const id of recovery.users) {
    const account = await session.accounts.account(id)
    const to = primaryOf(account).node
    const ready = edges.some(
      (edge) => edge.purpose === 'recovery-out' && edge.from === from && edge.to === to,
    )
    users.push({ account, ready })
  }
  const ready = users.filter((user) => user.ready).length
  return { threshold: recovery.threshold, users, couldRecover: ready >= recovery.threshold }
}
