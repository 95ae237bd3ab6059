import { base64urlText } from '@warren/primitives/encoding'
import { type AccountChange, encodeAccountChange } from '../protocol/account-entry.ts'
import type { CommitRequest } from '../protocol/api/messages.ts'
import type { AccountId, SpaceId } from '../protocol/ids.ts'
import {
  type Head,
  hashLogEntry,
  type LogEntry,
  type LogRef,
  NO_PREVIOUS,
  signLogEntry,
} from '../protocol/log-entry.ts'
import { encodeSpaceChange, type SpaceChange } from '../protocol/space-entry.ts'
import { logName } from './api.ts'
import type { Device } from './environment.ts'

interface Author {
  account: AccountId
  device: Device
  nowMs: number
}

/** Signs entries that follow `head` (undefined: a new log), as one append of a commit. */
async function append(
  log: LogRef,
  head: Head | undefined,
  changes: readonly Pick<LogEntry, 'kind' | 'body'>[],
  author: Author,
): Promise<CommitRequest['appends'][number]> {
  const entries: string[] = []
  let previous = head?.hash ?? NO_PREVIOUS
  let sequence = head === undefined ? 0 : head.sequence + 1
  for (const change of changes) {
    const entry = await signLogEntry(
      {
        log,
        sequence,
        previous,
        author: { account: author.account, device: author.device.id },
        writtenAtMs: author.nowMs,
        ...change,
      },
      author.device.secrets.signer,
    )
    entries.push(base64urlText.encode(entry))
    previous = hashLogEntry(entry)
    sequence++
  }
  return { log: logName(log), head: head === undefined ? null : base64urlText.encode(head.hash), entries }
}

export function appendToAccount(
  id: AccountId,
  head: Head | undefined,
  changes: readonly AccountChange[],
  author: Author,
): Promise<CommitRequest['appends'][number]> {
  return append({ kind: 'account', id }, head, changes.map(encodeAccountChange), author)
}

export function appendToSpace(
  id: SpaceId,
  head: Head | undefined,
  changes: readonly SpaceChange[],
  author: Author,
): Promise<CommitRequest['appends'][number]> {
  return append({ kind: 'space', id }, head, changes.map(encodeSpaceChange), author)
}
