import type { DeviceId } from '@warren/identity'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId } from '../protocol/ids.ts'
import type { FileVersion, Operation } from '../protocol/operation.ts'
import { isInside, parentOf, type SpacePath } from '../protocol/paths.ts'

/** A version of a file and who wrote it when. */
export interface VersionRecord {
  version: FileVersion
  author: { account: AccountId; device: DeviceId }
  writtenAtMs: number
  /** Sequence number of the entry. */
  sequence: number
}

export interface FileNode {
  kind: 'file'
  /** The newest is last. A deleted file keeps its versions, so that it can be restored. */
  versions: VersionRecord[]
  deleted: boolean
}

export interface FolderNode {
  kind: 'folder'
  /** Versions of a deleted file that was here before: it is that file again when the folder goes. */
  former?: readonly VersionRecord[]
}

export type TreeNode = FolderNode | FileNode

/** What a space holds: its name, and every path that is or was. */
export interface Tree {
  name: string
  nodes: Map<SpacePath, TreeNode>
}

export function emptyTree(): Tree {
  return { name: '', nodes: new Map() }
}

function refuse(path: string, why: string): never {
  throw new VaultError('vault/conflict', `${JSON.stringify(path)} ${why}`)
}

/** The node at a path, unless it was deleted. The space itself is a folder. */
export function nodeAt(tree: Tree, path: SpacePath): TreeNode | undefined {
  if (path === '') return { kind: 'folder' }
  const node = tree.nodes.get(path)
  return node?.kind === 'file' && node.deleted ? undefined : node
}

/** Puts a node where there is none that is not deleted. What was deleted there keeps its versions. */
function place(tree: Tree, path: SpacePath, node: TreeNode): void {
  const there = tree.nodes.get(path)
  const former = there?.kind === 'file' ? there.versions : (there?.former ?? [])
  if (node.kind === 'file') tree.nodes.set(path, { ...node, versions: [...former, ...node.versions] })
  else tree.nodes.set(path, former.length === 0 ? { kind: 'folder' } : { kind: 'folder', former })
}

/** Takes a folder away; gives its place back to the deleted file that was there before. */
function dropFolder(tree: Tree, path: SpacePath, { former }: FolderNode): void {
  if (former === undefined) tree.nodes.delete(path)
  else tree.nodes.set(path, { kind: 'file', versions: [...former], deleted: true })
}

function makeFolders(tree: Tree, path: SpacePath): void {
  if (path === '') return
  const node = nodeAt(tree, path)
  if (node?.kind === 'folder') return
  if (node?.kind === 'file') refuse(path, 'is a file')
  makeFolders(tree, parentOf(path))
  place(tree, path, { kind: 'folder' })
}

function move(tree: Tree, from: SpacePath, to: SpacePath): void {
  const node = nodeAt(tree, from)
  if (node === undefined) refuse(from, 'does not exist')
  if (nodeAt(tree, to) !== undefined) refuse(to, 'exists')
  if (isInside(to, from)) refuse(from, 'cannot be moved into itself')
  makeFolders(tree, parentOf(to))
  const moved = [...tree.nodes].filter(([path]) => path === from || isInside(path, from))
  for (const [path, child] of moved)
    if (child.kind === 'folder') dropFolder(tree, path, child)
    else tree.nodes.delete(path)
  for (const [path, child] of moved) place(tree, (to + path.slice(from.length)) as SpacePath, child)
}

function remove(tree: Tree, path: SpacePath): void {
  if (nodeAt(tree, path) === undefined) refuse(path, 'does not exist')
  for (const [other, node] of tree.nodes) {
    if (other !== path && !isInside(other, path)) continue
    if (node.kind === 'file') node.deleted = true
    else dropFolder(tree, other, node)
  }
}

function addVersion(tree: Tree, path: SpacePath, record: VersionRecord): void {
  const node = tree.nodes.get(path)
  if (node?.kind === 'folder') refuse(path, 'is a folder')
  makeFolders(tree, parentOf(path))
  if (node === undefined) tree.nodes.set(path, { kind: 'file', versions: [record], deleted: false })
  else {
    node.versions.push(record)
    node.deleted = false
  }
}

/** Changes the tree. Throws VaultError `vault/conflict` for an operation that does not fit it. */
export function applyOperation(
  tree: Tree,
  operation: Operation,
  written: Omit<VersionRecord, 'version'>,
): void {
  switch (operation.kind) {
    case 'name':
      tree.name = operation.name
      break
    case 'folder':
      makeFolders(tree, operation.path)
      break
    case 'file':
      addVersion(tree, operation.path, { version: operation.version, ...written })
      break
    case 'move':
      move(tree, operation.from, operation.to)
      break
    case 'delete':
      remove(tree, operation.path)
      break
    default:
      operation satisfies never
  }
}

/** The children of a folder that are not deleted, by name. */
export function childrenOf(tree: Tree, folder: SpacePath): [SpacePath, TreeNode][] {
  return [...tree.nodes]
    .filter(([path, node]) => parentOf(path) === folder && !(node.kind === 'file' && node.deleted))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Everything below a folder that is not deleted, parents before children. */
export function everythingIn(tree: Tree, folder: SpacePath): [SpacePath, TreeNode][] {
  return [...tree.nodes]
    .filter(([path, node]) => isInside(path, folder) && !(node.kind === 'file' && node.deleted))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function newestVersion(node: FileNode): VersionRecord {
  return node.versions.at(-1) as VersionRecord
}
