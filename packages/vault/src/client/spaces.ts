import { AeadError } from '@warren/primitives/aead'
import { equalBytes } from '@warren/primitives/bytes'
import type { Secret } from '@warren/primitives/secret'
import { DecodeError } from '@warren/primitives/wire'
import { epochKeyContext } from '../protocol/contexts.ts'
import { isEpochKey, openPreviousKey } from '../protocol/epoch-keys.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId, SpaceId } from '../protocol/ids.ts'
import type { Head, SignedLogEntry } from '../protocol/log-entry.ts'
import { type Operation, openOperations } from '../protocol/operation.ts'
import { decodeSpaceChange } from '../protocol/space-entry.ts'
import { applySpaceEntry, currentEpoch, type SpaceState } from '../protocol/space-state.ts'
import { fetchAfter } from './accounts.ts'
import { openAnswer } from './answers.ts'
import { asAnswer, decodeBytes } from './api.ts'
import type { Session } from './session.ts'
import { applyOperation, emptyTree, type Tree } from './tree.ts'

/** A space as this device sees it: what everybody sees, and what only its members do. */
export interface Space {
  readonly state: SpaceState
  /** Changed in place when the space is followed further. */
  readonly tree: Tree
  /** Epoch keys by number. */
  readonly keys: Map<number, Secret>
  /** Entries whose sealed part was damaged or made no sense: shown by `verify`, and otherwise passed over. */
  readonly ignored: number[]
}

const record = (id: SpaceId) => `space-${id}`
/** Kept apart: sharing a space of 100 000 files needs no look at its tree. The number says which one goes with a space. */
const treeRecord = (id: SpaceId, sequence: number) => `tree-${id}-${sequence}`

/** A space on the disk, without its tree. `treeSequence`: the entry up to which the tree was followed. */
interface SpaceRecord {
  state: SpaceState
  keys: Map<number, Secret>
  ignored: number[]
  name: string
  treeSequence: number
}

/** A tree whose name is known, and whose nodes are read when they are first looked at. */
class RememberedTree implements Tree {
  name: string
  #nodes: Tree['nodes'] | (() => Tree)

  constructor(name: string, nodes: Tree['nodes'] | (() => Tree)) {
    this.name = name
    this.#nodes = nodes
  }

