import { UsageError } from '../exit.ts'

/** `FROM-TO` with both ends included, `FROM-`, or `-LAST`, as in RFC 9110 §14.1.2. Returns [from, to). */
export function byteRange(text: string | undefined, bytes: number): { from: number; to: number } {
  if (text === undefined) return { from: 0, to: bytes }
  const match = /^(\d{0,15})-(\d{0,15})$/.exec(text)
  const [first = '', last = ''] = match?.slice(1) ?? []
  if (match === null || (first === '' && last === ''))
    throw new UsageError(`--range ${text}: expected FROM-TO, FROM- or -LAST`)
  if (first === '') return { from: Math.max(0, bytes - Number(last)), to: bytes }
  const from = Number(first)
  const to = last === '' ? bytes : Math.min(bytes, Number(last) + 1)
  if (last !== '' && Number(last) < from) throw new UsageError(`--range ${text}: it ends before it begins`)
  if (from >= bytes && !(from === 0 && bytes === 0))
    throw new UsageError(`--range ${text}: the file has ${bytes} bytes`)
  return { from, to }
}
