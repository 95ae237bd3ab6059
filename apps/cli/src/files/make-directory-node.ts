import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WarrenError } from '@warren/primitives/errors'
import { localError } from './local-error.ts'

/**
 * The directory and those above it, where they are not there. Node's own (`recursive`) tries for ever, and holds up
 * the end of the process, where the file system makes no directories and says ENOENT, as below /proc.
 */
export async function makeDirectory(path: string, mode = 0o700): Promise<void> {
  const made = await mkdir(path, { mode }).then(
    () => undefined,
    (cause: NodeJS.ErrnoException) => cause,
  )
  if (made === undefined || (made.code === 'EEXIST' && (await isDirectory(path)))) return
  if (made.code !== 'ENOENT') throw localError(path, made)
  const above = dirname(path)
  const isThere = await lstat(above).then(
    () => true,
    () => false,
  )
  if (isThere || above === path)
    throw new WarrenError(
      'cli/local-file',
      'bad-input',
      `${path} cannot be made: ${above} takes no folders`,
      {
        cause: made,
      },
    )
  await makeDirectory(above, mode)
  await mkdir(path, { mode }).catch(async (cause: NodeJS.ErrnoException) => {
    // Somebody else was quicker.
    if (cause.code !== 'EEXIST' || !(await isDirectory(path))) throw localError(path, cause)
  })
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}
