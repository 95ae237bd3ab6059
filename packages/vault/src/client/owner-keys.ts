import { equalBytes } from '@warren/primitives/bytes'
import type { Rng } from '@warren/primitives/rng'
import type { Secret } from '@warren/primitives/secret'
import type { Suite } from '@warren/reencryption'
import { epochKeyContext, ownerKeysContext } from '../protocol/contexts.ts'
import { epochKeyCheck, openSpaceSecret, sealPreviousKey, sealSpaceSecret } from '../protocol/epoch-keys.ts'
import { VaultError } from '../protocol/errors.ts'
import type { SpaceId } from '../protocol/ids.ts'
import type { Epoch, OwnerKeys } from '../protocol/space-entry.ts'
import { currentEpoch, type SpaceState } from '../protocol/space-state.ts'
import { fetchAfter } from './accounts.ts'
import { openAnswer } from './answers.ts'
import { decodeBytes } from './api.ts'
import type { Session } from './session.ts'

/** The space's secret key, for the owner's primary device (paper (2): everything is encrypted for the primary device). */
export function makeOwnerKeys(
  suite: Suite,
  spaceSecret: Secret,
  primaryKey: Uint8Array,
  space: SpaceId,
  epoch: number,
  rng: Rng,
): OwnerKeys {
  const { key, capsule } = suite.encapsulate(primaryKey, ownerKeysContext(space, epoch), rng)
  return { recipient: primaryKey, capsule, sealedSecretKey: sealSpaceSecret(key, spaceSecret, space, epoch) }
}

export interface NewEpoch {
  epoch: Epoch
  secretKey: Secret
  key: Secret
}

/** A new key pair for the space and a new key for what is written from now on. `previous`: the key of the epoch before. */
export function makeEpoch(
  suite: Suite,
  primaryKey: Uint8Array,
  space: SpaceId,
  number: number,
  previous: Secret | undefined,
  rng: Rng,
): NewEpoch {
  const pair = suite.generateKeyPair(rng)
  const { key, capsule } = suite.encapsulate(pair.publicKey, epochKeyContext(space, number), rng)
  const epoch: Epoch = {
    number,
    publicKey: pair.publicKey,
    capsule,
    keyCheck: epochKeyCheck(key),
    ownerKeys: makeOwnerKeys(suite, pair.secretKey, primaryKey, space, number, rng),
    previousKey: previous === undefined ? new Uint8Array(0) : sealPreviousKey(key, previous, space, number),
  }
  return { epoch, secretKey: pair.secretKey, key }
}

/**
 * The secret key of the space's epoch in force: any device of the owner gets it, along the chain to that device. Throws
 * VaultError `vault/conflict` where the log has moved on from `state` and the keys with it.
 */
export async function openOwnerKeys(session: Session, state: SpaceState): Promise<Secret> {
  try {
    return await openedOwnerKeys(session, state)
  } catch (cause) {
    const notOpened = cause instanceof VaultError && cause.code === 'vault/log'
    if (!notOpened) throw cause
    const later = await fetchAfter(session.api, { kind: 'space', id: state.id }, state.head)
    if (later.length === 0) throw cause
    throw new VaultError('vault/conflict', 'the keys of this space have just changed: try again', { cause })
  }
}

async function openedOwnerKeys(session: Session, state: SpaceState): Promise<Secret> {
  if (state.owner !== session.account)
    throw new VaultError('vault/forbidden', 'only the owner of a space can share it')
  const suite = await session.suite()
  const { number, publicKey, ownerKeys } = currentEpoch(state)
  const { capsule } = await session.api.ownerKeys(state.id, number)
  const forged = 'the vault gave a capsule that does not open the secret key of this space'
  const secret = openAnswer(forged, () => {
    const key = suite.decapsulate(
      session.device.secrets.encryptionKey,
      decodeBytes(capsule),
      ownerKeysContext(state.id, number),
    )
    // The sealed key is the one in the signed log, whatever capsule the service sent.
    return openSpaceSecret(key, ownerKeys.sealedSecretKey, state.id, number)
  })
  if (!equalBytes(suite.publicKeyOf(secret), publicKey))
    throw new VaultError('vault/log', 'the space has a secret key that does not belong to it')
  return secret
}
