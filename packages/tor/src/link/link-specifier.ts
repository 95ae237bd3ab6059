import { ByteReader, ByteWriter } from '@warren/primitives/wire'

/** One way to name or reach a relay (tor-spec §5.1.2): unknown types are kept as they are and passed on. */
export interface LinkSpecifier {
  type: number
  data: Uint8Array
}

/** NSPEC and the specifiers: as in EXTEND2, descriptors and introductions. */
export function encodeLinkSpecifiers(specifiers: readonly LinkSpecifier[]): Uint8Array {
  const writer = new ByteWriter(64).u8(specifiers.length)
  for (const { type, data } of specifiers) writer.u8(type).bytes8(data)
  return writer.finish()
}

/** Reads NSPEC specifiers; what follows is the caller's. */
export function readLinkSpecifiers(reader: ByteReader): LinkSpecifier[] {
  const specifiers: LinkSpecifier[] = []
  for (let left = reader.u8(); left > 0; left--) specifiers.push({ type: reader.u8(), data: reader.bytes8() })
  return specifiers
}

export function decodeLinkSpecifiers(bytes: Uint8Array): LinkSpecifier[] {
  const reader = new ByteReader(bytes, 'link specifiers')
  const specifiers = readLinkSpecifiers(reader)
  reader.end()
  return specifiers
}
