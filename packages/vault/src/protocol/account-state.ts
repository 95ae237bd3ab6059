import { checkAccountName, type DeviceId, type DeviceIdentity, deviceId } from '@warren/identity'
import { equalBytes } from '@warren/primitives/bytes'
import {
  decodeAccountChange,
  type EnrolledDevice,
  type Recovered,
  type RecoverySetup,
} from './account-entry.ts'
import { VaultError } from './errors.ts'
import { type AccountId, accountIdOf, type NodeId, nodeIdOf } from './ids.ts'
import {
  type Head,
  hashLogEntry,
  type LogEntry,
  NO_PREVIOUS,
  type SignedLogEntry,
  verifyLogEntry,
} from './log-entry.ts'
import { decodeApproval, verifyApproval } from './recovery.ts'

/** A device of an account, now or once. */
export interface AccountDevice {
  id: DeviceId
  identity: DeviceIdentity
  node: NodeId
  /** Sequence numbers of the entries that brought it in and took it out. */
  addedAt: number
  removedAt: number | undefined
}

/** What an account's verified log says. Never changed in place. */
export interface AccountState {
  id: AccountId
  name: string
  head: Head
  devices: ReadonlyMap<DeviceId, AccountDevice>
  primary: DeviceId
  recovery: RecoverySetup | undefined
}

/** What is outside an account's own log but decides whether an entry stands. */
export interface AccountContext {
  /** Checks the proof that comes with a device's re-encryption key; throws when it is wrong. */
  checkPossession(publicKey: Uint8Array, proof: Uint8Array, context: Uint8Array): void
  /** The verified state of a recovery user's account; undefined when it is not known. */
  account(id: AccountId): AccountState | undefined
}

function refuse(message: string): never {
  throw new VaultError('vault/log', `account log: ${message}`)
}

/** The device, if it belonged to the account when the log had `sequence` as its head. */
export function deviceAt(state: AccountState, id: DeviceId, sequence: number): AccountDevice | undefined {
  const device = state.devices.get(id)
  const belonged =
    device !== undefined &&
    device.addedAt <= sequence &&
    (device.removedAt === undefined || device.removedAt > sequence)
  return belonged ? device : undefined
}

/** The account's devices of today. */
export function currentDevices(state: AccountState): AccountDevice[] {
  return [...state.devices.values()].filter((device) => device.removedAt === undefined)
}

export function primaryOf(state: AccountState): AccountDevice {
  return state.devices.get(state.primary) ?? refuse('has no primary device')
}

function enrol(enrolled: EnrolledDevice, sequence: number, context: AccountContext): AccountDevice {
  const { identity, possession } = enrolled
  // Bound to the signing key, so that nobody enrols another's re-encryption key as her own.
  context.checkPossession(identity.encryptionKey, possession, identity.signingKey)
  return {
    id: deviceId(identity),
    identity,
    node: nodeIdOf(identity.encryptionKey),
    addedAt: sequence,
    removedAt: undefined,
  }
}

function withDevice(state: AccountState, device: AccountDevice): ReadonlyMap<DeviceId, AccountDevice> {
  if (state.devices.has(device.id)) refuse('a device is added twice')
  return new Map(state.devices).set(device.id, device)
}

function withoutDevice(devices: ReadonlyMap<DeviceId, AccountDevice>, id: DeviceId, sequence: number) {
  const device = devices.get(id)
  if (device === undefined || device.removedAt !== undefined)
    return refuse('removes a device that it does not have')
  return new Map(devices).set(id, { ...device, removedAt: sequence })
}

function checkRecovered(
  state: AccountState,
  change: Recovered,
  newDevice: DeviceId,
  context: AccountContext,
): void {
  const { recovery } = state
  if (recovery === undefined || recovery.id !== change.setup)
    return refuse('recovered under a setup that is not in force')
  const approvers = new Set<AccountId>()
  for (const encoded of change.approvals) {
    const signed = decodeApproval(encoded)
    const claimed = signed.unverified
    const approver = context.account(claimed.approver.account)
    const device =
      approver === undefined
        ? undefined
        : deviceAt(approver, claimed.approver.device, claimed.approverSequence)
    const approval = device === undefined ? undefined : verifyApproval(signed, device.identity.signingKey)
    if (approval === undefined) return refuse('an approval of its recovery is not signed by its user')
    if (
      approval.account !== state.id ||
      approval.setup !== recovery.id ||
      approval.newDevice !== newDevice ||
      !recovery.users.includes(approval.approver.account)
    )
      return refuse('an approval of its recovery is for something else')
    approvers.add(approval.approver.account)
  }
  if (approvers.size < recovery.threshold)
    refuse(`recovered with ${approvers.size} approvals, ${recovery.threshold} are needed`)
}

