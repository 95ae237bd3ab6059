import { type DeviceId, decodeDeviceIdentity } from '@warren/identity'
import { equalBytes } from '@warren/primitives/bytes'
import { base64urlText } from '@warren/primitives/encoding'
import { combineShares } from '@warren/primitives/shamir'
import {
  type AccountId,
  type ApprovalRequest,
  decodeApproval,
  decodeEdge,
  decodeShares,
  deviceAt,
  type EdgeId,
  edgeIdOf,
  encodeShares,
  isCommittedShare,
  nodeIdOf,
  type RecoveryId,
  type RecoverySetup,
  type SignedEdge,
  VaultError,
  verifyApproval,
  verifyEdge,
} from '../../protocol/index.ts'
import { findChain } from '../reencryptor/chain-search.ts'
import { type KeyGraph, RECOVERY_OUT } from '../reencryptor/key-graph.ts'
import type { PairingWork, ServiceSuite } from '../reencryptor/work.ts'
import type { Store, StoredApproval, StoredEdge, StoredRecovery } from '../store/store.ts'
import type { Ledger } from './ledger.ts'
import { refuse } from './plan.ts'

export interface ApprovalDependencies {
  store: Store
  ledger: Ledger
  graph: KeyGraph
  suite: Pick<ServiceSuite, 'unlockReencryptionKey'>
  work: PairingWork
}

/** Who approves: a device of a recovery user. */
interface Approver {
  account: AccountId
  device: DeviceId
}

/**
 * POST /v1/recoveries/{id}/approvals (paper §4.2, R2 and R3). With the threshold reached, the keys into the account
 * are installed, and with shares at least one key out of it is rebuilt: the recovery is `ready`.
 */
export async function approveRecovery(
  approver: Approver,
  id: RecoveryId,
  request: ApprovalRequest,
  dependencies: ApprovalDependencies,
): Promise<StoredRecovery> {
  const { store, ledger, work } = dependencies
  const recovery =
    (await store.view.recoveries.get(id)) ?? refuse('vault/not-found', 'there is no such recovery')
  const account = ledger.account(recovery.account)
  const setup = account?.recovery
  if (account === undefined || setup === undefined || setup.id !== recovery.setup)
    return refuse('vault/conflict', 'the recovery of this account was set up anew')
  if (!setup.users.includes(approver.account)) refuse('vault/not-found', 'there is no such recovery')
  if (recovery.state !== 'waiting') refuse('vault/conflict', 'this recovery is not waiting for approvals')

  const approval = base64urlText.decode(request.approval)
  checkApproval(approval, approver, recovery, ledger)
  const edge = checkEdge(base64urlText.decode(request.edge), approver, recovery, dependencies)
  await work.check([
    {
      kind: 'reencryption-key',
      reencryptionKey: edge.unverified.reencryptionKey,
      from: edge.unverified.from,
      to: edge.unverified.to,
    },
  ])
  const shares = request.shares.map((text) => base64urlText.decode(text))
  const wrong = findWrongShare(setup, approver.account, shares)
  if (wrong !== undefined) {
    await store.transact((tables) => tables.recoveries.reject(id, approver.account, wrong))
    throw new VaultError('vault/wrong-share', `${wrong}: sent by account ${approver.account}`)
  }

  const own: StoredApproval = {
    user: approver.account,
    approval,
    edge: edge.encoded,
    shares: encodeShares(shares),
  }
  await store.transact(async (tables) => {
    const current = await tables.recoveries.get(id)
    if (current?.state !== 'waiting') refuse('vault/conflict', 'this recovery is not waiting for approvals')
    await tables.recoveries.approve(id, own)
    await tables.recoveries.clearRejection(id, approver.account)
  })
  return makeReady(recovery, dependencies)
}

function checkApproval(encoded: Uint8Array, approver: Approver, recovery: StoredRecovery, ledger: Ledger) {
  const signed = decodeApproval(encoded)
  const claimed = signed.unverified
  const account = ledger.account(approver.account)
  // The device must be hers now, and have been when she says she signed.
  const device =
    account === undefined || claimed.approverSequence > account.head.sequence
      ? undefined
      : deviceAt(account, approver.device, claimed.approverSequence) &&
        deviceAt(account, approver.device, account.head.sequence)
  const approval = device === undefined ? undefined : verifyApproval(signed, device.identity.signingKey)
  if (
    approval === undefined ||
    approval.approver.account !== approver.account ||
    approval.approver.device !== approver.device
  )
    return refuse('vault/forbidden', 'the signature of the approval does not verify')
  if (
    approval.account !== recovery.account ||
    approval.setup !== recovery.setup ||
    approval.newDevice !== recovery.device
  )
    refuse('vault/forbidden', 'the approval is for another recovery')
}

function checkEdge(
  encoded: Uint8Array,
  approver: Approver,
  recovery: StoredRecovery,
  { ledger, graph }: ApprovalDependencies,
): SignedEdge {
  const signed = decodeEdge(encoded)
  const account = ledger.account(approver.account)
  const device = account?.devices.get(approver.device)
  const edge = device === undefined ? undefined : verifyEdge(signed, device.identity.signingKey)
  if (
    edge === undefined ||
    account === undefined ||
    edge.author.account !== approver.account ||
    edge.author.device !== approver.device
  )
    return refuse('vault/forbidden', 'the signature of the key does not verify')
  const { purpose } = edge
  if (
    purpose.kind !== 'recovery-in' ||
    purpose.account !== recovery.account ||
    purpose.setup !== recovery.setup ||
    purpose.user !== approver.account
  )
    return refuse('vault/forbidden', 'the key is not for this recovery')
  const target = decodeDeviceIdentity(recovery.identity).encryptionKey
  if (!equalBytes(edge.to, target)) refuse('vault/forbidden', 'the key does not lead to the new device')
  const from = [...account.devices.values()].find((known) =>
    equalBytes(known.identity.encryptionKey, edge.from),
  )
  if (from === undefined || from.removedAt !== undefined)
    return refuse('vault/forbidden', 'the key does not begin at a device of its author')
  // She was chosen with one primary device and answers perhaps from another: her own keys must join the two.
  const joined = keysTo(purpose.user, recovery, ledger, graph).some((id) => {
    const query = { from: graph.endOf(id), to: from.node, account: purpose.user, nowMs: 0, devicesOnly: true }
    return findChain(graph, query) !== undefined
  })
  if (!joined)
    refuse('vault/no-chain', 'no key of the recovery leads to this device: approve it with the primary one')
  return signed
}

