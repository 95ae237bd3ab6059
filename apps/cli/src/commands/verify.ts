import { systemClock } from '@warren/primitives/clock'
import {
  compareWords,
  everythingIn,
  findSpace,
  rememberCompared,
  type Space,
  type VerifyReport,
  verifySpace,
  wordsWith,
} from '@warren/vault/client'
import type { SpacePath } from '@warren/vault/protocol'
import type { Command } from 'commander'
import type { Action } from '../command.ts'
import { addDeviceFlags, type DeviceFlags } from '../device/flags.ts'
import { readableSpaces } from '../device/readable-spaces.ts'
import { asDevice, type Context } from '../device/with-session.ts'
import { EXIT, UsageError } from '../exit.ts'
import { formatBytes, plural } from '../format.ts'
import { ProgressMeter } from '../progress.ts'
import { confirm } from '../prompt.ts'
import { parseSpaceName } from './share.ts'

type Flags = DeviceFlags & { content?: true; person?: string; words?: string; yes?: true }

function bytesOf(space: Space): number {
  let bytes = 0
  for (const [, node] of everythingIn(space.tree, '' as SpacePath))
    if (node.kind === 'file') for (const { version } of node.versions) bytes += version.bytes
  return bytes
}

function print(
  { terminal }: Context,
  { space, entries, ignored, versions, bytes, damaged }: VerifyReport,
): void {
  const content =
    versions + damaged.length > 0 ? `, ${plural(versions, 'version')} of ${formatBytes(bytes)}` : ''
  const verdict = ignored.length + damaged.length === 0 ? 'verified' : 'NOT in order'
  terminal.print(`${space.tree.name}: ${plural(entries, 'entry', 'entries')}${content}: ${verdict}`)
  for (const sequence of ignored)
    terminal.print(`${space.tree.name}: entry ${sequence} is damaged, and passed over by everybody`)
  for (const { path, version, reason } of damaged)
    terminal.print(`${space.tree.name}/${path}, version ${version}: ${reason}`)
}

async function verifySpaces(context: Context, name: string | undefined, flags: Flags): Promise<number> {
  const { session, terminal } = context
  const { spaces, unreadable } =
    name === undefined
      ? await readableSpaces(session, terminal)
      : { spaces: [await findSpace(session, parseSpaceName(name))], unreadable: 0 }
  const reports: VerifyReport[] = []
  for (const space of spaces) {
    const meter = new ProgressMeter(terminal, systemClock, space.tree.name, bytesOf(space))
    const progress = { bytes: (count: number) => meter.addBytes(count), file: () => meter.addFile() }
    reports.push(await verifySpace(session, space.state.id, { content: flags.content === true, progress }))
    meter.done()
  }
  const ok = reports.every((report) => report.ignored.length === 0 && report.damaged.length === 0)
  if (flags.json === true)
    terminal.json({
      schema: 'warren.verify/1',
      ok,
      unreadable,
      spaces: reports.map(({ space, ...report }) => ({ name: space.tree.name, ...report })),
    })
  else for (const report of reports) print(context, report)
  if (!ok) return EXIT.integrity
  return unreadable > 0 ? EXIT.partly : EXIT.done
}

async function verifyPerson(
  { session, terminal }: Context,
  name: string,
  flags: Flags,
): Promise<number | void> {
  const person = await session.accounts.find(name)
  if (person.id === session.account) throw new UsageError('these are you; name somebody else')
  const words = await wordsWith(session, person)
  if (flags.words !== undefined) await compareWords(session, person, flags.words)
  else {
    terminal.say(`Call ${person.name}: both of you see these words, or somebody stands between you.`)
    terminal.say(`${words.slice(0, 8).join(' ')}\n${words.slice(8).join(' ')}`)
    const same = await confirm(terminal, 'Are they the same?', flags.yes)
    if (!same) return EXIT.integrity
    await rememberCompared(session, person)
  }
  if (flags.json === true) terminal.json({ schema: 'warren.verify/1', ok: true, person: person.name, words })
  else terminal.print(`${person.name} is who you think she is; remembered.`)
}

export function define(command: Command, choose: (action: Action) => void): void {
  addDeviceFlags(command)
    .argument('[space]', 'else all that you may read')
    .option('--content', 'also fetch and check every chunk of every version')
    .option('--person <name>', 'compare safety words with somebody, by voice')
    .option('--words <words>', 'the words that she read out (with --person)')
    .option('--yes', 'the words are the same (with --person)')
    .action((name: string | undefined, flags: Flags) => {
      const { person } = flags
      if (person === undefined && (flags.words !== undefined || flags.yes === true))
        throw new UsageError('--words and --yes go with --person')
      if (person !== undefined && (name !== undefined || flags.content === true))
        throw new UsageError('--person goes without a space: one is checked at a time')
      choose(
        asDevice(flags, (context) =>
          person === undefined ? verifySpaces(context, name, flags) : verifyPerson(context, person, flags),
        ),
      )
    })
}
