import { type ByteReader, ByteWriter } from '@warren/primitives/wire'

/** An extension of a circuit's handshake (proposal 332 §A.2) or an introduction [EST_INTRO]; unknown ones are ignored. */
export interface MessageExtension {
  type: number
  data: Uint8Array
}

/** N_EXTENSIONS and the extensions. */
export function encodeExtensions(extensions: readonly MessageExtension[]): Uint8Array {
  const writer = new ByteWriter(16).u8(extensions.length)
  for (const { type, data } of extensions) writer.u8(type).bytes8(data)
  return writer.finish()
}

export function readExtensions(reader: ByteReader): MessageExtension[] {
  const extensions: MessageExtension[] = []
  for (let left = reader.u8(); left > 0; left--) extensions.push({ type: reader.u8(), data: reader.bytes8() })
  return extensions
}
