import { type ByteReader, ByteWriter } from '@warren/primitives/wire'

/** An extension of an introduction message [EST_INTRO]; unknown ones are kept and ignored. */
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
