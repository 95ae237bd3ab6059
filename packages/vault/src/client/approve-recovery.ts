import {
  type DeviceIdentity,
  decodeDeviceIdentity,
  deviceId,
  safetyWords,
  safetyWordsMatch,
} from '@warren/identity'
import { open } from '@warren/primitives/aead'
import { primaryOf } from '../protocol/account-state.ts'
import type { RecoveryStatus } from '../protocol/api/messages.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId, RecoveryId, SetupId } from '../protocol/ids.ts'
import { decodeShares, isCommittedShare, sharePackageContext, signApproval } from '../protocol/recovery.ts'
import { openAnswer } from './answers.ts'
import { decodeBytes, encodeBytes } from './api.ts'
import { makeEdge } from './edges.ts'
import type { Session } from './session.ts'

const NONCE = new Uint8Array(12)

/** The words that the new device shows, to be read out to the recovery user. */
export function wordsOfRecovery(recovery: RecoveryStatus): string[] {
  return safetyWords(identityOf(recovery))
}

function identityOf(recovery: RecoveryStatus): DeviceIdentity {
  const encoded = decodeBytes(recovery.identity)
  return openAnswer(
    'the vault sent no device in a recovery',
    () => decodeDeviceIdentity(encoded),
    'vault/response',
  )
}

/**
 * Protocol 2 (R2, R3), on the recovery user's primary device, once she is convinced: she compared `typedWords` with
 * whoever asks, by voice. Generates a re-encryption key from her device to the new one, and in a threshold setup
 * decrypts her shares and hands them back. Throws VaultError `vault/recovery` when the words are not the new device's.
 */
export async function approveRecovery(
  session: Session,
  id: RecoveryId,
  typedWords: string,
): Promise<RecoveryStatus> {
  const recovery = await session.api.recovery(id)
  if (!safetyWordsMatch(wordsOfRecovery(recovery), typedWords))
    throw new VaultError(
      'vault/recovery',
      'these are not the words of the device that asks: do not approve it',
    )
  const identity = identityOf(recovery)
  const owner = await session.accounts.account(recovery.account as AccountId, true)
  const setup = owner.recovery
  if (setup === undefined || setup.id !== recovery.setup || !setup.users.includes(session.account))
    throw new VaultError('vault/recovery', `${owner.name} has not chosen you as a recovery user`)
  const me = await session.accounts.account(session.account, true)
  if (me.primary !== session.device.id)
    throw new VaultError(
      'vault/forbidden',
      'approve from your primary device, or make this one primary first',
    )

  const suite = await session.suite()
  const possession = decodeBytes(recovery.possession)
  openAnswer(
    'the vault sent a device in a recovery that does not have the key it shows',
    () => suite.checkPossession(identity.encryptionKey, possession, identity.signingKey),
    'vault/response',
  )
  const shares = setup.threshold > 1 ? await ownShares(session, owner.id, setup.id) : []
  const mine = setup.users.indexOf(session.account)
  shares.forEach((share, key) => {
    const commitment = setup.commitments[key]?.[mine]
    if (commitment === undefined || !isCommittedShare(commitment, setup.id, key, mine, share))
      throw new VaultError(
        'vault/recovery',
        'the shares that the vault keeps for you are not those that were committed to',
      )
  })
  const approval = await signApproval(
    {
      account: owner.id,
      setup: setup.id,
      newDevice: deviceId(identity),
      approver: { account: session.account, device: session.device.id },
      approverSequence: me.head.sequence,
    },
    session.device.secrets.signer,
  )
  const from = {
    publicKey: primaryOf(me).identity.encryptionKey,
    secretKey: session.device.secrets.encryptionKey,
  }
  const edge = await makeEdge(session, from, identity.encryptionKey, {
    kind: 'recovery-in',
    account: owner.id,
    setup: setup.id,
    user: session.account,
  })
  return session.api.approve(id, { approval: encodeBytes(approval), edge, shares: shares.map(encodeBytes) })
}

async function ownShares(session: Session, owner: AccountId, setup: SetupId): Promise<Uint8Array[]> {
  const suite = await session.suite()
  const { capsule, sealed } = await session.api.sharePackage(owner)
  if (sealed === undefined) throw new VaultError('vault/response', 'the vault sent no shares')
  const context = sharePackageContext(setup, session.account)
  const bytes = decodeBytes(capsule)
  const box = decodeBytes(sealed)
  return openAnswer(
    'the vault sent shares that do not open',
    () => {
      const key = suite.decapsulate(session.device.secrets.encryptionKey, bytes, context)
      return decodeShares(open(key.reveal(), NONCE, box, context))
    },
    'vault/response',
  )
}
