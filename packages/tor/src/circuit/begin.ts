import { fromUtf8, utf8 } from '@warren/primitives/bytes'

/** Reasons in END (tor-spec §6.3). */
export const END_REASON = {
  misc: 1,
  resolveFailed: 2,
  connectRefused: 3,
  exitPolicy: 4,
  destroy: 5,
  done: 6,
  timeout: 7,
  noRoute: 8,
  hibernating: 9,
  internal: 10,
  resourceLimit: 11,
  connectionReset: 12,
  torProtocol: 13,
  notDirectory: 14,
} as const

const END_TEXT = new Map<number, string>([
  [END_REASON.resolveFailed, 'the name has no address'],
  [END_REASON.connectRefused, 'the destination refused the connection'],
  [END_REASON.exitPolicy, 'the relay does not go there'],
  [END_REASON.destroy, 'the circuit ended'],
  [END_REASON.done, 'the other side closed it'],
  [END_REASON.timeout, 'the destination did not answer in time'],
  [END_REASON.noRoute, 'there is no route to the destination'],
  [END_REASON.hibernating, 'the relay sleeps'],
  [END_REASON.internal, 'the relay failed'],
  [END_REASON.resourceLimit, 'the relay has no resources left'],
  [END_REASON.connectionReset, 'the destination reset the connection'],
  [END_REASON.torProtocol, 'the relay saw a violation of the protocol'],
  [END_REASON.notDirectory, 'the relay is not a directory'],
])

/** For people. */
export function endText(reason: number): string {
  return END_TEXT.get(reason) ?? 'the relay gave no reason'
}

/** BEGIN's body (tor-spec §6.2): `host:port`, a zero byte, four bytes of flags. */
export function encodeBegin(target: string): Uint8Array {
  return utf8(`${target}\0\0\0\0\0`)
}

/** `host:port` in lower case; `undefined` where the body is malformed. The host is empty on rendezvous circuits. */
export function decodeBegin(body: Uint8Array): { host: string; port: number } | undefined {
  const end = body.indexOf(0)
  if (end < 0) return undefined
  let text: string
  try {
    text = fromUtf8(body.subarray(0, end))
  } catch {
    return undefined
  }
  const match = /^([^\s:]*|\[[0-9a-fA-F:.]+\]):([1-9]\d{0,4})$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) return undefined
  return { host: (match[1] as string).toLowerCase(), port }
}
