import { equalBytes } from '@warren/primitives/bytes'
import {
  type AccountId,
  decodeEdge,
  decodeSharePackage,
  deviceAt,
  type Edge,
  type EdgeId,
  edgeIdOf,
  nodeIdOf,
  primaryOf,
  sharePackageContext,
  VaultError,
  verifyEdge,
} from '../../protocol/index.ts'
import { type KeyGraph, OWNER, SHARE } from '../reencryptor/key-graph.ts'
import { deviceOfKey, type Plan, refuse } from './plan.ts'

/** The device that sends the commit: author of every edge in it. */
interface Author {
  account: AccountId
  device: string
}

/** Checks that the edge is its author's to make and goes where its purpose says; its pairings are checked later. */
export function planEdge(plan: Plan, author: Author, encoded: Uint8Array, nowMs: number): void {
  const signed = decodeEdge(encoded)
  const claimed = signed.unverified.author
  if (claimed.account !== author.account || claimed.device !== author.device)
    refuse('vault/forbidden', 'an edge is by another device than the one that sends it')
  const account = plan.needAccount(author.account)
  const device = deviceAt(account, claimed.device, account.head.sequence)
  const edge = device === undefined ? undefined : verifyEdge(signed, device.identity.signingKey)
  if (edge === undefined) return refuse('vault/forbidden', 'the signature of an edge does not verify')
  checkPurpose(plan, edge, nowMs)

  const { purpose } = edge
  const locked = purpose.kind === 'recovery-out' && purpose.locked
  if (!locked)
    plan.checks.push({
      kind: 'reencryption-key',
      reencryptionKey: edge.reencryptionKey,
      from: edge.from,
      to: edge.to,
    })
  plan.edgesIn.push({
    stored: {
      id: edgeIdOf(encoded),
      from: nodeIdOf(edge.from),
      to: nodeIdOf(edge.to),
      purpose,
      usable: !locked,
    },
    encoded,
  })
  // A new key can make the way shorter, or replace one that was used.
  if (purpose.kind === 'share') plan.forgetMembers.push({ space: purpose.space, account: purpose.account })
  else plan.forgetAccounts.add(author.account)
}

function needKey(is: Uint8Array, expected: Uint8Array | undefined, what: string): void {
  if (expected === undefined || !equalBytes(is, expected)) refuse('vault/forbidden', `an edge ${what}`)
}

function checkPurpose(plan: Plan, edge: Edge, nowMs: number): void {
  const { purpose } = edge
  const primaryKey = (id: AccountId) => primaryOf(plan.needAccount(id)).identity.encryptionKey
  switch (purpose.kind) {
    case 'owner':
    case 'share': {
      const space = plan.needSpace(purpose.space)
      if (space.owner !== edge.author.account)
        refuse('vault/forbidden', 'an edge of a space is not by its owner')
      needKey(edge.from, space.epochs[purpose.epoch]?.publicKey, 'does not begin at the epoch it names')
      if (purpose.kind === 'owner') {
        needKey(edge.to, primaryKey(space.owner), "does not lead to the owner's primary device")
        return
      }
      if (!space.members.has(purpose.account))
        refuse('vault/forbidden', 'an edge shares a space with somebody who is not its member')
      if (purpose.untilMs !== undefined && purpose.untilMs <= nowMs)
        refuse('vault/bad-request', 'a share has ended before it begins')
      needKey(edge.to, primaryKey(purpose.account), "does not lead to the member's primary device")
      return
    }
    case 'device': {
      ownAccount(purpose.account, edge)
      const account = plan.needAccount(purpose.account)
      if (deviceOfKey(account, edge.from) === undefined)
        refuse('vault/forbidden', 'an edge does not begin at a device of its account')
      const to = deviceOfKey(account, edge.to)
      if (to === undefined || to.removedAt !== undefined)
        refuse('vault/forbidden', 'an edge does not lead to a device of its account')
      return
    }
    case 'recovery-out': {
      ownAccount(purpose.account, edge)
      const account = plan.needAccount(purpose.account)
      const { recovery } = account
      if (recovery === undefined || recovery.id !== purpose.setup || !recovery.users.includes(purpose.user))
        return refuse('vault/forbidden', 'a recovery key is not of the setup in force')
      if (purpose.locked !== recovery.threshold > 1)
        refuse('vault/forbidden', 'a recovery key is not locked as its setup says')
      if (deviceOfKey(account, edge.from) === undefined)
        refuse('vault/forbidden', 'an edge does not begin at a device of its account')
      needKey(edge.to, primaryKey(purpose.user), "does not lead to the recovery user's primary device")
      return
    }
    case 'recovery-in':
      return refuse('vault/forbidden', 'a key into an account comes with the approval of its recovery')
    default:
      purpose satisfies never
  }
}

