import { utf8 } from '@warren/primitives/bytes'
import { expandMessage } from '@warren/primitives/hash-to-field'
import { type PairingGroup, type Scalar, WIDE_SCALAR_BYTES } from '@warren/primitives/pairing'
import { ByteWriter } from '@warren/primitives/wire'
import type { SuiteId } from './suite.ts'

const LENGTH_BYTES = 4

/** One hash for one use: expand_message_xmd-SHA-256 (RFC 9380 §5.3.1) over length-prefixed inputs. */
export interface Domain {
  /** `length` bytes. */
  bytes(length: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer>
  scalar(group: PairingGroup, ...parts: readonly Uint8Array[]): Scalar
  readonly tag: Uint8Array
}

/** The domain separation tag is `WARREN-REENCRYPTION-V1/<suite>/<use>`. */
export function domain(suite: SuiteId, use: string): Domain {
  const tag = utf8(`WARREN-REENCRYPTION-V1/${suite}/${use}`)
  const bytes = (length: number, ...parts: readonly Uint8Array[]) => {
    const message = new ByteWriter(parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0))
    for (const part of parts) message.bytes32(part)
    return expandMessage(message.finish(), tag, length)
  }
  return {
    tag,
    bytes,
    scalar: (group, ...parts) => group.scalar.fromWide(bytes(WIDE_SCALAR_BYTES, ...parts)),
  }
}
