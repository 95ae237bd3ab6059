const FULL = new Set(['ENOSPC', 'EDQUOT'])
/** SQLITE_FULL. */
const SQLITE_FULL = 13

/** Whether this failure, of a file or of SQLite, says that there is no room left. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  return (
    (typeof code === 'string' && FULL.has(code)) ||
    (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL)
  )
}
