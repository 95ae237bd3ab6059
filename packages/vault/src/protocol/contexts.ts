import { concatBytes, utf8 } from '@warren/primitives/bytes'
import { ByteWriter } from '@warren/primitives/wire'
import { type SpaceId, spaceIds } from './ids.ts'

// What each capsule is bound to: a capsule opened under another context is refused.

function epochBytes(space: SpaceId, epoch: number): Uint8Array {
  return new ByteWriter(20).raw(spaceIds.toBytes(space)).u32(epoch).finish()
}

/** The capsule for the space's public key, which yields the epoch key. */
export function epochKeyContext(space: SpaceId, epoch: number): Uint8Array {
  return concatBytes(utf8('warren/epoch-key/1'), epochBytes(space, epoch))
}

/** The capsule for the owner's primary device, which yields the key over the space's secret key. */
export function ownerKeysContext(space: SpaceId, epoch: number): Uint8Array {
  return concatBytes(utf8('warren/owner-keys/1'), epochBytes(space, epoch))
}
