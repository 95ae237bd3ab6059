import { equalBytes } from '@warren/primitives/bytes'
import { type AccountState, currentDevices, primaryOf } from '../protocol/account-state.ts'
import type { EdgeList } from '../protocol/api/messages.ts'
import type { EdgePurpose } from '../protocol/edge.ts'
import { type NodeId, nodeIdOf } from '../protocol/ids.ts'
import { currentEpoch } from '../protocol/space-state.ts'
import { makeEdge } from './edges.ts'
import { makeOwnerKeys, openOwnerKeys } from './owner-keys.ts'
import { setUpRecovery } from './recovery-setup.ts'
import type { Session } from './session.ts'
import { shareLimit } from './share-limit.ts'
import { openSpaces, type Space } from './spaces.ts'
import { appendToSpaceLog } from './write-space.ts'

/** What a refresh did; all zero when nothing was out of date. */
export interface Refreshed {
  edges: number
  spaces: number
  recovery: boolean
}

type Edges = EdgeList['edges']

function hasEdge(edges: Edges, from: NodeId, to: NodeId): boolean {
  return edges.some((edge) => edge.from === from && edge.to === to)
}

/**
 * §4.5, and the re-making of outgoing keys in R1 to R3: compares the key graph with what the accounts' logs ask for,
 * and makes what is missing. Incoming keys of somebody who recovered are re-made here too, without asking again: her
 * signed log says which key is hers now, and that she may read was decided before.
 */
export async function refresh(session: Session): Promise<Refreshed> {
  const account = await session.accounts.account(session.account, true)
  const { edges } = await session.api.edges()
  const made = await refreshDevices(session, account, edges)
  let spaces = 0
  let total = made
  for (const space of await openSpaces(session)) {
    if (space.state.owner !== session.account) continue
    const count = await refreshSpace(session, space, account, edges)
    total += count
    if (count > 0) spaces++
  }
  const recovery = await refreshRecovery(session, account, edges)
  return { edges: total, spaces, recovery }
}

/** The primary device's outgoing keys to the account's other devices. */
async function refreshDevices(session: Session, account: AccountState, edges: Edges): Promise<number> {
  if (account.primary !== session.device.id) return 0
  const primary = primaryOf(account)
  const from = { publicKey: primary.identity.encryptionKey, secretKey: session.device.secrets.encryptionKey }
  const missing = currentDevices(account).filter(
    (device) => device.id !== primary.id && !hasEdge(edges, primary.node, device.node),
  )
  const made: string[] = []
  for (const device of missing)
    made.push(
      await makeEdge(session, from, device.identity.encryptionKey, { kind: 'device', account: account.id }),
    )
  if (made.length > 0) await session.api.commit({ edges: made })
  return made.length
}

/** A space's keys to its owner's primary device and to its members', and its secret key at level 1 again. */
async function refreshSpace(
  session: Session,
  space: Space,
  account: AccountState,
  edges: Edges,
): Promise<number> {
  const { state } = space
  const epoch = currentEpoch(state)
  const from = nodeIdOf(epoch.publicKey)
  const primary = primaryOf(account)
  const missing: { to: Uint8Array; purpose: EdgePurpose }[] = []
  if (!hasEdge(edges, from, primary.node))
    missing.push({
      to: primary.identity.encryptionKey,
      purpose: { kind: 'owner', space: state.id, epoch: epoch.number },
    })
  for (const member of state.members.keys()) {
    const receiver = primaryOf(await session.accounts.account(member, true))
    if (hasEdge(edges, from, receiver.node)) continue
    // Kept from the decision before. What has ended is not made anew.
    const until = shareLimit(edges, state.id, member)
    if (until <= session.clock.now()) continue
    missing.push({
      to: receiver.identity.encryptionKey,
      purpose: {
        kind: 'share',
        space: state.id,
        epoch: epoch.number,
        account: member,
        untilMs: Number.isFinite(until) ? until : undefined,
      },
    })
  }
  const stale = !equalBytes(epoch.ownerKeys.recipient, primary.identity.encryptionKey)
  if (missing.length === 0 && !stale) return 0

  const secretKey = await openOwnerKeys(session, state)
  const made: string[] = []
  for (const { to, purpose } of missing)
    made.push(await makeEdge(session, { publicKey: epoch.publicKey, secretKey }, to, purpose))
  if (!stale) await session.api.commit({ edges: made })
  else {
    const suite = await session.suite()
    const key = primary.identity.encryptionKey
    const ownerKeys = makeOwnerKeys(suite, secretKey, key, state.id, epoch.number, session.rng)
    await appendToSpaceLog(session, space, () =>
      Promise.resolve({
        changes: [{ kind: 'owner-keys', epoch: epoch.number, ownerKeys }],
        with: { edges: made },
      }),
    )
  }
  return made.length + (stale ? 1 : 0)
}

/** After a change of primary on either side, the same users and threshold, with keys between today's devices. */
async function refreshRecovery(session: Session, account: AccountState, edges: Edges): Promise<boolean> {
  const { recovery } = account
  if (recovery === undefined || account.primary !== session.device.id) return false
  const own = primaryOf(account).node
  const users: AccountState[] = []
  for (const id of recovery.users) users.push(await session.accounts.account(id, true))
  if (users.every((user) => hasEdge(edges, own, primaryOf(user).node))) return false
  await setUpRecovery(session, users, recovery.threshold)
  return true
}
