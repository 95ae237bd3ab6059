import {
  childrenOf,
  everythingIn,
  findSpace,
  newestVersion,
  nodeAt,
  type Session,
  type Space,
  type TreeNode,
} from '@warren/vault/client'
import { nameOf, type SpacePath, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { readableSpaces } from '../device/readable-spaces.ts'
import { asDevice } from '../device/with-session.ts'
import { formatBytes, formatTable, formatTime, plural } from '../format.ts'
import { parseRemotePath } from '../remote-path.ts'
import type { Terminal } from '../terminal.ts'

type Flags = DeviceFlags & { recursive?: true; deleted?: true }

async function describeSpace(session: Session, space: Space) {
  const { state, tree } = space
  const owner = await session.accounts.account(state.owner)
  const files = everythingIn(tree, '' as SpacePath).flatMap(([, node]) =>
    node.kind === 'file' ? [node] : [],
  )
  return {
    name: tree.name,
    id: state.id,
    owner: owner.name,
    role: state.owner === session.account ? 'owner' : (state.members.get(session.account) ?? 'none'),
    members: state.members.size,
    files: files.length,
    bytes: files.reduce((sum, node) => sum + newestVersion(node).version.bytes, 0),
  }
}

async function listSpaces(terminal: Terminal, session: Session, flags: Flags): Promise<void> {
  const rows = []
  const { spaces, unreadable } = await readableSpaces(session, terminal)
  for (const space of spaces) rows.push(await describeSpace(session, space))
  rows.sort((a, b) => (a.name < b.name ? -1 : 1))
  if (flags.json === true) terminal.json({ schema: 'warren.ls/1', spaces: rows, unreadable })
  else
    for (const line of formatTable(
      rows.map((row) => [
        `${row.name}/`,
        row.owner,
        row.role,
        plural(row.files, 'file'),
        formatBytes(row.bytes),
      ]),
    ))
      terminal.print(line)
}

interface Entry {
  path: SpacePath
  name: string
  kind: 'file' | 'folder'
  bytes?: number
  modified?: string
  executable?: boolean
  versions?: number
  deleted?: boolean
}

function describeNode(path: SpacePath, node: TreeNode): Entry {
  if (node.kind === 'folder') return { path, name: nameOf(path), kind: 'folder' }
  const { version } = newestVersion(node)
  return {
    path,
    name: nameOf(path),
    kind: 'file',
    bytes: version.bytes,
    modified: new Date(version.modifiedMs).toISOString(),
    executable: version.executable,
    versions: node.versions.length,
    ...(node.deleted ? { deleted: true } : {}),
  }
}

function entriesAt(space: Space, path: SpacePath, flags: Flags): Entry[] {
  const { tree } = space
  const node = nodeAt(tree, path)
  if (flags.deleted === true)
    return [...tree.nodes]
      .filter(
        ([other, entry]) =>
          entry.kind === 'file' &&
          entry.deleted &&
          (path === '' || other.startsWith(`${path}/`) || other === path),
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([other, entry]) => describeNode(other, entry))
  if (node === undefined)
    throw new VaultError('vault/not-found', `there is no ${JSON.stringify(path)} in ${space.tree.name}`)
  if (node.kind === 'file') return [describeNode(path, node)]
  const found = flags.recursive === true ? everythingIn(tree, path) : childrenOf(tree, path)
  return found.map(([other, entry]) => describeNode(other, entry))
}

async function listPath(terminal: Terminal, session: Session, text: string, flags: Flags): Promise<void> {
  const remote = parseRemotePath(text)
  const space = await findSpace(session, remote.space)
  const entries = entriesAt(space, remote.path, flags)
  if (flags.json === true) {
    terminal.json({ schema: 'warren.ls/1', space: space.tree.name, path: remote.path, entries })
    return
  }
  const whole = flags.recursive === true || flags.deleted === true
  const rows = entries.map((entry) => [
    entry.kind === 'folder' ? '' : formatBytes(entry.bytes ?? 0),
    entry.modified === undefined ? '' : formatTime(Date.parse(entry.modified)),
    `${whole ? entry.path : entry.name}${entry.kind === 'folder' ? '/' : ''}`,
  ])
  for (const line of formatTable(rows)) terminal.print(line)
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('[path]', 'SPACE, or SPACE/folder; without it the spaces are listed')
    .option('-R, --recursive', 'with everything below')
    .option('--deleted', 'the files that were deleted and can be restored')
    .action((path: string | undefined, flags: Flags) =>
      choose(
        asDevice(flags, ({ terminal, session }) =>
          path === undefined
            ? listSpaces(terminal, session, flags)
            : listPath(terminal, session, path, flags),
        ),
      ),
    )
}
