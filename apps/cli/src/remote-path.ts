import { checkName, parseSpacePath, type SpacePath } from '@warren/vault/protocol'
import { UsageError } from './exit.ts'

/** `SPACE/folder/file`, or `SPACE@OWNER/folder/file` where two people have a space of one name. */
export interface RemotePath {
  /** With `@OWNER`, if it was given. */
  space: string
  path: SpacePath
  /** It ended with a slash, or named the space itself: a folder to put things into. */
  isFolder: boolean
}

/** Throws UsageError when nothing is named, VaultError `vault/name` for names that no file may have. */
export function parseRemotePath(text: string): RemotePath {
  const trimmed = text.replace(/^\/+/, '')
  const slash = trimmed.indexOf('/')
  const space = (slash < 0 ? trimmed : trimmed.slice(0, slash)).normalize('NFC')
  if (space === '') throw new UsageError(`${JSON.stringify(text)} names no space: write SPACE/folder/file`)
  checkName(space.split('@')[0] ?? '')
  const path = parseSpacePath(slash < 0 ? '' : trimmed.slice(slash))
  return { space, path, isFolder: path === '' || text.endsWith('/') }
}

/** A path that must lead below the space itself. */
export function parseRemoteEntry(text: string): RemotePath {
  const remote = parseRemotePath(text)
  if (remote.path === '')
    throw new UsageError(
      `${JSON.stringify(text)} is a space: name a file or folder in it, as SPACE/folder/file`,
    )
  return remote
}
