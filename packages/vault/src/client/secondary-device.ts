import { decodeDeviceIdentity, encodeDeviceIdentity } from '@warren/identity'
import { Secret } from '@warren/primitives/secret'
import type { EnrolledDevice } from '../protocol/account-entry.ts'
import { primaryOf } from '../protocol/account-state.ts'
import { enrolmentTag, isEnrolmentTag } from '../protocol/enrolment.ts'
import { VaultError } from '../protocol/errors.ts'
import { enrolmentIds } from '../protocol/ids.ts'
import { LINK_SECRET_BYTES, type Link, type PrivateReach } from '../protocol/link.ts'
import { Accounts } from './accounts.ts'
import { openAnswer } from './answers.ts'
import { decodeBytes, encodeBytes, VaultApi } from './api.ts'
import { enrolledDevice } from './device-secrets.ts'
import { makeEdge } from './edges.ts'
import type { ClientEnvironment, Device } from './environment.ts'
import { SealedState } from './sealed-state.ts'
import type { Session } from './session.ts'
import { accountOfDevice } from './set-up.ts'
import { appendToAccount } from './write-log.ts'

const POLL_MS = 300

type DeviceLink = Extract<Link, { kind: 'device' }>

/** What the primary device shows, as a link or a QR code: a single-use secret that never reaches the service. */
export function deviceLink(session: Session, url: string, reach?: PrivateReach): DeviceLink {
  return {
    kind: 'device',
    url,
    secret: new Secret(session.rng.bytes(LINK_SECRET_BYTES)),
    account: session.account,
    enrolment: enrolmentIds.random(session.rng),
    ...(reach === undefined ? {} : { reach }),
  }
}

/**
 * Protocol 1 (1), on the primary device: wait for the new device's key, verify its authenticity, generate the
 * re-encryption key towards it and install both. Returns the new device's identity. Ends with the session's signal.
 */
export async function registerSecondaryDevice(session: Session, link: DeviceLink): Promise<EnrolledDevice> {
  const account = await session.accounts.account(session.account, true)
  if (account.primary !== session.device.id)
    throw new VaultError(
      'vault/forbidden',
      'only the primary device can add devices; `warren device promote` makes this one primary',
    )
  const enrolled = await awaitEnrolment(session, link)
  const suite = await session.suite()
  const { identity, possession } = enrolled
  openAnswer(
    'the new device does not have the key that it shows',
    () => suite.checkPossession(identity.encryptionKey, possession, identity.signingKey),
    'vault/response',
  )
  const from = {
    publicKey: primaryOf(account).identity.encryptionKey,
    secretKey: session.device.secrets.encryptionKey,
  }
  const edge = await makeEdge(session, from, identity.encryptionKey, {
    kind: 'device',
    account: session.account,
  })
  const append = await appendToAccount(
    session.account,
    account.head,
    [{ kind: 'device-added', device: enrolled }],
    {
      account: session.account,
      device: session.device,
      nowMs: session.clock.now(),
    },
  )
  await session.api.commit({ appends: [append], edges: [edge] })
  return enrolled
}

async function awaitEnrolment(session: Session, link: DeviceLink): Promise<EnrolledDevice> {
  for (;;) {
    try {
      const answer = await session.api.enrolment(link.enrolment)
      const encoded = decodeBytes(answer.identity)
      const device = {
        identity: openAnswer(
          'the vault sent no device for the link',
          () => decodeDeviceIdentity(encoded),
          'vault/response',
        ),
        possession: decodeBytes(answer.possession),
      }
      if (!isEnrolmentTag(decodeBytes(answer.tag), link.secret, link.account, link.enrolment, device))
        throw new VaultError(
          'vault/response',
          'the keys that came for the new device are not from whoever has the link',
        )
      return device
    } catch (error) {
      if (!(error instanceof VaultError && error.code === 'vault/not-found')) throw error
      await session.clock.sleep(POLL_MS, session.signal)
    }
  }
}

/** Protocol 1 (1), on the secondary device: show the key, and wait until the primary device has let it in. */
export async function joinAsSecondaryDevice(
  environment: ClientEnvironment,
  device: Device,
  link: DeviceLink,
): Promise<{ vaultId: string }> {
  const vault = await new VaultApi(environment).vault()
  const suite = await environment.suite()
  const enrolled = enrolledDevice(device, suite, environment.rng)
  const api = new VaultApi(environment, device, vault.id)
  try {
    await api.enrol(link.enrolment, {
      account: link.account,
      identity: encodeBytes(encodeDeviceIdentity(enrolled.identity)),
      possession: encodeBytes(enrolled.possession),
      tag: encodeBytes(enrolmentTag(link.secret, link.account, link.enrolment, enrolled)),
    })
  } catch (error) {
    // Let in already, by a call that ended before it could take note of it. The account's log says whether that is so.
    const admitted = error instanceof VaultError && error.code === 'vault/conflict'
    if (!admitted || (await accountOfDevice(environment, device, vault.id)) !== link.account) throw error
    return { vaultId: vault.id }
  }
  const state = new SealedState(environment.state, device.secrets.stateKey, environment.rng)
  const accounts = new Accounts(api, state, () => environment.suite())
  for (;;) {
    try {
      // The account's id is in the link, and fixes its first device: this log is no other's.
      const account = await accounts.account(link.account, true)
      if (account.devices.has(device.id)) return { vaultId: vault.id }
    } catch (error) {
      if (!(error instanceof VaultError && error.kind === 'auth-failed')) throw error
    }
    await environment.clock.sleep(POLL_MS, environment.signal)
  }
}
