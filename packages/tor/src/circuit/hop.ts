import type { RelayIdentity } from '../link/certs.ts'
import type { LinkSpecifier } from '../link/link-specifier.ts'
import { addressBytes } from '../link/netinfo.ts'
import type { RelayAddress } from '../link/transport.ts'

/** What a circuit must know of a relay to go through it. */
export interface Hop extends RelayIdentity {
  /** The relay's onion key B, 32 bytes. */
  readonly ntorKey: Uint8Array
  /** Whether the consensus says that it speaks ntor of version 3 (`Relay=4`). Default false. */
  readonly speaksNtorV3?: boolean
  /** The first one is used to connect to it. */
  readonly addresses: readonly RelayAddress[]
}

const SPECIFIER = { ipv4: 0, ipv6: 1, rsaId: 2, ed25519Id: 3 } as const

/** Link specifiers of a relay in the order that relays of the network use: 00, 02, 03, 01. */
export function linkSpecifiers(hop: Hop): LinkSpecifier[] {
  const byLength = (bytes: number) => {
    for (const { address, port } of hop.addresses) {
      const data = addressBytes(address)
      if (data?.length === bytes) return Uint8Array.of(...data, port >>> 8, port & 0xff)
    }
    return undefined
  }
  const ipv4 = byLength(4)
  const ipv6 = byLength(16)
  return [
    ...(ipv4 === undefined ? [] : [{ type: SPECIFIER.ipv4, data: ipv4 }]),
    { type: SPECIFIER.rsaId, data: hop.rsaId },
    ...(hop.ed25519Id === undefined ? [] : [{ type: SPECIFIER.ed25519Id, data: hop.ed25519Id }]),
    ...(ipv6 === undefined ? [] : [{ type: SPECIFIER.ipv6, data: ipv6 }]),
  ]
}

/**
 * The relay that link specifiers and an onion key name, as introduction points are given in descriptors and rendezvous
 * points in introductions. `undefined` where they lack an IPv4 address or the RSA identity.
 */
export function hopOf(specifiers: readonly LinkSpecifier[], ntorKey: Uint8Array): Hop | undefined {
  const find = (type: number, bytes: number) =>
    specifiers.find((s) => s.type === type && s.data.length === bytes)?.data
  const ipv4 = find(SPECIFIER.ipv4, 6)
  const rsaId = find(SPECIFIER.rsaId, 20)
  const ed25519Id = find(SPECIFIER.ed25519Id, 32)
  if (ipv4 === undefined || rsaId === undefined) return undefined
  const address = ipv4.subarray(0, 4).join('.')
  const port = ((ipv4[4] as number) << 8) | (ipv4[5] as number)
  return {
    rsaId,
    ntorKey,
    addresses: [{ address, port }],
    ...(ed25519Id === undefined ? {} : { ed25519Id }),
  }
}
