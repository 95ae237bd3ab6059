import { equalBytes } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import {
  type AccountId,
  type ChunkId,
  type CommitRequest,
  type CommitResponse,
  chunkIds,
  deviceAt,
  edgeIdOf,
  edgeIds,
  type Head,
  invitationHash,
  LINK_SECRET_BYTES,
  mayWrite,
  type SpaceId,
  spaceIds,
} from '../../protocol/index.ts'
import type { BlobId } from '../blobs/blobs.ts'
import type { Limits } from '../limits.ts'
import type { KeyGraph } from '../reencryptor/key-graph.ts'
import type { PairingWork, ServiceSuite } from '../reencryptor/work.ts'
import type { LogName, Store, Tables } from '../store/store.ts'
import type { Ledger } from './ledger.ts'
import { type Caller, Plan, refuse } from './plan.ts'
import { planAppend, type RequestedAppend } from './plan-appends.ts'
import { needOwnerEdges, planDroppedEdge, planEdge, planSharePackages } from './plan-edges.ts'

export interface CommitDependencies {
  store: Store
  ledger: Ledger
  graph: KeyGraph
  suite: Pick<ServiceSuite, 'checkPossession'>
  work: PairingWork
  clock: Clock
  limits: Limits
}

/** A commit that is durable and in memory. */
export interface Committed {
  plan: Plan
  response: CommitResponse
  /** Blobs that hold no chunk any more. */
  freedBlobs: readonly BlobId[]
  freedBytes: number
}

interface Decoded {
  appends: RequestedAppend[]
  edges: Uint8Array[]
  packages: Uint8Array[]
  space: SpaceId | undefined
  chunks: ChunkId[]
  dropChunks: ChunkId[]
  invitation: string | undefined
  dropEdges: ReturnType<typeof edgeIds.parse>[]
}

/** Something that the checks relied on has moved: they are made again. */
class Moved extends Error {}
const ATTEMPTS = 8

function decode(request: CommitRequest): Decoded {
  const bytes = (text: string) => base64urlText.decode(text)
  const secret = request.invitation === undefined ? undefined : bytes(request.invitation)
  if (secret !== undefined && secret.length !== LINK_SECRET_BYTES)
    refuse('vault/invitation', 'this is not an invitation')
  return {
    appends: request.appends.map(({ log, head, entries }) => ({
      log: log as LogName,
      head: head === null ? undefined : bytes(head),
      entries: entries.map(bytes),
    })),
    edges: request.edges.map(bytes),
    packages: request.sharePackages.map(bytes),
    space: request.space === undefined ? undefined : spaceIds.parse(request.space),
    chunks: request.chunks.map((id) => chunkIds.parse(id)),
    dropChunks: request.dropChunks.map((id) => chunkIds.parse(id)),
    invitation: secret === undefined ? undefined : base64urlText.encode(invitationHash(new Secret(secret))),
    dropEdges: request.dropEdges.map((id) => edgeIds.parse(id)),
  }
}

/** POST /v1/commit: checks everything, in order, then does all of it or nothing. */
export async function commit(
  caller: Caller,
  request: CommitRequest,
  dependencies: CommitDependencies,
): Promise<Committed> {
  const decoded = decode(request)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const plan = await planCommit(caller, decoded, dependencies)
    await dependencies.work.check(plan.checks)
    try {
      return await carryOut(plan, decoded, dependencies)
    } catch (error) {
      if (!(error instanceof Moved)) throw error
    }
  }
  return refuse('vault/busy', 'too many write at once: try again')
}