/** The keys out of the account to this recovery user. */
function keysTo(user: AccountId, recovery: StoredRecovery, ledger: Ledger, graph: KeyGraph): EdgeId[] {
  const account = ledger.account(recovery.account)
  if (account === undefined) return []
  return [...account.devices.values()]
    .flatMap((device) => graph.edgesFrom(device.node))
    .filter(
      (id) =>
        graph.kindOf(id) === RECOVERY_OUT &&
        graph.setupOf(id) === recovery.setup &&
        graph.partyOf(id) === user,
    )
}

/** What is wrong with these shares; undefined when each is the one that the setup committed to. */
function findWrongShare(
  setup: RecoverySetup,
  user: AccountId,
  shares: readonly Uint8Array[],
): string | undefined {
  if (shares.length !== setup.commitments.length)
    return `${shares.length} shares, ${setup.commitments.length} were expected`
  const index = setup.users.indexOf(user)
  for (const [key, share] of shares.entries()) {
    const commitment = setup.commitments[key]?.[index]
    if (commitment === undefined || !isCommittedShare(commitment, setup.id, key, index, share))
      return 'a share is not the one that was set up'
  }
  return undefined
}

/** Installs the keys of a recovery whose approvals are enough; gives it as it is then. */
export async function makeReady(
  recovery: StoredRecovery,
  dependencies: ApprovalDependencies,
): Promise<StoredRecovery> {
  const { store, ledger, graph } = dependencies
  const setup = ledger.account(recovery.account)?.recovery
  if (setup === undefined || setup.id !== recovery.setup) return recovery
  const approvals = await store.view.recoveries.approvals(recovery.id)
  if (approvals.length < setup.threshold) return recovery

  const opened = setup.threshold > 1 ? await openKey(recovery, setup, approvals, dependencies) : 'none locked'
  if (opened === undefined) return recovery
  const edges = approvals.map(({ edge: encoded }) => ({ encoded, stored: storedEdge(encoded) }))
  const installed = await store.transact(async (tables) => {
    const current = await tables.recoveries.get(recovery.id)
    // Two approvals at once can both be the last: one of them has done it.
    if (current?.state === 'ready') return false
    if (current?.state !== 'waiting') refuse('vault/conflict', 'this recovery is not waiting for approvals')
    for (const { encoded, stored } of edges) await tables.edges.put(stored, encoded)
    if (opened !== 'none locked') await tables.edges.unlock(opened.id, opened.reencryptionKey)
    await tables.recoveries.setState(recovery.id, 'ready')
    await tables.recoveries.forgetShares(recovery.id)
    return true
  })
  if (installed) for (const { stored } of edges) graph.add(stored)
  if (installed && opened !== 'none locked') graph.unlock(opened.id)
  return { ...recovery, state: 'ready' }
}

function storedEdge(encoded: Uint8Array): StoredEdge {
  const edge = decodeEdge(encoded).unverified
  return {
    id: edgeIdOf(encoded),
    from: nodeIdOf(edge.from),
    to: nodeIdOf(edge.to),
    purpose: edge.purpose,
    usable: true,
  }
}

/**
 * Rebuilds one locked key from the shares (R3), and checks it before it is believed. One is enough for the way back;
 * the others stay locked. The user whose key does not open is named.
 */
async function openKey(
  recovery: StoredRecovery,
  setup: RecoverySetup,
  approvals: readonly StoredApproval[],
  { store, ledger, graph, suite, work }: ApprovalDependencies,
): Promise<{ id: EdgeId; reencryptionKey: Uint8Array } | undefined> {
  const shares = approvals.slice(0, setup.threshold).map((approval) => decodeShares(approval.shares))
  for (const { user } of approvals) {
    const key = setup.users.indexOf(user)
    for (const id of keysTo(user, recovery, ledger, graph)) {
      const stored = await store.view.edges.get(id)
      if (stored === undefined) continue
      const { from, to, reencryptionKey: locked } = decodeEdge(stored.encoded).unverified
      try {
        const secret = await combineShares(shares.map((own) => own[key] as Uint8Array))
        const reencryptionKey = suite.unlockReencryptionKey(locked, secret)
        await work.check([{ kind: 'reencryption-key', reencryptionKey, from, to }])
        return { id, reencryptionKey }
      } catch {
        await store.transact((tables) =>
          tables.recoveries.reject(
            recovery.id,
            user,
            'the key to this user does not open with the right shares',
          ),
        )
      }
    }
  }
  return undefined
}

/** What a crash between the last approval and its effect left undone. */
export async function resumeRecoveries(dependencies: ApprovalDependencies): Promise<void> {
  for (const recovery of await dependencies.store.view.recoveries.open())
    if (recovery.state === 'waiting') await makeReady(recovery, dependencies)
}
