import { ByteReader, ByteWriter } from '@warren/primitives/wire'
import { type Bits, packBits, unpackBits } from '../distil/bits.ts'
import type { ParityQuestion } from '../distil/cascade.ts'
import { KljnError } from '../errors.ts'

/** What Alice and Bob say in public, in the order of a session. Big-endian; bits are packed, the first one highest. */
export type PublicMessage =
  /** Which exchanges of the batch the sender holds to be mixed. */
  | { kind: 'mixed'; flags: Bits }
  /** Bob's meter readings of the batch, voltages before currents: for the comparison. */
  | { kind: 'readings'; values: Float32Array }
  /** Alice's verdict on the comparison. */
  | { kind: 'compared'; alarm: boolean }
  /** Bob starts Cascade: the seed of the orders, and how many passes. */
  | { kind: 'cascade'; seed: Uint8Array; passes: number }
  | { kind: 'questions'; questions: readonly ParityQuestion[] }
  | { kind: 'parities'; parities: Bits }
  /** Bob's hash of his corrected key, with the seed of the Toeplitz matrix. */
  | { kind: 'verify'; seed: Bits; hash: Bits }
  | { kind: 'verified'; equal: boolean }
  /** Alice: the final key's length and the seed of its Toeplitz matrix; or that more exchanges are needed. */
  | { kind: 'amplify'; keyBits: number; seed: Bits }
  | { kind: 'more' }

const CODE: Record<PublicMessage['kind'], number> = {
  mixed: 1,
  readings: 2,
  compared: 3,
  cascade: 4,
  questions: 5,
  parities: 6,
  verify: 7,
  verified: 8,
  amplify: 9,
  more: 10,
}

export const CASCADE_SEED_BYTES = 16
const MOST_BITS = 2 ** 24

function writeBits(writer: ByteWriter, bits: Bits): void {
  writer.u32(bits.length).raw(packBits(bits))
}

function readBits(reader: ByteReader): Bits {
  const length = reader.u32()
  if (length > MOST_BITS)
    throw new KljnError('kljn/protocol', `a message carries ${length} bits, more than ${MOST_BITS}`)
  return unpackBits(reader.raw(Math.ceil(length / 8)), length)
}

export function encodeMessage(message: PublicMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter().u8(CODE[message.kind])
  switch (message.kind) {
    case 'mixed':
      writeBits(writer, message.flags)
      break
    case 'readings': {
      const bytes = new Uint8Array(message.values.length * 4)
      const view = new DataView(bytes.buffer)
      message.values.forEach((value, i) => view.setFloat32(4 * i, value))
      writer.u32(message.values.length).raw(bytes)
      break
    }
    case 'compared':
      writer.u8(message.alarm ? 1 : 0)
      break
    case 'cascade':
      writer.raw(message.seed).u8(message.passes)
      break
    case 'questions':
      writer.u32(message.questions.length)
      for (const { pass, from, to } of message.questions) writer.u8(pass).u32(from).u32(to)
      break
    case 'parities':
      writeBits(writer, message.parities)
      break
    case 'verify':
      writeBits(writer, message.seed)
      writeBits(writer, message.hash)
      break
    case 'verified':
      writer.u8(message.equal ? 1 : 0)
      break
    case 'amplify':
      writer.u32(message.keyBits)
      writeBits(writer, message.seed)
      break
    case 'more':
      break
    default:
      message satisfies never
  }
  return writer.finish()
}

function flag(reader: ByteReader): boolean {
  const value = reader.u8()
  if (value > 1) throw new KljnError('kljn/protocol', 'a flag of the public channel is neither 0 nor 1')
  return value === 1
}

function decodeBody(code: number, reader: ByteReader): PublicMessage {
  switch (code) {
    case CODE.mixed:
      return { kind: 'mixed', flags: readBits(reader) }
    case CODE.readings: {
      const count = reader.u32()
      if (count > MOST_BITS)
        throw new KljnError('kljn/protocol', `a message carries ${count} readings, more than ${MOST_BITS}`)
      const bytes = reader.raw(4 * count)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return {
        kind: 'readings',
        values: Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i)),
      }
    }
    case CODE.compared:
      return { kind: 'compared', alarm: flag(reader) }
    case CODE.cascade:
      return { kind: 'cascade', seed: reader.raw(CASCADE_SEED_BYTES), passes: reader.u8() }
    case CODE.questions: {
      const count = reader.u32()
      if (count * 9 > reader.remaining)
        throw new KljnError('kljn/protocol', `${count} questions do not fit into ${reader.remaining} bytes`)
      return {
        kind: 'questions',
        questions: Array.from({ length: count }, () => ({
          pass: reader.u8(),
          from: reader.u32(),
          to: reader.u32(),
        })),
      }
    }
    case CODE.parities:
      return { kind: 'parities', parities: readBits(reader) }
    case CODE.verify:
      return { kind: 'verify', seed: readBits(reader), hash: readBits(reader) }
    case CODE.verified:
      return { kind: 'verified', equal: flag(reader) }
    case CODE.amplify:
      return { kind: 'amplify', keyBits: reader.u32(), seed: readBits(reader) }
    case CODE.more:
      return { kind: 'more' }
    default:
      throw new KljnError('kljn/protocol', `there is no public message ${code}`)
  }
}

/** Throws DecodeError or KljnError `kljn/protocol` for anything that `encodeMessage` does not make. */
export function decodeMessage(bytes: Uint8Array): PublicMessage {
  const reader = new ByteReader(bytes, 'message of the public channel')
  const message = decodeBody(reader.u8(), reader)
  reader.end()
  return message
}