  get nodes(): Tree['nodes'] {
    if (typeof this.#nodes === 'function') this.#nodes = this.#nodes().nodes
    return this.#nodes
  }
}

/** A space, and the entry up to which its tree was followed. */
export interface RememberedSpace extends Space {
  readonly treeSequence: number
}
/** Names of the spaces that this device has opened: to find one by name without opening all. */
const NAMES = 'space-names'

/** Asks the service for the newest epoch's key and opens the older ones with it. */
async function epochKeys(
  session: Session,
  state: SpaceState,
  known: Map<number, Secret>,
): Promise<Map<number, Secret>> {
  const newest = currentEpoch(state)
  if (known.has(newest.number)) return known
  const keys = new Map(known)
  const suite = await session.suite()
  const { capsule } = await session.api.epochKey(state.id, newest.number)
  let key = openAnswer('the vault gave a capsule that does not open as the key of this space', () =>
    suite.decapsulate(
      session.device.secrets.encryptionKey,
      decodeBytes(capsule),
      epochKeyContext(state.id, newest.number),
    ),
  )
  for (let number = newest.number; ; number--) {
    const epoch = state.epochs[number]
    if (epoch === undefined || !isEpochKey(key, epoch.keyCheck))
      throw new VaultError('vault/log', `the vault gave a key that is not that of epoch ${number}`)
    keys.set(number, key)
    if (number === 0 || keys.has(number - 1)) return keys
    const newer = key
    key = openAnswer(`space log: epoch ${number} does not hold the key of the one before`, () =>
      openPreviousKey(newer, epoch.previousKey, state.id, number),
    )
  }
}

/** The operations inside an entry; undefined for an entry of another kind, or one that does not open. */
function operationsOf(
  entry: SignedLogEntry,
  space: SpaceId,
  keys: ReadonlyMap<number, Secret>,
): Operation[] | undefined | 'damaged' {
  const change = decodeSpaceChange(entry.unverified.kind, entry.unverified.body)
  if (change.kind !== 'operations') return undefined
  const key = keys.get(change.epoch)
  if (key === undefined) return 'damaged'
  try {
    return openOperations(change.sealed, key, space, change.epoch, change.salt)
  } catch (error) {
    if (error instanceof AeadError || error instanceof DecodeError || error instanceof VaultError)
      return 'damaged'
    throw error
  }
}

function replay(space: Space, entries: readonly SignedLogEntry[]): void {
  for (const entry of entries) {
    const { author, writtenAtMs, sequence } = entry.unverified
    const operations = operationsOf(entry, space.state.id, space.keys)
    if (operations === undefined) continue
    if (operations === 'damaged') space.ignored.push(sequence)
    else
      for (const operation of operations) {
        try {
          applyOperation(space.tree, operation, { author, writtenAtMs, sequence })
        } catch (error) {
          if (!(error instanceof VaultError)) throw error
          // Signed by a member, but not possible where it stands: everybody passes over it alike.
          if (space.ignored.at(-1) !== sequence) space.ignored.push(sequence)
        }
      }
  }
}

/** The authors' accounts must be known before their signatures can be checked. */
async function loadAuthors(session: Session, entries: readonly SignedLogEntry[]): Promise<void> {
  for (const { unverified } of entries) {
    const { account, device } = unverified.author
    const known = await session.accounts.account(account)
    if (!known.devices.has(device)) await session.accounts.account(account, true)
  }
}

/** What this device knows before it asks: entries that it has just written, and the head that they follow. */
interface Own {
  after: Head
  entries: readonly SignedLogEntry[]
}

/**
 * Follows a space's log to its end and opens what this device may read. Calls of one session take turns. `own` need not
 * be fetched again: a service that took it in and then shows another history is found out the next time.
 */
export function openSpace(session: Session, id: SpaceId, own?: Own): Promise<Space> {
  const turn = (session.turns.get(id) ?? Promise.resolve()).then(() => followSpace(session, id, own))
  session.turns.set(
    id,
    turn.catch(() => undefined),
  )
  return turn
}

async function recall(session: Session, id: SpaceId): Promise<RememberedSpace | undefined> {
  const space = await session.state.read<SpaceRecord>(record(id))
  const tree = space && (await session.state.readLater<Tree>(treeRecord(id, space.treeSequence)))
  return tree && { ...space, tree: new RememberedTree(space.name, tree) }
}

async function followSpace(session: Session, id: SpaceId, own?: Own): Promise<Space> {
  const remembered = session.spaces.get(id) ?? (await recall(session, id))
  const head = remembered?.state.head
  const isNext = own !== undefined && head !== undefined && equalBytes(head.hash, own.after.hash)
  const entries = isNext ? own.entries : await fetchAfter(session.api, { kind: 'space', id }, head)
  if (remembered !== undefined && entries.length === 0) {
    session.spaces.set(id, remembered)
    return remembered
  }
  await loadAuthors(session, entries)
  let state = remembered?.state
  for (const entry of entries) {
    const before: SpaceState | undefined = state
    state = asAnswer(() =>
      applySpaceEntry(before, entry, { account: (other: AccountId) => session.accounts.get(other) }),
    )
  }
  if (state === undefined) throw new VaultError('vault/not-found', `the vault has no space ${id}`)
  if (state.id !== id) throw new VaultError('vault/log', `the vault sent the log of another space than ${id}`)
  const keys = await epochKeys(session, state, remembered?.keys ?? new Map())
  const ignored = remembered?.ignored ?? []
  const changesTree = entries.some(
    ({ unverified }) => decodeSpaceChange(unverified.kind, unverified.body).kind === 'operations',
  )
  if (remembered !== undefined && !changesTree)
    return remember(session, { ...remembered, state, keys, ignored }, remembered)
  const tree = remembered?.tree ?? emptyTree()
  const space: RememberedSpace = { state, keys, ignored, tree, treeSequence: state.head.sequence }
  replay(space, entries)
  return remember(session, space, remembered)
}

/** First the new tree, then the record that names it, then the old tree goes: a crash leaves one or the other. */
async function remember(
  session: Session,
  space: RememberedSpace,
  before: RememberedSpace | undefined,
): Promise<Space> {
  const { state, keys, ignored, tree, treeSequence } = space
  const isNewTree = treeSequence !== before?.treeSequence
  session.spaces.set(state.id, space)
  const { name } = tree
  if (isNewTree) {
    const whole: Tree = { name, nodes: tree.nodes }
    await session.state.write(treeRecord(state.id, treeSequence), whole)
  }
  const kept: SpaceRecord = { state, keys, ignored, name, treeSequence }
  await session.state.write(record(state.id), kept)
  if (isNewTree && before !== undefined) await session.state.remove(treeRecord(state.id, before.treeSequence))
  if (isNewTree) {
    const names = await knownNames(session)
    if (names.get(state.id) !== name) await session.state.write(NAMES, names.set(state.id, name))
  }
  return space
}

async function knownNames(session: Session): Promise<Map<SpaceId, string>> {
  return (await session.state.read<Map<SpaceId, string>>(NAMES)) ?? new Map<SpaceId, string>()
}

/** Undefined where no chain of keys leads here: the share has ended, or its keys wait to be made anew. */
async function openIfServed(session: Session, id: SpaceId): Promise<Space | undefined> {
  try {
    return await openSpace(session, id)
  } catch (error) {
    if (error instanceof VaultError && error.code === 'vault/no-chain') return undefined
    throw error
  }
}

/** Every space that this device can read; `onUnreadable` is told of those that it may and cannot. */
export async function openSpaces(
  session: Session,
  onUnreadable: (id: SpaceId) => void = () => undefined,
): Promise<Space[]> {
  const { spaces } = await session.api.spaces()
  const opened: Space[] = []
  for (const { id } of spaces) {
    const space = await openIfServed(session, id as SpaceId)
    if (space === undefined) onUnreadable(id as SpaceId)
    else opened.push(space)
  }
  return opened
}

/** The name by which this account speaks of a space: with its owner's behind it where two have the same. */
export async function findSpace(session: Session, typed: string): Promise<Space> {
  const name = typed.normalize('NFC')
  const [plain = '', ownerName] = name.split('@', 2)
  const names = await knownNames(session)
  const { spaces } = await session.api.spaces()
  const matches: Space[] = []
  let unreadable = 0
  for (const { id: text } of spaces) {
    const id = text as SpaceId
    // A space keeps the name that it was made with, so one that is known by another needs no look.
    if (id !== name && (names.get(id) ?? plain) !== plain) continue
    const space = await openIfServed(session, id)
    if (space === undefined) unreadable++
    if (space === undefined) continue
    if (id !== name && (names.get(id) ?? space.tree.name) !== plain) continue
    const owner = await session.accounts.account(space.state.owner)
    if (ownerName === undefined || owner.name === ownerName) matches.push(space)
  }
  const mine = matches.filter((space) => space.state.owner === session.account)
  const [only, ...others] = ownerName === undefined && mine.length === 1 ? mine : matches
  if (only === undefined && unreadable > 0)
    throw new VaultError(
      'vault/no-chain',
      `there is no space ${JSON.stringify(name)} that this device can read: a share has ended, or its owner has to run \`warren sync\``,
    )
  if (only === undefined) throw new VaultError('vault/not-found', `there is no space ${JSON.stringify(name)}`)
  if (others.length > 0)
    throw new VaultError(
      'vault/conflict',
      `there are several spaces ${JSON.stringify(name)}: say whose, as ${plain}@OWNER`,
    )
  return only
}