async function planCommit(caller: Caller, wanted: Decoded, dependencies: CommitDependencies): Promise<Plan> {
  const { ledger, graph, clock, limits } = dependencies
  const plan = new Plan(ledger)
  // Its signature was checked when the request began: a large one is long on its way, and the device may be out by now.
  if (caller.kind === 'device') {
    const account = plan.needAccount(caller.account)
    if (deviceAt(account, caller.device, account.head.sequence) === undefined)
      refuse('vault/unauthenticated', 'this device was taken out of its account')
  }
  const spacesBefore = new Map<string, number>()
  for (const append of wanted.appends) {
    planAppend(plan, caller, append, dependencies)
    const [kind, id] = append.log.split('/') as [string, SpaceId]
    if (kind === 'space') spacesBefore.set(id, ledger.space(id)?.epochs.length ?? 0)
  }
  const author = authorOf(plan, caller, wanted)
  if (author.isNew) {
    if (ledger.accountCount >= limits.accounts) refuse('vault/busy', 'this vault takes no more accounts')
    plan.invitation = wanted.invitation ?? refuse('vault/invitation', 'a new account needs an invitation')
  }
  needRoomForSpaces(plan, author.account, dependencies)
  for (const encoded of wanted.edges) planEdge(plan, author, encoded, clock.now())
  needOwnerEdges(plan, (space) => spacesBefore.get(space) ?? 0)
  planSharePackages(plan, wanted.packages)
  for (const id of wanted.dropEdges) planDroppedEdge(plan, author.account, id, graph)
  if (wanted.chunks.length + wanted.dropChunks.length > 0) {
    const space = wanted.space === undefined ? undefined : plan.space(wanted.space)
    if (space === undefined) return refuse('vault/bad-request', 'chunks without their space')
    if (!mayWrite(space, author.account)) refuse('vault/forbidden', 'no right to write in this space')
    // No entry tells of it, and versions that others wrote may refer to them.
    if (wanted.dropChunks.length > 0 && space.owner !== author.account)
      refuse('vault/forbidden', 'only the owner of a space drops chunks of it')
  }
  await planRecovery(plan, caller, dependencies.store.view)
  return plan
}

/** Every space is held in memory: one account must not make more of them than the vault bears. */
function needRoomForSpaces(
  plan: Plan,
  account: AccountId,
  { ledger, limits }: Pick<CommitDependencies, 'ledger' | 'limits'>,
): void {
  const made = [...plan.spaces.keys()].filter((id) => ledger.space(id) === undefined).length
  if (made === 0) return
  let owned = made
  for (const { owner } of ledger.spaces()) if (owner === account) owned++
  if (owned > limits.spacesPerAccount)
    refuse('vault/too-large', `one account has ${limits.spacesPerAccount} spaces at most`)
}

/** Who writes, once the new entries stand: a newcomer has become a device by one of them, or has nothing to say. */
function authorOf(plan: Plan, caller: Caller, wanted: Decoded) {
  if (caller.kind === 'device') {
    if (plan.newNames.length > 0) refuse('vault/forbidden', 'this device belongs to an account already')
    return { account: caller.account, device: caller.device, isNew: false }
  }
  const joined = plan.newDevices.find(({ device }) => device === caller.device)
  const entries = wanted.appends.flatMap(({ entries }) => entries)
  if (joined === undefined) return refuse('vault/forbidden', 'this device belongs to no account')
  const isNew = plan.newNames.length > 0
  if (!isNew && (plan.recovered === undefined || entries.length !== 1))
    refuse('vault/forbidden', 'a device that comes back may only complete its recovery')
  return { account: joined.account, device: caller.device, isNew }
}

async function planRecovery(plan: Plan, caller: Caller, view: Tables): Promise<void> {
  const { recovered, newSetup } = plan
  if (recovered !== undefined) {
    const own = await view.recoveries.byDevice(caller.device)
    const ready = own.find(
      ({ account, setup, state }) =>
        state === 'ready' && account === recovered.account && setup === recovered.setup,
    )
    if (ready === undefined) return refuse('vault/forbidden', 'this recovery is not approved yet')
    plan.recoveriesDone.add(ready.id)
  }
  const over = recovered?.account ?? newSetup?.id
  if (over === undefined) return
  for (const { id, state } of await view.recoveries.byAccount(over)) {
    if ((state !== 'waiting' && state !== 'ready') || plan.recoveriesDone.has(id)) continue
    plan.recoveriesCancelled.add(id)
    for (const { edge } of await view.recoveries.approvals(id)) plan.edgesOut.add(edgeIdOf(edge))
  }
}

