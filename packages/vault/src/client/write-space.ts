import { base64urlText } from '@warren/primitives/encoding'
import type { CommitRequest } from '../protocol/api/messages.ts'
import { VaultError } from '../protocol/errors.ts'
import type { ChunkId } from '../protocol/ids.ts'
import { decodeLogEntry } from '../protocol/log-entry.ts'
import { type Operation, sealOperations } from '../protocol/operation.ts'
import { OPERATIONS_SALT_BYTES, type SpaceChange } from '../protocol/space-entry.ts'
import { currentEpoch, mayWrite } from '../protocol/space-state.ts'
import type { Session } from './session.ts'
import { openSpace, type Space } from './spaces.ts'
import { applyOperation, type Tree } from './tree.ts'
import { appendToSpace } from './write-log.ts'

const ATTEMPTS = 20
const LONGEST_WAIT_MS = 400

function copyOf(tree: Tree): Tree {
  const nodes = new Map(tree.nodes)
  for (const [path, node] of nodes)
    if (node.kind === 'file') nodes.set(path, { ...node, versions: [...node.versions] })
  return { name: tree.name, nodes }
}

/**
 * Appends to a space's log. When another device was quicker (409), follows the log and asks `build` again, so that
 * what is written always fits what it is written onto.
 */
export async function appendToSpaceLog(
  session: Session,
  space: Space,
  build: (space: Space) => Promise<{ changes: SpaceChange[]; with?: Partial<CommitRequest> }>,
): Promise<Space> {
  let current = space
  for (let attempt = 1; ; attempt++) {
    const { changes, with: more } = await build(current)
    const { account, device } = session
    const append = await appendToSpace(current.state.id, current.state.head, changes, {
      account,
      device,
      nowMs: session.clock.now(),
    })
    try {
      await session.api.commit({ ...more, appends: [append], space: current.state.id })
      const entries = append.entries.map((text) => decodeLogEntry(base64urlText.decode(text)))
      return await openSpace(session, current.state.id, { after: current.state.head, entries })
    } catch (error) {
      const beaten = error instanceof VaultError && error.code === 'vault/conflict'
      if (!beaten || attempt === ATTEMPTS) throw error
    }
    const [random = 0] = session.rng.bytes(1)
    await session.clock.sleep((random / 255) * Math.min(LONGEST_WAIT_MS, 20 * attempt), session.signal)
    current = await openSpace(session, current.state.id)
  }
}

/** Chunks that operations refer to; nothing is written before `durable` resolves. */
export interface Content {
  chunks: readonly ChunkId[]
  durable?: Promise<void>
}

/** Changes the tree of a space. Throws VaultError `vault/conflict` when an operation does not fit it. */
export async function writeOperations(
  session: Session,
  space: Space,
  operations: readonly Operation[],
  { chunks, durable }: Content = { chunks: [] },
): Promise<Space> {
  return appendToSpaceLog(session, space, async (current) => {
    if (!mayWrite(current.state, session.account))
      throw new VaultError('vault/forbidden', 'you may read this space, not change it')
    const epoch = currentEpoch(current.state).number
    const key = current.keys.get(epoch)
    if (key === undefined) throw new VaultError('vault/no-chain', 'this device has no key of this space')
    const trial = copyOf(current.tree)
    const written = {
      author: { account: session.account, device: session.device.id },
      writtenAtMs: session.clock.now(),
      sequence: current.state.head.sequence + 1,
    }
    for (const operation of operations) applyOperation(trial, operation, written)
    const salt = session.rng.bytes(OPERATIONS_SALT_BYTES)
    const sealed = sealOperations(operations, key, current.state.id, epoch, salt)
    await durable
    return { changes: [{ kind: 'operations', epoch, salt, sealed }], with: { chunks: [...chunks] } }
  })
}
