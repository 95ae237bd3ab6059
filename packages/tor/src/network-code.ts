import { hexText } from '@warren/primitives/encoding'
import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import type { NetworkConfiguration } from './client.ts'
import type { Authority } from './directory/authority.ts'
import { TorError } from './errors.ts'
import { addressBytes } from './link/netinfo.ts'
import { unsafePublicNetwork } from './network-file.ts'

/**
 * A network in few bytes, for a link or a QR code: version u8 = 1; count of authorities u8, 0 for the public network,
 * and then nothing; else flags u8 (1 testing; 2 and 4: distinct subnets said, and yes), and for each authority its
 * nickname text8, v3 identity 20, fingerprint 20, address bytes8 (4 or 16), OR port u16.
 */
const VERSION = 1
const MOST_AUTHORITIES = 16
const FLAG = { testing: 1, subnetsSaid: 2, distinctSubnets: 4 } as const
const ALL_FLAGS = 7

export function encodeNetwork(network: NetworkConfiguration): Uint8Array {
  const writer = new ByteWriter(256).u8(VERSION)
  if (network === unsafePublicNetwork) return writer.u8(0).finish()
  const { authorities, testing, distinctSubnets } = network
  if (authorities.length < 1 || authorities.length > MOST_AUTHORITIES)
    throw new TorError('tor/network-file', `A network in a link has 1 to ${MOST_AUTHORITIES} authorities.`)
  const flags =
    (testing === true ? FLAG.testing : 0) |
    (distinctSubnets === undefined ? 0 : FLAG.subnetsSaid) |
    (distinctSubnets === true ? FLAG.distinctSubnets : 0)
  writer.u8(authorities.length).u8(flags)
  for (const { nickname, v3Identity, fingerprint, address, orPort } of authorities) {
    const name = new TextEncoder().encode(nickname)
    const bytes = addressBytes(address)
    if (bytes === undefined)
      throw new TorError('tor/network-file', 'An address of an authority is malformed.')
    writer.u8(name.length).raw(name)
    writer.raw(hexText.decode(v3Identity.toLowerCase())).raw(hexText.decode(fingerprint.toLowerCase()))
    writer.u8(bytes.length).raw(bytes).u16(orPort)
  }
  return writer.finish()
}

/** Throws TorError `tor/network-file`. */
export function decodeNetwork(bytes: Uint8Array): NetworkConfiguration {
  try {
    const reader = new ByteReader(bytes, 'network')
    if (reader.u8() !== VERSION) throw new RangeError('network: unknown version')
    const count = reader.u8()
    if (count === 0) {
      reader.end()
      return unsafePublicNetwork
    }
    const flags = reader.u8()
    if (count > MOST_AUTHORITIES || flags > ALL_FLAGS) throw new RangeError('network: out of range')
    if ((flags & FLAG.distinctSubnets) !== 0 && (flags & FLAG.subnetsSaid) === 0)
      throw new RangeError('network: flags contradict')
    const authorities = Array.from({ length: count }, () => readAuthority(reader))
    reader.end()
    return {
      authorities,
      ...((flags & FLAG.testing) === 0 ? {} : { testing: true }),
      ...((flags & FLAG.subnetsSaid) === 0 ? {} : { distinctSubnets: (flags & FLAG.distinctSubnets) !== 0 }),
    }
  } catch (cause) {
    throw new TorError('tor/network-file', 'The description of the Tor network in this link is damaged.', {
      cause,
    })
  }
}

function readAuthority(reader: ByteReader): Authority {
  const nickname = new TextDecoder().decode(reader.raw(reader.u8()))
  if (!/^[A-Za-z0-9]{1,19}$/.test(nickname)) throw new RangeError('network: nickname')
  const v3Identity = hexText.encode(reader.raw(20)).toUpperCase()
  const fingerprint = hexText.encode(reader.raw(20)).toUpperCase()
  const address = addressText(reader.raw(reader.u8()))
  const orPort = reader.u16()
  if (orPort === 0) throw new RangeError('network: port')
  return { nickname, v3Identity, fingerprint, address, orPort }
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new RangeError('network: address')
  const hex = hexText.encode(bytes)
  return (hex.match(/.{4}/g) ?? []).join(':')
}