function ownAccount(account: AccountId, edge: Edge): void {
  if (account !== edge.author.account) refuse('vault/forbidden', 'an edge is of another account')
}

/** An owner must reach each new epoch: without an `owner` edge its key would be lost with the device that made it. */
export function needOwnerEdges(plan: Plan, epochsBefore: (space: string) => number): void {
  for (const space of plan.spaces.values())
    for (let epoch = epochsBefore(space.id); epoch < space.epochs.length; epoch++) {
      const found = plan.edgesIn.some(
        ({ stored: { purpose } }) =>
          purpose.kind === 'owner' && purpose.space === space.id && purpose.epoch === epoch,
      )
      if (!found) refuse('vault/bad-request', 'a new epoch without a key for its owner')
    }
}

/** A setup counts only when it is whole: a key to every user and, with a threshold, a package of shares for each. */
export function planSharePackages(plan: Plan, encoded: readonly Uint8Array[]): void {
  const account = plan.newSetup
  const setup = account?.recovery
  if (encoded.length > 0 && (setup === undefined || setup.threshold < 2))
    refuse('vault/bad-request', 'shares without a recovery that needs them')
  if (account === undefined || setup === undefined) return
  const packages = encoded.map((bytes) => ({ bytes, value: decodeSharePackage(bytes) }))
  for (const user of setup.users) {
    const reached = plan.edgesIn.some(
      ({ stored: { purpose } }) =>
        purpose.kind === 'recovery-out' && purpose.setup === setup.id && purpose.user === user,
    )
    if (!reached) refuse('vault/bad-request', 'a recovery user without a key')
    if (setup.threshold < 2) continue
    const own = packages.find(({ value }) => value.user === user)
    if (own === undefined) return refuse('vault/bad-request', 'a recovery user without shares')
    const primary = primaryOf(plan.needAccount(user))
    if (
      own.value.setup !== setup.id ||
      own.value.owner !== account.id ||
      own.value.recipient !== primary.node
    )
      refuse('vault/forbidden', 'shares are for something else than the recovery they come with')
    plan.checks.push({
      kind: 'capsule',
      capsule: own.value.capsule,
      publicKey: primary.identity.encryptionKey,
      context: sharePackageContext(setup.id, user),
    })
    plan.packages.push({ owner: account.id, user, encoded: own.bytes })
  }
  if (packages.length > setup.users.length) refuse('vault/bad-request', 'shares for somebody twice')
}

/** Keys that the caller's account may take back: those of its spaces, and its own. */
export function planDroppedEdge(plan: Plan, account: AccountId, id: EdgeId, graph: KeyGraph): void {
  const subject = graph.subjectOf(id)
  // Gone already: dropping is idempotent.
  if (subject === undefined) return
  const kind = graph.kindOf(id)
  const owner =
    kind === OWNER || kind === SHARE
      ? plan.needSpace(subject.split('/')[0] as Parameters<Plan['needSpace']>[0]).owner
      : subject
  if (owner !== account) throw new VaultError('vault/forbidden', 'a key of another account')
  plan.edgesOut.add(id)
  const party = kind === SHARE ? graph.partyOf(id) : undefined
  if (party === undefined) plan.forgetAccounts.add(account)
  else
    plan.forgetMembers.push({
      space: subject.split('/')[0] as Parameters<Plan['needSpace']>[0],
      account: party as AccountId,
    })
}
