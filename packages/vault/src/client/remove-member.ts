import { primaryOf } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId } from '../protocol/ids.ts'
import type { SpaceChange } from '../protocol/space-entry.ts'
import { currentEpoch } from '../protocol/space-state.ts'
import { makeEdge } from './edges.ts'
import { makeEpoch } from './owner-keys.ts'
import type { Session } from './session.ts'
import { shareLimit } from './share-limit.ts'
import type { Space } from './spaces.ts'
import { appendToSpaceLog } from './write-space.ts'

/**
 * Removes members and begins a new epoch with new keys: what is written from now on, none of them can read, with the
 * service's help or without. What they read before, or could have read, nothing takes back.
 * With no members it only renews the keys (after a device was stolen).
 */
export async function removeMembers(
  session: Session,
  space: Space,
  members: readonly AccountId[],
): Promise<Space> {
  const { account, rng } = session
  const suite = await session.suite()
  return appendToSpaceLog(session, space, async (current) => {
    const { state, keys } = current
    if (state.owner !== account)
      throw new VaultError('vault/forbidden', 'only the owner of a space can remove members')
    const former = currentEpoch(state)
    const own = primaryOf(await session.accounts.account(account, true)).identity.encryptionKey
    const { epoch, secretKey } = makeEpoch(
      suite,
      own,
      state.id,
      former.number + 1,
      keys.get(former.number),
      rng,
    )
    const from = { publicKey: epoch.publicKey, secretKey }
    const edges = [
      await makeEdge(session, from, own, { kind: 'owner', space: state.id, epoch: epoch.number }),
    ]
    const keysNow = (await session.api.edges()).edges
    for (const member of state.members.keys()) {
      if (members.includes(member)) continue
      const until = shareLimit(keysNow, state.id, member)
      if (until <= session.clock.now()) continue
      const to = primaryOf(await session.accounts.account(member)).identity.encryptionKey
      edges.push(
        await makeEdge(session, from, to, {
          kind: 'share',
          space: state.id,
          epoch: epoch.number,
          account: member,
          untilMs: Number.isFinite(until) ? until : undefined,
        }),
      )
    }
    const changes: SpaceChange[] = members
      .filter((member) => state.members.has(member))
      .map((member) => ({ kind: 'member-out', account: member }))
    return { changes: [...changes, { kind: 'epoch', epoch }], with: { edges } }
  })
}

/** A member leaves by herself. The owner's next removal or `removeMembers` with nobody renews the keys. */
export async function leaveSpace(session: Session, space: Space): Promise<void> {
  try {
    await appendToSpaceLog(session, space, () =>
      Promise.resolve({ changes: [{ kind: 'member-out', account: session.account }] }),
    )
  } catch (error) {
    // She may not follow the log any more: that is what it means to have left.
    const { spaces } = await session.api.spaces()
    if (spaces.some(({ id }) => id === space.state.id)) throw error
  }
}
