import { ByteReader, ByteWriter, DecodeError } from '@warren/primitives/wire'

/** The bytes of an IPv4 address in dotted form or of an IPv6 address; `undefined` for anything else. */
export function addressBytes(address: string): Uint8Array | undefined {
  if (!address.includes(':')) {
    const parts = address.split('.')
    if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
      return undefined
    return Uint8Array.from(parts.map(Number))
  }
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const groups = (half: string) => (half === '' ? [] : half.split(':'))
  const left = groups(halves[0] as string)
  const right = halves.length === 2 ? groups(halves[1] as string) : []
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >>> 8, Number.parseInt(group, 16) & 0xff]),
  )
}

/**
 * A client's NETINFO (tor-spec §4.5): no time and no address of its own, which would tell the relay about the machine;
 * the relay's address as the client sees it.
 */
export function encodeClientNetinfo(peer: string): Uint8Array {
  const address = addressBytes(peer) ?? new Uint8Array(4)
  return new ByteWriter(32)
    .u32(0)
    .u8(address.length === 4 ? 4 : 6)
    .bytes8(address)
    .u8(0)
    .finish()
}

/** Checks the form of a relay's NETINFO. What it claims of time and addresses is not used. */
export function checkNetinfo(body: Uint8Array): void {
  const reader = new ByteReader(body, 'NETINFO')
  reader.u32()
  reader.u8()
  reader.bytes8()
  for (let left = reader.u8(); left > 0; left--) {
    reader.u8()
    if (reader.bytes8().length > 255) throw new DecodeError('NETINFO: malformed address')
  }
}
