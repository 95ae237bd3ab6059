import { type DeviceId, deviceId, skeletons } from '@warren/identity'
import { equalBytes } from '@warren/primitives/bytes'
import {
  type AccountId,
  type AccountState,
  accountIds,
  applyAccountEntry,
  applySpaceEntry,
  decodeAccountChange,
  decodeLogEntry,
  decodeSpaceChange,
  type Epoch,
  epochKeyContext,
  nodeIdOf,
  type OwnerKeys,
  ownerKeysContext,
  primaryOf,
  type SignedLogEntry,
  type SpaceId,
  type SpaceState,
  spaceIds,
} from '../../protocol/index.ts'
import { DEVICE, type KeyGraph, RECOVERY_IN, RECOVERY_OUT, SHARE } from '../reencryptor/key-graph.ts'
import type { ServiceSuite } from '../reencryptor/work.ts'
import type { LogName } from '../store/store.ts'
import { type Caller, type Plan, refuse } from './plan.ts'

export interface RequestedAppend {
  log: LogName
  /** Undefined for a new log. */
  head: Uint8Array | undefined
  entries: readonly Uint8Array[]
}

interface Context {
  suite: Pick<ServiceSuite, 'checkPossession'>
  graph: KeyGraph
}

/**
 * Follows the new entries with the protocol's own rules, and adds what only the service can see: the caller wrote
 * them, a device or name exists once, capsules fit the keys they are for, and what a removal takes with it.
 */
export function planAppend(plan: Plan, caller: Caller, append: RequestedAppend, context: Context): void {
  const [kind, id] = append.log.split('/') as ['account' | 'space', string]
  const state = kind === 'account' ? plan.account(accountIds.parse(id)) : plan.space(spaceIds.parse(id))
  const atHead =
    state === undefined
      ? append.head === undefined
      : append.head !== undefined && equalBytes(state.head.hash, append.head)
  if (!atHead) refuse('vault/conflict', 'the log has moved on: read it and try again')

  for (const encoded of append.entries) {
    const entry = decodeLogEntry(encoded)
    const { author } = entry.unverified
    if (author.device !== caller.device || (caller.kind === 'device' && author.account !== caller.account))
      refuse('vault/forbidden', 'an entry is by another device than the one that sends it')
    if (kind === 'account') accountEntry(plan, accountIds.parse(id), entry, context)
    else spaceEntry(plan, spaceIds.parse(id), entry, context)
  }
  const after = kind === 'account' ? plan.account(accountIds.parse(id)) : plan.space(spaceIds.parse(id))
  if (after !== undefined) plan.appends.push({ log: append.log, entries: append.entries, head: after.head })
}

function accountEntry(plan: Plan, id: AccountId, entry: SignedLogEntry, { suite, graph }: Context): void {
  const before = plan.account(id)
  const state = applyAccountEntry(before, entry, {
    checkPossession: (publicKey, proof, bound) => suite.checkPossession(publicKey, proof, bound),
    account: (other) => plan.account(other),
  })
  if (state.id !== id) refuse('vault/forbidden', 'an entry of another log')
  plan.accounts.set(id, state)
  plan.forgetAccounts.add(id)
  const change = decodeAccountChange(entry.unverified.kind, entry.unverified.body)
  switch (change.kind) {
    case 'genesis':
      plan.newNames.push({ account: id, skeletons: skeletons(state.name) })
      plan.newDevices.push({ account: id, device: deviceId(change.device.identity) })
      break
    case 'recovered':
      plan.recovered = { account: id, setup: change.setup }
      plan.newDevices.push({ account: id, device: deviceId(change.device.identity) })
      break
    case 'device-added':
      plan.newDevices.push({ account: id, device: deviceId(change.device.identity) })
      break
    case 'device-removed':
      dropDeviceEdges(plan, state, change.device, graph)
      break
    case 'recovery-set-up':
      dropOldSetups(plan, state, graph)
      plan.newSetup = state
      break
    case 'primary-changed':
      break
    default:
      change satisfies never
  }
}

/**
 * Edges to a removed device. Where others go on from it (it was the primary once) they stay for what is encrypted
 * until it is refreshed: the device itself is served nothing any more.
 */
function dropDeviceEdges(plan: Plan, state: AccountState, device: DeviceId, graph: KeyGraph): void {
  const node = state.devices.get(device)?.node
  if (node === undefined || graph.edgesFrom(node).length > 0) return
  for (const id of graph.edgesTo(node)) if (graph.kindOf(id) === DEVICE) plan.edgesOut.add(id)
}

/** Outgoing recovery keys of setups before this one, but for those that have brought the account back. */
function dropOldSetups(plan: Plan, state: AccountState, graph: KeyGraph): void {
  plan.packagesOut.add(state.id)
  const used = new Set<string>()
  const nodes = [...state.devices.values()].map((device) => device.node)
  for (const node of nodes)
    for (const id of graph.edgesTo(node))
      if (graph.kindOf(id) === RECOVERY_IN) used.add(graph.setupOf(id) ?? '')
  for (const node of nodes)
    for (const id of graph.edgesFrom(node))
      if (graph.kindOf(id) === RECOVERY_OUT && !used.has(graph.setupOf(id) ?? '')) plan.edgesOut.add(id)
}

function spaceEntry(plan: Plan, id: SpaceId, entry: SignedLogEntry, { graph }: Context): void {
  const before = plan.space(id)
  const state = applySpaceEntry(before, entry, { account: (other) => plan.account(other) })
  if (state.id !== id) refuse('vault/forbidden', 'an entry of another log')
  plan.spaces.set(id, state)
  const change = decodeSpaceChange(entry.unverified.kind, entry.unverified.body)
  switch (change.kind) {
    case 'created':
    case 'epoch':
      planEpoch(plan, state, change.epoch)
      break
    case 'owner-keys':
      planOwnerKeys(plan, state, change.epoch, change.ownerKeys)
      break
    case 'member-in':
      if (plan.account(change.account) === undefined) refuse('vault/not-found', 'there is no such account')
      break
    case 'member-out':
      plan.forgetMembers.push({ space: id, account: change.account })
      for (const epoch of state.epochs)
        for (const edge of graph.edgesFrom(nodeIdOf(epoch.publicKey)))
          if (graph.kindOf(edge) === SHARE && graph.partyOf(edge) === change.account) plan.edgesOut.add(edge)
      break
    case 'operations':
      break
    default:
      change satisfies never
  }
}

function planEpoch(plan: Plan, state: SpaceState, epoch: Epoch): void {
  plan.checks.push({
    kind: 'capsule',
    capsule: epoch.capsule,
    publicKey: epoch.publicKey,
    context: epochKeyContext(state.id, epoch.number),
  })
  planOwnerKeys(plan, state, epoch.number, epoch.ownerKeys)
}

function planOwnerKeys(plan: Plan, state: SpaceState, epoch: number, keys: OwnerKeys): void {
  const owner = plan.needAccount(state.owner)
  if (!equalBytes(primaryOf(owner).identity.encryptionKey, keys.recipient))
    refuse('vault/forbidden', "the space's keys are not for its owner's primary device")
  plan.forgetMembers.push({ space: state.id, account: state.owner })
  plan.checks.push({
    kind: 'capsule',
    capsule: keys.capsule,
    publicKey: keys.recipient,
    context: ownerKeysContext(state.id, epoch),
  })
}