const sameHead = (a: Head | undefined, b: Head | undefined) =>
  a === undefined || b === undefined ? a === b : a.sequence === b.sequence && equalBytes(a.hash, b.hash)

async function carryOut(
  plan: Plan,
  wanted: Decoded,
  { store, ledger, graph, clock }: CommitDependencies,
): Promise<Committed> {
  const freed = await store.transact(async (tables) => {
    for (const [log, head] of plan.reliedOn)
      if (!sameHead(await tables.logs.head(log), head)) throw new Moved()
    await writeRecords(plan, tables, clock.now())
    return writeChunks(wanted, tables)
  })
  ledger.publish(plan.accounts.values(), plan.spaces.values())
  for (const id of plan.edgesOut) graph.remove(id)
  for (const { stored } of plan.edgesIn) graph.add(stored)
  return {
    plan,
    freedBlobs: freed.blobs,
    freedBytes: freed.bytes,
    response: {
      heads: plan.appends.map(({ log, head }) => ({
        log,
        sequence: head.sequence,
        hash: base64urlText.encode(head.hash),
      })),
    },
  }
}

async function writeRecords(plan: Plan, tables: Tables, nowMs: number): Promise<void> {
  if (plan.invitation !== undefined && !(await tables.invitations.use(plan.invitation, nowMs)))
    refuse('vault/invitation', 'this invitation is unknown, has ended or was used')
  for (const { account, skeletons } of plan.newNames) await tables.names.claimNames(account, skeletons)
  // Its enrolment stays until it is old: the link is spent, and says so to whoever uses it again.
  for (const { account, device } of plan.newDevices) await tables.names.claimDevice(account, device)
  for (const { log, entries, head } of plan.appends) await tables.logs.append(log, entries, head)
  await tables.edges.delete([...plan.edgesOut])
  for (const { stored, encoded } of plan.edgesIn) await tables.edges.put(stored, encoded)
  for (const owner of plan.packagesOut) await tables.packages.deleteOf(owner)
  for (const { owner, user, encoded } of plan.packages) await tables.packages.put(owner, user, encoded)
  for (const id of plan.recoveriesDone) {
    // A veto that was acknowledged since the checks began has the last word.
    if ((await tables.recoveries.get(id))?.state !== 'ready')
      refuse('vault/forbidden', 'this recovery was stopped')
    await tables.recoveries.setState(id, 'done')
    await tables.recoveries.forgetShares(id)
  }
  for (const id of plan.recoveriesCancelled) {
    await tables.recoveries.setState(id, 'cancelled')
    await tables.recoveries.forgetShares(id)
  }
  for (const account of plan.forgetAccounts) await tables.capsules.dropAccount(account)
  for (const { space, account } of plan.forgetMembers) await tables.capsules.dropMember(space, account)
}

async function writeChunks(wanted: Decoded, tables: Tables): Promise<{ blobs: BlobId[]; bytes: number }> {
  const { space, chunks, dropChunks } = wanted
  if (space === undefined) return { blobs: [], bytes: 0 }
  const kept = await tables.chunks.keep(space, chunks)
  const missing = new Set(chunks).size - kept
  if (missing > 0) refuse('vault/not-found', `${missing} chunks are not there: put them first`)
  if (dropChunks.length === 0) return { blobs: [], bytes: 0 }
  const places = await tables.chunks.findAll(space, dropChunks)
  await tables.chunks.drop(space, dropChunks)
  const blobs = [...new Set([...places.values()].map(({ blob }) => blob))]
  let bytes = 0
  for (const { length } of places.values()) bytes += length
  return { blobs: await tables.chunks.unreferenced(blobs), bytes }
}
