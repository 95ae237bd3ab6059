import { VaultError } from '../protocol/errors.ts'
import type { Operation } from '../protocol/operation.ts'
import { isInside, type SpacePath } from '../protocol/paths.ts'
import type { Session } from './session.ts'
import type { Space } from './spaces.ts'
import type { FileNode } from './tree.ts'
import { writeOperations } from './write-space.ts'

/** The file at a path, deleted or not. Throws VaultError `vault/not-found`. */
export function fileWithVersions(space: Space, path: SpacePath): FileNode {
  const node = space.tree.nodes.get(path)
  if (node?.kind === 'file') return node
  const why = node === undefined ? 'is not there, and never was' : 'is a folder'
  throw new VaultError('vault/not-found', `${JSON.stringify(path)} ${why}`)
}

/**
 * Makes an old version of a file the newest one (`number` counts from 1), or without it brings back what was deleted at
 * or below a path. Nothing is sent again: the new entry points to the chunks that are there. Returns the paths.
 */
export async function restore(
  session: Session,
  space: Space,
  path: SpacePath,
  number: number | undefined,
): Promise<SpacePath[]> {
  const operations: Extract<Operation, { kind: 'file' }>[] = []
  if (number !== undefined) {
    const record = fileWithVersions(space, path).versions[number - 1]
    if (record === undefined)
      throw new VaultError('vault/not-found', `${JSON.stringify(path)} has no version ${number}`)
    operations.push({ kind: 'file', path, version: record.version })
  } else
    for (const [other, node] of space.tree.nodes) {
      const version = node.kind === 'file' && node.deleted ? node.versions.at(-1)?.version : undefined
      if (version !== undefined && (other === path || isInside(other, path)))
        operations.push({ kind: 'file', path: other, version })
    }
  if (operations.length === 0)
    throw new VaultError('vault/not-found', `nothing was deleted at ${JSON.stringify(path)}`)
  const chunks = operations.flatMap((operation) => [...operation.version.chunks])
  await writeOperations(session, space, operations, { chunks })
  return operations.map((operation) => operation.path)
}
