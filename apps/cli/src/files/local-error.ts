import { type ErrorKind, WarrenError } from '@warren/primitives/errors'
import { VaultError } from '@warren/vault/protocol'

const KNOWN: Record<string, { kind: ErrorKind; text: string }> = {
  ENOENT: { kind: 'not-found', text: 'does not exist' },
  EACCES: { kind: 'bad-input', text: 'may not be touched by you' },
  EPERM: { kind: 'bad-input', text: 'may not be touched by you' },
  EISDIR: { kind: 'conflict', text: 'is a folder' },
  ENOTDIR: { kind: 'conflict', text: 'is not a folder' },
  EEXIST: { kind: 'conflict', text: 'is there already' },
  ELOOP: { kind: 'bad-input', text: 'is a link that leads nowhere' },
  ENAMETOOLONG: { kind: 'bad-input', text: 'is too long a name for this disk' },
  EROFS: { kind: 'bad-input', text: 'is on a disk that cannot be written' },
  EIO: { kind: 'bad-input', text: 'cannot be read or written: the disk fails' },
}

/** What the file system said of a local path, as one sentence and one exit code. */
export function localError(path: string, cause: unknown): Error {
  if (cause instanceof WarrenError) return cause
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new VaultError(
      'vault/local-disk',
      `this disk is full: ${path} was not written; make room and run it again`,
      {
        cause,
      },
    )
  const known = KNOWN[code]
  if (known === undefined)
    return new WarrenError('cli/local-file', 'bad-input', `${path}: ${code || 'failed'}`, { cause })
  return new WarrenError('cli/local-file', known.kind, `${path} ${known.text}`, { cause })
}
