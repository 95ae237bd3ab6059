import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { encodeLinkSpecifiers } from '../link/link-specifier.ts'
import { type Hop, linkSpecifiers } from './hop.ts'
import type { Create2Handshake } from './ntor.ts'

/** CREATE2's body (tor-spec §5.1): HTYPE, HLEN, HDATA. */
export function encodeCreate2({ type, request }: Create2Handshake): Uint8Array {
  return new ByteWriter(160).u16(type).bytes16(request).finish()
}

/** EXTEND2's body (tor-spec §5.1.2). */
export function encodeExtend2(hop: Hop, handshake: Create2Handshake): Uint8Array {
  return new ByteWriter(288)
    .raw(encodeLinkSpecifiers(linkSpecifiers(hop)))
    .raw(encodeCreate2(handshake))
    .finish()
}

/** HDATA of CREATED2 and EXTENDED2; a cell's padding may follow. Throws DecodeError. */
export function decodeCreated2(body: Uint8Array): Uint8Array {
  return new ByteReader(body, 'CREATED2').bytes16(body.length)
}
