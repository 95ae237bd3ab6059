import { VaultError } from '../../protocol/index.ts'

/** A whole number in a URL; `vault/bad-request` otherwise. */
export function wholeNumber(text: string | undefined, fallback?: number): number {
  if (text === undefined && fallback !== undefined) return fallback
  if (text === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new VaultError('vault/bad-request', 'expected a whole number in the URL')
  return Number(text)
}

/** RFC 9110 §14.1.2, one range. Undefined for the whole; `vault/bad-request` for one that is not in it. */
export function byteRange(
  header: string | undefined,
  whole: number,
): { from: number; length: number } | undefined {
  if (header === undefined) return undefined
  const match = /^bytes=(\d{1,15})?-(\d{1,15})?$/.exec(header)
  const [first, last] = [match?.[1], match?.[2]]
  if (first === undefined && last === undefined)
    throw new VaultError('vault/bad-request', 'expected one range of bytes')
  const from = first === undefined ? Math.max(0, whole - Number(last)) : Number(first)
  const to = first === undefined || last === undefined ? whole - 1 : Math.min(Number(last), whole - 1)
  if (to < from || from >= whole) throw new VaultError('vault/bad-request', 'the range is not in the chunk')
  return { from, length: to - from + 1 }
}
