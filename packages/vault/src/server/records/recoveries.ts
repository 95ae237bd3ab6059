import { type DeviceId, decodeDeviceIdentity, deviceId, encodeDeviceIdentity } from '@warren/identity'
import type { Clock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import {
  type AccountId,
  type AccountState,
  type RecoveryId,
  type RecoveryRequest,
  type RecoveryStatus,
  decodeEdge,
  edgeIdOf,
  nodeIdOf,
  recoveryIds,
} from '../../protocol/index.ts'
import type { Limits } from '../limits.ts'
import { type KeyGraph, RECOVERY_OUT } from '../reencryptor/key-graph.ts'
import type { ServiceSuite } from '../reencryptor/work.ts'
import type { Store, StoredEdge, StoredRecovery, Tables } from '../store/store.ts'
import type { Ledger } from './ledger.ts'
import { type Caller, refuse } from './plan.ts'

export interface RecoveryDependencies {
  store: Store
  ledger: Ledger
  suite: Pick<ServiceSuite, 'checkPossession'>
  clock: Clock
  rng: Rng
  limits: Limits
}

/** The account's id, or its name as its owner wrote it. */
function findAccount(ledger: Ledger, idOrName: string): AccountState | undefined {
  const byId = ledger.account(idOrName as AccountId)
  if (byId !== undefined) return byId
  const name = idOrName.trim().normalize('NFC')
  for (const account of ledger.accounts()) if (account.name === name) return account
  return undefined
}

/** POST /v1/recoveries: a new device asks to be let into an account. Asking twice is asking once. */
export async function requestRecovery(
  device: DeviceId,
  request: RecoveryRequest,
  { store, ledger, suite, clock, rng, limits }: RecoveryDependencies,
): Promise<StoredRecovery> {
  const identity = decodeDeviceIdentity(base64urlText.decode(request.identity))
  const possession = base64urlText.decode(request.possession)
  if (deviceId(identity) !== device) refuse('vault/forbidden', 'a device asks for itself only')
  suite.checkPossession(identity.encryptionKey, possession, identity.signingKey)
  const account = findAccount(ledger, request.account)
  // One answer for "no such account" and "no recovery": who has an account is not for strangers to learn.
  if (account?.recovery === undefined)
    return refuse('vault/not-found', 'there is no account of this name that can be recovered')
  const { id, recovery } = account
  return store.transact(async (tables) => {
    const own = (await tables.recoveries.byDevice(device)).find(
      (known) => known.account === id && known.setup === recovery.id && known.state !== 'cancelled',
    )
    if (own !== undefined) return own
    const open = await tables.recoveries.open()
    if (
      open.length >= limits.openRecoveries ||
      open.filter((other) => other.account === id).length >= limits.openRecoveriesPerAccount
    )
      refuse('vault/busy', 'too many recoveries are open: cancel some, or wait')
    const recoveryRow: StoredRecovery = {
      id: recoveryIds.random(rng),
      account: id,
      setup: recovery.id,
      device,
      identity: encodeDeviceIdentity(identity),
      possession,
      requestedMs: clock.now(),
      state: 'waiting',
    }
    await tables.recoveries.put(recoveryRow)
    return recoveryRow
  })
}

/** Whether this recovery concerns the caller: it is her device's, her account's, or she is asked to approve it. */
export function mayFollow(caller: Caller, recovery: StoredRecovery, ledger: Ledger): boolean {
  if (caller.device === recovery.device) return true
  if (caller.kind === 'newcomer') return false
  return caller.account === recovery.account || isUser(caller.account, recovery, ledger)
}

function isUser(account: AccountId, recovery: StoredRecovery, ledger: Ledger): boolean {
  const setup = ledger.account(recovery.account)?.recovery
  return setup !== undefined && setup.id === recovery.setup && setup.users.includes(account)
}

export async function recoveryStatus(
  recovery: StoredRecovery,
  { store, ledger }: Pick<RecoveryDependencies, 'store' | 'ledger'>,
): Promise<RecoveryStatus> {
  const account = ledger.account(recovery.account)
  const setup = account?.recovery?.id === recovery.setup ? account.recovery : undefined
  const approvals = await store.view.recoveries.approvals(recovery.id)
  return {
    id: recovery.id,
    account: recovery.account,
    name: account?.name ?? '',
    setup: recovery.setup,
    threshold: setup?.threshold ?? 0,
    users: [...(setup?.users ?? [])],
    identity: base64urlText.encode(recovery.identity),
    possession: base64urlText.encode(recovery.possession),
    requestedMs: recovery.requestedMs,
    approvals: approvals.map(({ approval }) => base64urlText.encode(approval)),
    rejected: await store.view.recoveries.rejected(recovery.id),
    state: recovery.state,
  }
}

/** GET /v1/recoveries: those of the caller's account, and those that wait for her approval. */
export async function recoveriesFor(
  account: AccountId,
  dependencies: Pick<RecoveryDependencies, 'store' | 'ledger'>,
): Promise<RecoveryStatus[]> {
  const { store, ledger } = dependencies
  const open = await store.view.recoveries.open()
  const past = await store.view.recoveries.byAccount(account)
  const mine = new Map(past.map((recovery) => [recovery.id, recovery]))
  for (const recovery of open) if (isUser(account, recovery, ledger)) mine.set(recovery.id, recovery)
  return Promise.all([...mine.values()].map((recovery) => recoveryStatus(recovery, dependencies)))
}

/**
 * DELETE /v1/recoveries/{id}: by a device of the account (her veto), or by the device that asked. The keys that the
 * approvals brought go with it, and what was unlocked for it is locked again.
 */
export async function cancelRecovery(
  caller: Caller,
  id: RecoveryId,
  { store, ledger, graph }: Pick<RecoveryDependencies, 'store' | 'ledger'> & { graph: KeyGraph },
): Promise<StoredRecovery> {
  const { recovery, dropped, locked } = await store.transact(async (tables) => {
    const recovery = await tables.recoveries.get(id)
    const own =
      recovery !== undefined &&
      (caller.device === recovery.device || (caller.kind === 'device' && caller.account === recovery.account))
    if (!own) return refuse('vault/not-found', 'there is no such recovery')
    if (recovery.state === 'done') return refuse('vault/conflict', 'this recovery is over')
    const dropped = (await tables.recoveries.approvals(id)).map(({ edge }) => edgeIdOf(edge))
    await tables.edges.delete(dropped)
    const locked = await lockAgain(recovery, tables, ledger, graph)
    // Who asked and takes it back leaves nothing behind: anybody can ask, again and again.
    if (caller.device === recovery.device && dropped.length === 0) await tables.recoveries.delete(id)
    else {
      await tables.recoveries.setState(id, 'cancelled')
      await tables.recoveries.forgetShares(id)
    }
    return { recovery, dropped, locked }
  })
  for (const edge of dropped) graph.remove(edge)
  for (const edge of locked) graph.add(edge)
  return { ...recovery, state: 'cancelled' }
}

/** The keys of its setup that this recovery unlocked, unless another recovery that is ready or done needs them. */
async function lockAgain(
  recovery: StoredRecovery,
  tables: Tables,
  ledger: Ledger,
  graph: KeyGraph,
): Promise<StoredEdge[]> {
  if (recovery.state !== 'ready') return []
  const others = await tables.recoveries.byAccount(recovery.account)
  const needed = others.some(
    ({ id, setup, state }) =>
      id !== recovery.id && setup === recovery.setup && (state === 'ready' || state === 'done'),
  )
  if (needed) return []
  const locked: StoredEdge[] = []
  for (const { node } of ledger.account(recovery.account)?.devices.values() ?? [])
    for (const id of graph.edgesFrom(node)) {
      if (graph.kindOf(id) !== RECOVERY_OUT || graph.setupOf(id) !== recovery.setup) continue
      const stored = await tables.edges.get(id)
      if (stored?.unlocked === undefined) continue
      const { from, to, purpose } = decodeEdge(stored.encoded).unverified
      const edge = { id, from: nodeIdOf(from), to: nodeIdOf(to), purpose, usable: false }
      await tables.edges.put(edge, stored.encoded)
      locked.push(edge)
    }
  return locked
}
