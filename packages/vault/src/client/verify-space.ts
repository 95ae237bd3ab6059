import { equalBytes } from '@warren/primitives/bytes'
import { ContentDigest } from '../protocol/chunk.ts'
import { VaultError } from '../protocol/errors.ts'
import type { SpaceId } from '../protocol/ids.ts'
import { Accounts } from './accounts.ts'
import { readFile } from './download.ts'
import type { LocalState } from './environment.ts'
import { SealedState } from './sealed-state.ts'
import type { Session } from './session.ts'
import { openSpace, type Space } from './spaces.ts'
import { everythingIn } from './tree.ts'

const ATTEMPTS = 20

export interface VerifyProgress {
  bytes(count: number): void
  file(path: string): void
}

export interface VerifyReport {
  space: Space
  entries: number
  /** Entries whose sealed part is damaged or fits nowhere: everybody passes over them alike. */
  ignored: readonly number[]
  /** Versions whose every chunk was fetched and opened; 0 unless asked for. */
  versions: number
  bytes: number
  /** Versions that do not open, of files as they are now and as they were. */
  damaged: { path: string; version: number; reason: string }[]
}

function forgetful(): LocalState {
  const records = new Map<string, Uint8Array>()
  return {
    read: (name) => Promise.resolve(records.get(name)),
    write: (name, content) => Promise.resolve(void records.set(name, content)),
    remove: (name) => Promise.resolve(void records.delete(name)),
  }
}

/** The same device, remembering nothing: it follows every log from its first entry. */
function forgetfulSession(session: Session): Session {
  const state = new SealedState(forgetful(), session.device.secrets.stateKey, session.rng)
  const accounts = new Accounts(session.api, state, () => session.suite())
  return { ...session, state, accounts, spaces: new Map() }
}

/**
 * The space from its first entry, which ends at the same entry as what this device remembers and has followed. Others
 * may write meanwhile; two logs of different lengths prove nothing, so both are followed on until they are as long.
 */
async function fromTheBeginning(session: Session, id: SpaceId): Promise<Space> {
  const afresh = forgetfulSession(session)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const space = await openSpace(afresh, id)
    const { head } = (await openSpace(session, id)).state
    if (head.sequence !== space.state.head.sequence) continue
    if (equalBytes(head.hash, space.state.head.hash)) return space
    throw new VaultError('vault/fork', `the vault shows this device two histories of ${space.tree.name}`)
  }
  throw new VaultError('vault/conflict', 'the space changes faster than it can be followed: try again')
}

/**
 * Follows a space's log from what this device remembers and once more from its first entry, and compares the two;
 * with `content` also fetches and opens every chunk of every version that was not deleted.
 */
export async function verifySpace(
  session: Session,
  id: SpaceId,
  options: { content: boolean; progress?: VerifyProgress },
): Promise<VerifyReport> {
  const space = await fromTheBeginning(session, id)
  const { head } = space.state
  const report: VerifyReport = {
    space,
    entries: head.sequence + 1,
    ignored: space.ignored,
    versions: 0,
    bytes: 0,
    damaged: [],
  }
  if (options.content) await verifyContent(session, report, options.progress)
  return report
}

async function verifyContent(
  session: Session,
  report: VerifyReport,
  progress: VerifyProgress | undefined,
): Promise<void> {
  const { state, tree } = report.space
  for (const [path, node] of everythingIn(tree, '' as Parameters<typeof everythingIn>[1])) {
    if (node.kind !== 'file') continue
    for (const [index, { version }] of node.versions.entries()) {
      try {
        const digest = new ContentDigest()
        for await (const plaintext of readFile(session, state.id, path, version)) {
          digest.add(plaintext)
          report.bytes += plaintext.length
          progress?.bytes(plaintext.length)
        }
        if (!equalBytes(digest.finish(), version.digest))
          throw new VaultError('vault/content', 'the whole is not what was stored')
        report.versions++
      } catch (error) {
        // What is not there counts as damaged as well; that the vault cannot be reached does not.
        const bad = error instanceof VaultError && error.kind !== 'transient'
        if (!bad) throw error
        report.damaged.push({ path, version: index + 1, reason: error.message })
      }
    }
    progress?.file(path)
  }
}
