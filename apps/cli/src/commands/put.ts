import { statSync } from 'node:fs'
import { systemClock } from '@warren/primitives/clock'
import { findSpace, nodeAt, type Space, upload, writeOperations } from '@warren/vault/client'
import { joinPath, type SpacePath } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { EXIT, UsageError } from '../exit.ts'
import { findSources, type LocalTree, localName, stdinSource } from '../files/local-source.ts'
import { formatBytes, formatSeconds, plural } from '../format.ts'
import { ProgressMeter } from '../progress.ts'
import { parseRemotePath, type RemotePath } from '../remote-path.ts'

type Flags = DeviceFlags & { force?: true }

/** Where one argument goes: into a folder, or to the very name that was given. */
function placeOf(
  local: string,
  remote: RemotePath,
  space: Space,
  several: boolean,
  isFile: boolean,
): SpacePath {
  const existing = nodeAt(space.tree, remote.path)
  const into = remote.isFolder || several || (isFile && existing?.kind === 'folder')
  if (!into) return remote.path
  if (local === '-') throw new UsageError('standard input has no name: give one, as SPACE/folder/name')
  return joinPath(remote.path, localName(local))
}

function collect(locals: readonly string[], remote: RemotePath, space: Space): LocalTree {
  const tree: LocalTree = { sources: [], folders: [], bytes: 0, skipped: [], places: new Map() }
  const several = locals.length > 1
  for (const local of locals) {
    if (local === '-') {
      const path = placeOf(local, remote, space, several, true)
      tree.sources.push(stdinSource(path, systemClock.now()))
      continue
    }
    findSources(local, placeOf(local, remote, space, several, isFile(local)), tree)
  }
  return tree
}

function isFile(local: string): boolean {
  try {
    return statSync(local, { throwIfNoEntry: false })?.isFile() === true
  } catch {
    // What is wrong with it is said when it is listed.
    return false
  }
}

async function put(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const { session, terminal } = context
  const target = args.at(-1)
  const locals = args.slice(0, -1)
  if (target === undefined || locals.length === 0)
    throw new UsageError('put: name what to store, and where: warren put FILE… SPACE/folder/')
  const remote = parseRemotePath(target)
  const before = await findSpace(session, remote.space)
  const tree = collect(locals, remote, before)
  const total = tree.sources.some((source) => source.bytes === undefined) ? undefined : tree.bytes
  const meter = new ProgressMeter(terminal, systemClock, 'storing', total)
  const outcomes = { stored: 0, unchanged: 0 }
  let space = await upload(session, before, tree.sources, {
    force: flags.force === true,
    progress: {
      bytes: (count) => meter.addBytes(count),
      file: (_path, outcome) => {
        outcomes[outcome]++
        meter.addFile()
      },
    },
  })
  const folders = tree.folders.filter((path) => nodeAt(space.tree, path) === undefined)
  if (folders.length > 0)
    space = await writeOperations(
      session,
      space,
      folders.map((path) => ({ kind: 'folder', path })),
    )
  meter.done()
  for (const path of tree.skipped) terminal.say(`not stored, for it is a link or a special file: ${path}`)
  if (flags.json === true)
    terminal.json({
      schema: 'warren.put/1',
      space: space.tree.name,
      files: outcomes.stored,
      unchanged: outcomes.unchanged,
      bytes: meter.bytes,
      skipped: tree.skipped,
      ms: Math.round(meter.elapsedMs),
    })
  else
    terminal.say(
      `Stored ${plural(outcomes.stored, 'file')}, ${outcomes.unchanged} unchanged, ${formatBytes(meter.bytes)} in ${formatSeconds(meter.elapsedMs / 1000)}.`,
    )
  return tree.skipped.length > 0 ? EXIT.partly : EXIT.done
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument(
      '<files...>',
      'files and folders, or - for standard input; and last the place, SPACE/folder/name',
    )
    .option('--force', 'read and store also what has the size and time of what is there')
    .addHelpText(
      'after',
      '\nA place with a slash behind, or a space itself, is a folder to put things into; any other is the name that the thing gets. What is unchanged by size and time is not sent again; an upload that broke off goes on where it was.',
    )
    .action((args: string[], flags: Flags) => choose(asDevice(flags, (context) => put(context, args, flags))))
}
