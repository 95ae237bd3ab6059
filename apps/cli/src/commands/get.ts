import { type Stats, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '@warren/primitives/clock'
import { WarrenError } from '@warren/primitives/errors'
import {
  type Download,
  download,
  everythingIn,
  fileWithVersions,
  findSpace,
  newestVersion,
  nodeAt,
  readFile,
  type Space,
} from '@warren/vault/client'
import { type FileVersion, nameOf, type SpacePath, VaultError } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { UsageError } from '../exit.ts'
import { byteRange } from '../files/byte-range.ts'
import { localError } from '../files/local-error.ts'
import { flushFolder, LocalFolder } from '../files/local-sink.ts'
import { formatBytes, formatSeconds, plural } from '../format.ts'
import { ProgressMeter } from '../progress.ts'
import { parseRemotePath, type RemotePath } from '../remote-path.ts'

type Flags = DeviceFlags & { range?: string; version?: string; yes?: true }

interface Wanted {
  local: string
  path: SpacePath
  version: FileVersion
}

function localStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw localError(path, error)
  }
}

function versionAt(space: Space, path: SpacePath, flags: Flags): FileVersion {
  if (flags.version !== undefined) {
    const version = fileWithVersions(space, path).versions[Number(flags.version) - 1]?.version
    if (version === undefined)
      throw new VaultError('vault/not-found', `${JSON.stringify(path)} has no version ${flags.version}`)
    return version
  }
  const node = nodeAt(space.tree, path)
  if (node === undefined)
    throw new VaultError('vault/not-found', `there is no ${JSON.stringify(path)} in ${space.tree.name}`)
  if (node.kind === 'folder')
    throw new UsageError(`${JSON.stringify(path)} is a folder: give a folder to put it into`)
  return newestVersion(node).version
}

async function toStdout({ session, terminal }: Context, remote: RemotePath, flags: Flags): Promise<void> {
  const space = await findSpace(session, remote.space)
  const version = versionAt(space, remote.path, flags)
  const { from, to } = byteRange(flags.range, version.bytes)
  for await (const bytes of readFile(session, space.state.id, remote.path, version, from, to))
    await terminal.data(bytes)
}

/** Lists what is to be fetched of one argument, with the place of each. */
function plan(space: Space, remote: RemotePath, target: string, several: boolean, flags: Flags) {
  const wanted: Wanted[] = []
  const folders: string[] = []
  const node = nodeAt(space.tree, remote.path)
  const existing = localStat(target)
  const isFolder = flags.version === undefined && node?.kind === 'folder'
  const slash = target.endsWith('/') || target === '.' || target === '..'
  const into = several || slash || (!isFolder && existing?.isDirectory() === true)
  const name = remote.path === '' ? space.tree.name : nameOf(remote.path)
  const local = into ? join(target, name) : target
  if (!isFolder) wanted.push({ local, path: remote.path, version: versionAt(space, remote.path, flags) })
  else {
    folders.push(local)
    const skip = remote.path === '' ? 0 : remote.path.length + 1
    for (const [path, child] of everythingIn(space.tree, remote.path)) {
      const place = join(local, ...path.slice(skip).split('/'))
      if (child.kind === 'folder') folders.push(place)
      else wanted.push({ local: place, path, version: newestVersion(child).version })
    }
  }
  return { wanted, folders, root: into ? target : isFolder ? local : resolve(local, '..') }
}

/** Files that are here already with the size and time of what is there are left; others are not written over unasked. */
function withoutUnchanged(wanted: readonly Wanted[], flags: Flags): Wanted[] {
  const rest: Wanted[] = []
  for (const item of wanted) {
    const here = localStat(item.local)
    if (here === undefined) rest.push(item)
    else if (
      here.isFile() &&
      here.size === item.version.bytes &&
      Math.trunc(here.mtimeMs) === item.version.modifiedMs
    )
      continue
    else if (flags.yes !== true)
      throw new WarrenError(
        'cli/exists',
        'conflict',
        `${item.local} is here already and is not the same: --yes writes over it`,
      )
    else rest.push(item)
  }
  return rest
}

async function toDisk(
  context: Context,
  remotes: readonly RemotePath[],
  target: string,
  flags: Flags,
): Promise<void> {
  const { session, terminal } = context
  const several = remotes.length > 1
  let files = 0
  let unchanged = 0
  let bytes = 0
  const started = systemClock.monotonic()
  for (const remote of remotes) {
    const space = await findSpace(session, remote.space)
    const { wanted, folders, root } = plan(space, remote, target, several, flags)
    const fetched = withoutUnchanged(wanted, flags)
    const folder = new LocalFolder(resolve(root))
    for (const place of folders) await folder.makeFolder(resolve(place))
    const meter = new ProgressMeter(
      terminal,
      systemClock,
      'fetching',
      fetched.reduce((sum, item) => sum + item.version.bytes, 0),
    )
    const downloads: Download[] = fetched.map(({ local, path, version }) => ({
      path,
      version,
      sink: () => folder.sink(resolve(local), version),
    }))
    await download(session, space.state.id, downloads, {
      bytes: (count) => meter.addBytes(count),
      file: () => meter.addFile(),
    })
    if (fetched.length > 0) await flushFolder(resolve(root))
    meter.done()
    files += meter.files
    bytes += meter.bytes
    unchanged += wanted.length - fetched.length
  }
  const ms = systemClock.monotonic() - started
  if (flags.json === true)
    terminal.json({ schema: 'warren.get/1', files, unchanged, bytes, ms: Math.round(ms) })
  else
    terminal.say(
      `Fetched ${plural(files, 'file')}, ${unchanged} here already, ${formatBytes(bytes)} in ${formatSeconds(ms / 1000)}.`,
    )
}

async function get(context: Context, args: readonly string[], flags: Flags): Promise<void> {
  const places = args.length > 1 ? args.slice(0, -1) : args
  const target = args.length > 1 ? (args.at(-1) ?? '.') : '.'
  const remotes = places.map(parseRemotePath)
  if (flags.version !== undefined && !/^[1-9]\d{0,8}$/.test(flags.version))
    throw new UsageError(`--version ${flags.version}: expected a number of \`warren versions\``)
  if (target === '-') {
    const [only, ...others] = remotes
    if (only === undefined || others.length > 0) throw new UsageError('standard output takes one file')
    if (flags.json === true) throw new UsageError('--json: standard output is taken by the file')
    return toStdout(context, only, flags)
  }
  if (flags.range !== undefined) throw new UsageError('--range goes to standard output: give - as the place')
  return toDisk(context, remotes, target, flags)
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument(
      '<paths...>',
      'SPACE, SPACE/file or SPACE/folder; and last the local place, or - for standard output',
    )
    .option(
      '--range <from-to>',
      'only these bytes, first and last included: 0-99, 100- or -10 for the last ten',
    )
    .option('--version <n>', 'this version of a file, as `warren versions` counts')
    .option('--yes', 'write over files that are here and differ')
    .addHelpText(
      'after',
      '\nWith one argument the place is the folder where you are. A place with a slash behind is a folder to put things into; any other is the name that the thing gets. A file appears when all of it was verified.',
    )
    .action((args: string[], flags: Flags) => choose(asDevice(flags, (context) => get(context, args, flags))))
}
