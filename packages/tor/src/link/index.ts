/** Layer 1: one TLS connection to a relay that has proved who it is. */
export { type RelayIdentity, verifyCerts } from './certs.ts'
export { type CircuitEvents, type CircuitSlot, type Link, openLink } from './link.ts'
export {
  decodeLinkSpecifiers,
  encodeLinkSpecifiers,
  type LinkSpecifier,
  readLinkSpecifiers,
} from './link-specifier.ts'
export type { Connect, RelayAddress, Transport, TransportEvents } from './transport.ts'
