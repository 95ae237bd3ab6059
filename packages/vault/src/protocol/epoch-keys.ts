import { open, seal } from '@warren/primitives/aead'
import { equalBytes, utf8 } from '@warren/primitives/bytes'
import { hkdfSha256 } from '@warren/primitives/kdf'
import { Secret } from '@warren/primitives/secret'
import { ByteWriter } from '@warren/primitives/wire'
import { type SpaceId, spaceIds } from './ids.ts'

// How the keys of a space lock one another. Each key seals one thing, so that the nonce is constant.

const NONCE = new Uint8Array(12)

function derive(key: Secret, label: string): Uint8Array {
  return hkdfSha256(key.reveal(), undefined, utf8(label), 32)
}

function epochBytes(space: SpaceId, epoch: number): Uint8Array {
  return new ByteWriter(20).raw(spaceIds.toBytes(space)).u32(epoch).finish()
}

/** What the log keeps of an epoch key, so that every reader knows that she has the same one. */
export function epochKeyCheck(epochKey: Secret): Uint8Array {
  return derive(epochKey, 'warren/epoch-check/1')
}

export function isEpochKey(epochKey: Secret, keyCheck: Uint8Array): boolean {
  return equalBytes(epochKeyCheck(epochKey), keyCheck)
}

/** `epoch` is the newer one. */
export function sealPreviousKey(
  epochKey: Secret,
  previous: Secret,
  space: SpaceId,
  epoch: number,
): Uint8Array {
  return seal(derive(epochKey, 'warren/previous-epoch/1'), NONCE, previous.reveal(), epochBytes(space, epoch))
}

/** Throws AeadError. */
export function openPreviousKey(epochKey: Secret, sealed: Uint8Array, space: SpaceId, epoch: number): Secret {
  return new Secret(
    open(derive(epochKey, 'warren/previous-epoch/1'), NONCE, sealed, epochBytes(space, epoch)),
  )
}

/** `key`: what the owner's capsule yields. */
export function sealSpaceSecret(key: Secret, secretKey: Secret, space: SpaceId, epoch: number): Uint8Array {
  return seal(derive(key, 'warren/space-secret/1'), NONCE, secretKey.reveal(), epochBytes(space, epoch))
}

/** Throws AeadError. */
export function openSpaceSecret(key: Secret, sealed: Uint8Array, space: SpaceId, epoch: number): Secret {
  return new Secret(open(derive(key, 'warren/space-secret/1'), NONCE, sealed, epochBytes(space, epoch)))
}