function begin(signed: SignedLogEntry, context: AccountContext): AccountState {
  const entry = signed.unverified
  const change = decodeAccountChange(entry.kind, entry.body)
  if (change.kind !== 'genesis') return refuse('does not begin with its set-up')
  const id = accountIdOf(entry.body)
  const device = enrol(change.device, 0, context)
  if (entry.log.kind !== 'account' || entry.log.id !== id)
    return refuse('its id is not that of its first entry')
  if (entry.author.account !== id || entry.author.device !== device.id)
    return refuse('is begun by another device')
  if (entry.sequence !== 0 || !equalBytes(entry.previous, NO_PREVIOUS))
    return refuse('its first entry is not the first')
  if (verifyLogEntry(signed, device.identity.signingKey) === undefined)
    return refuse('signature does not verify')
  return {
    id,
    name: checkAccountName(change.name),
    head: { sequence: 0, hash: hashLogEntry(signed.encoded) },
    devices: new Map([[device.id, device]]),
    primary: device.id,
    recovery: undefined,
  }
}

function advance(state: AccountState, signed: SignedLogEntry, context: AccountContext): AccountState {
  const claimed = signed.unverified
  if (claimed.log.kind !== 'account' || claimed.log.id !== state.id)
    return refuse('has an entry of another log')
  if (claimed.sequence !== state.head.sequence + 1 || !equalBytes(claimed.previous, state.head.hash))
    return refuse(`entry ${claimed.sequence} does not follow the one before`)
  const change = decodeAccountChange(claimed.kind, claimed.body)
  if (claimed.author.account !== state.id) return refuse('has an entry by another account')
  const head = { sequence: claimed.sequence, hash: hashLogEntry(signed.encoded) }

  if (change.kind === 'recovered') {
    const device = enrol(change.device, claimed.sequence, context)
    if (
      claimed.author.device !== device.id ||
      verifyLogEntry(signed, device.identity.signingKey) === undefined
    )
      return refuse('recovery is not signed by the new device')
    checkRecovered(state, change, device.id, context)
    const devices = withDevice(
      { ...state, devices: withoutDevice(state.devices, state.primary, claimed.sequence) },
      device,
    )
    return { ...state, head, devices, primary: device.id }
  }

  const author = deviceAt(state, claimed.author.device, state.head.sequence)
  const entry = author === undefined ? undefined : verifyLogEntry(signed, author.identity.signingKey)
  if (entry === undefined) return refuse('has an entry that none of its devices signed')
  return { ...applyChange(state, entry, change, context), head }
}

function applyChange(
  state: AccountState,
  entry: LogEntry,
  change: Exclude<ReturnType<typeof decodeAccountChange>, Recovered>,
  context: AccountContext,
): AccountState {
  const byPrimary = entry.author.device === state.primary
  switch (change.kind) {
    case 'genesis':
      return refuse('is set up twice')
    case 'device-added':
      // §4.3: the primary device is the intermediate authority that certifies secondary devices.
      if (!byPrimary) return refuse('a device was added by one that is not the primary')
      return { ...state, devices: withDevice(state, enrol(change.device, entry.sequence, context)) }
    case 'device-removed':
      if (change.device === state.primary) return refuse('its primary device was removed')
      if (!byPrimary && change.device !== entry.author.device)
        return refuse('a device was removed by another secondary')
      return { ...state, devices: withoutDevice(state.devices, change.device, entry.sequence) }
    case 'primary-changed':
      if (deviceAt(state, change.primary, state.head.sequence) === undefined)
        return refuse('its new primary is not its device')
      return { ...state, primary: change.primary }
    case 'recovery-set-up':
      if (change.setup.users.includes(state.id)) return refuse('it is its own recovery user')
      return { ...state, recovery: change.setup.users.length === 0 ? undefined : change.setup }
    default:
      return change satisfies never
  }
}

/** Follows one more entry, or the first. Throws VaultError `vault/log`, or DecodeError. */
export function applyAccountEntry(
  state: AccountState | undefined,
  signed: SignedLogEntry,
  context: AccountContext,
): AccountState {
  return state === undefined ? begin(signed, context) : advance(state, signed, context)
}
