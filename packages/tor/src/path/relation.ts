import { equalBytes } from '@warren/primitives/bytes'
import { fingerprintText } from '../directory/authority.ts'
import type { Relay } from '../directory/directory.ts'
import { addressBytes } from '../link/netinfo.ts'

/**
 * Whether two relays may be run by one operator and so must not stand in one circuit (path-spec §2.2.1): the same
 * relay, the same IPv4 /16 or IPv6 /32, or a family that both declare.
 */
export function areRelated(a: Relay, b: Relay, { distinctSubnets = true } = {}): boolean {
  if (equalBytes(a.rsaId, b.rsaId) || equalBytes(a.microdesc.ed25519Id, b.microdesc.ed25519Id)) return true
  return (distinctSubnets && shareSubnet(a, b)) || areFamily(a, b)
}

function shareSubnet(a: Relay, b: Relay): boolean {
  const share = (x: string | undefined, y: string | undefined, bytes: number) => {
    const [left, right] = [addressBytes(x ?? ''), addressBytes(y ?? '')]
    return (
      left !== undefined &&
      right !== undefined &&
      equalBytes(left.subarray(0, bytes), right.subarray(0, bytes))
    )
  }
  return share(a.address, b.address, 2) || share(a.ipv6?.address, b.ipv6?.address, 4)
}

function areFamily(a: Relay, b: Relay): boolean {
  const declares = (one: Relay, other: Relay) => {
    const { family } = one.microdesc
    return (
      family.has(`$${fingerprintText(other.rsaId)}`) ||
      (family.has(other.nickname) && !other.nickname.startsWith('$'))
    )
  }
  if (declares(a, b) && declares(b, a)) return true
  // Family identifiers (proposal 321) are proved to the authorities: one in common is enough.
  for (const member of a.microdesc.family)
    if (member.startsWith('ed25519:') && b.microdesc.family.has(member)) return true
  return false
}
