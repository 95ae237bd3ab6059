import { seal } from '@warren/primitives/aead'
import { splitSecret } from '@warren/primitives/shamir'
import type { RecoverySetup } from '../protocol/account-entry.ts'
import { type AccountState, primaryOf } from '../protocol/account-state.ts'
import { signEdge } from '../protocol/edge.ts'
import { VaultError } from '../protocol/errors.ts'
import { nodeIdOf, setupIds } from '../protocol/ids.ts'
import { commitToShare, encodeSharePackage, encodeShares, sharePackageContext } from '../protocol/recovery.ts'
import { encodeBytes } from './api.ts'
import type { Session } from './session.ts'
import { appendToAccount } from './write-log.ts'

const NONCE = new Uint8Array(12)

/**
 * Protocol 2, registration of (R2) and (R3), on the primary device. A re-encryption key to the primary device of each
 * recovery user. With threshold 1 the service keeps the keys, and any one user can help. With a higher threshold each
 * key is locked; its lock is split into n shares, and the i-th shares of all keys are encrypted for user i. The signed
 * log commits to every share, so that a wrong one is found and its sender named.
 *
 * Nobody in `users` switches recovery off.
 */
export async function setUpRecovery(
  session: Session,
  users: readonly AccountState[],
  threshold: number,
): Promise<RecoverySetup> {
  const account = await session.accounts.account(session.account, true)
  if (account.primary !== session.device.id)
    throw new VaultError('vault/forbidden', 'only the primary device can set up recovery')
  if (users.some((user) => user.id === session.account))
    throw new VaultError('vault/bad-request', 'you cannot be your own recovery user')
  if (users.length > 0 && (threshold < 1 || threshold > users.length))
    throw new VaultError('vault/bad-request', `the threshold must be between 1 and ${users.length}`)

  const suite = await session.suite()
  const id = setupIds.random(session.rng)
  const from = primaryOf(account).identity.encryptionKey
  const locked = threshold > 1
  const edges: string[] = []
  const sharesByKey: Uint8Array[][] = []
  for (const user of users) {
    const to = primaryOf(user).identity.encryptionKey
    const whole = suite.reencryptionKey(session.device.secrets.encryptionKey, to, session.rng)
    let reencryptionKey = whole
    if (locked) {
      const lock = suite.lockReencryptionKey(whole, session.rng)
      reencryptionKey = lock.locked
      sharesByKey.push(await splitSecret(lock.secret, users.length, threshold))
    }
    const edge = await signEdge(
      {
        from,
        to,
        purpose: { kind: 'recovery-out', account: session.account, setup: id, user: user.id, locked },
        author: { account: session.account, device: session.device.id },
        reencryptionKey,
      },
      session.device.secrets.signer,
    )
    edges.push(encodeBytes(edge))
  }

  const setup: RecoverySetup = {
    id,
    threshold: users.length === 0 ? 0 : threshold,
    users: users.map((user) => user.id),
    commitments: sharesByKey.map((shares, key) => shares.map((share, i) => commitToShare(id, key, i, share))),
  }
  const sharePackages = locked
    ? users.map((user, i) => {
        const recipient = primaryOf(user).identity.encryptionKey
        const { key, capsule } = suite.encapsulate(recipient, sharePackageContext(id, user.id), session.rng)
        const shares = encodeShares(sharesByKey.map((row) => row[i] as Uint8Array))
        const sealed = seal(key.reveal(), NONCE, shares, sharePackageContext(id, user.id))
        return encodeBytes(
          encodeSharePackage({
            setup: id,
            owner: session.account,
            user: user.id,
            recipient: nodeIdOf(recipient),
            capsule,
            sealed,
          }),
        )
      })
    : []
  const append = await appendToAccount(session.account, account.head, [{ kind: 'recovery-set-up', setup }], {
    account: session.account,
    device: session.device,
    nowMs: session.clock.now(),
  })
  await session.api.commit({ appends: [append], edges, sharePackages })
  await session.accounts.account(session.account, true)
  return setup
}
