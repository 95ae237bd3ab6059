import { utf8 } from '@warren/primitives/bytes'
import { WarrenError } from '@warren/primitives/errors'
import { describe, expect, it } from 'vitest'
import { deviceCertificateFormat, encodeDeviceCertificate } from '../src/certificate.ts'
import {
  accountName,
  CHAIN_LIMIT,
  type CheckContext,
  certifyDevice,
  certifyPrimary,
  checkEvidence,
  decodeEvidence,
  deviceChainCertifier,
  deviceId,
  type Evidence,
  encodeEvidence,
  signBytes,
} from '../src/index.ts'
import { testDevice } from './people.ts'

const NOW = 1_700_000_000_000
const context: CheckContext = { nowMs: NOW, revocations: [] }
const alice = accountName('Alice')
const phone = testDevice('phone')
const laptop = testDevice('laptop')
const tablet = testDevice('tablet')
const ids = {
  phone: deviceId(phone.identity),
  laptop: deviceId(laptop.identity),
  tablet: deviceId(tablet.identity),
}

const root = () => certifyPrimary(alice, phone.identity, phone.signer, NOW)
const second = async (mayCertify = true) =>
  certifyDevice(await root(), laptop.identity, phone.signer, { nowMs: NOW, mayCertify })
const third = async () => certifyDevice(await second(), tablet.identity, laptop.signer, { nowMs: NOW })
const check = async (evidence: Evidence, with_: Partial<CheckContext> = {}) =>
  checkEvidence(evidence, [deviceChainCertifier], { ...context, ...with_ })

/** Evidence put together link by link, as an attacker would. */
async function forged(
  ...links: { certificate: Parameters<typeof encodeDeviceCertificate>[0]; by: typeof phone }[]
) {
  const parts = [Uint8Array.of(links.length)]
  for (const { certificate, by } of links) {
    const bytes = await signBytes(
      deviceCertificateFormat.domain,
      encodeDeviceCertificate(certificate),
      by.signer,
    )
    parts.push(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
  }
  return { kind: 1, body: new Uint8Array(parts.flatMap((p) => [...p])) }
}
const certificate = (device: typeof phone, issuer: typeof phone, extra: object = {}) => ({
  account: alice,
  device: device.identity,
  issuer: deviceId(issuer.identity),
  issuedAtMs: NOW,
  mayCertify: true,
  ...extra,
})

describe('device chains (§4.3)', () => {
  it('certify the primary, a secondary, and what the secondary certifies', async () => {
    expect(await check(await root())).toMatchObject({ account: 'Alice', id: ids.phone, path: [ids.phone] })
    const certified = await check(await third())
    expect(certified).toMatchObject({
      account: 'Alice',
      id: ids.tablet,
      path: [ids.phone, ids.laptop, ids.tablet],
      assurance: 'self-certified',
      mayCertify: true,
    })
    expect(deviceId(certified.root)).toBe(ids.phone)
    expect(certified.device).toEqual(tablet.identity)
  })

  it('say whether a person compared the root', async () => {
    const compared = (account: string, id: string) => account === 'Alice' && id === ids.phone
    expect((await check(await third(), { compared })).assurance).toBe('compared')
    const impostor = await certifyPrimary(alice, tablet.identity, tablet.signer, NOW)
    expect((await check(impostor, { compared })).assurance).toBe('self-certified')
  })

  it('refuse a change of any byte and every truncation', async () => {
    const { body } = await third()
    for (let i = 0; i < body.length; i++) {
      const changed = Uint8Array.from(body)
      changed[i] = (changed[i] as number) ^ 1
      await expect(check({ kind: 1, body: changed })).rejects.toThrow(WarrenError)
      await expect(check({ kind: 1, body: body.subarray(0, i) })).rejects.toThrow(WarrenError)
    }
    await expect(check({ kind: 1, body: new Uint8Array([...body, 0]) })).rejects.toThrow('left over')
  })

  it('stop at the limit', async () => {
    let evidence = await root()
    let issuer = phone
    for (let i = 1; i < CHAIN_LIMIT; i++) {
      const next = testDevice(`device ${i}`)
      evidence = await certifyDevice(evidence, next.identity, issuer.signer, { nowMs: NOW })
      issuer = next
    }
    expect((await check(evidence)).path).toHaveLength(CHAIN_LIMIT)
    await expect(certifyDevice(evidence, laptop.identity, issuer.signer, { nowMs: NOW })).rejects.toThrow(
      'longer',
    )
    await expect(check({ kind: 1, body: Uint8Array.of(9) })).rejects.toThrow('limit')
    await expect(check({ kind: 1, body: Uint8Array.of(0) })).rejects.toThrow('limit')
  })

  it('refuse a link that was not made by the device before', async () => {
    const stranger = testDevice('stranger')
    await expect(
      check(
        await forged(
          { certificate: certificate(phone, phone), by: phone },
          { certificate: certificate(laptop, phone), by: stranger },
        ),
      ),
    ).rejects.toMatchObject({ code: 'identity/signature' })
  })

  it.each([
    ['a root that somebody else issued', [certificate(phone, laptop)], 'not certified by itself'],
    ['another issuer named', [certificate(phone, phone), certificate(laptop, tablet)], 'another issuer'],
    [
      'another account',
      [certificate(phone, phone), certificate(laptop, phone, { account: accountName('Mallory') })],
      'another account',
    ],
    ['the future', [certificate(phone, phone, { issuedAtMs: NOW + 3_600_000 })], 'future'],
    ['a device twice', [certificate(phone, phone), certificate(phone, phone)], 'twice'],
  ])('refuse %s', async (_, certificates, message) => {
    const links = certificates.map((c) => ({ certificate: c, by: phone }))
    await expect(check(await forged(...links))).rejects.toThrow(message)
  })

  it('refuse what a device without that right certified', async () => {
    const leaf = await second(false)
    expect((await check(leaf)).mayCertify).toBe(false)
    await expect(certifyDevice(leaf, tablet.identity, laptop.signer, { nowMs: NOW })).rejects.toThrow(
      'may not',
    )
    await expect(
      check(
        await forged(
          { certificate: certificate(phone, phone), by: phone },
          { certificate: certificate(laptop, phone, { mayCertify: false }), by: phone },
          { certificate: certificate(tablet, laptop), by: laptop },
        ),
      ),
    ).rejects.toThrow('may not certify')
  })

  it('refuse a removed device, and what it certified unless that stands', async () => {
    const removed = { code: 'identity/revoked', kind: 'auth-failed' }
    const revoke = (device: typeof ids.phone, ...standing: (typeof ids.phone)[]) => ({
      revocations: [{ device, standing }],
    })
    await expect(check(await second(), revoke(ids.laptop))).rejects.toMatchObject(removed)
    await expect(check(await third(), revoke(ids.laptop))).rejects.toMatchObject(removed)
    expect((await check(await third(), revoke(ids.laptop, ids.tablet))).id).toBe(ids.tablet)
    // R1: the lost phone is removed, the laptop goes on.
    expect((await check(await third(), revoke(ids.phone, ids.laptop))).id).toBe(ids.tablet)
    await expect(check(await root(), revoke(ids.phone, ids.laptop))).rejects.toMatchObject(removed)
    // A thief certifies a device with the lost phone's key and an old date.
    const thief = testDevice('thief')
    const backdated = await certifyDevice(await root(), thief.identity, phone.signer, { nowMs: NOW - 1e9 })
    await expect(check(backdated, revoke(ids.phone, ids.laptop))).rejects.toMatchObject(removed)
    // Two removals that disagree: only what both let stand does.
    const twice = {
      revocations: [...revoke(ids.phone, ids.laptop).revocations, ...revoke(ids.phone).revocations],
    }
    await expect(check(await second(), twice)).rejects.toMatchObject(removed)
  })

  it('are signed by the key of the device only', async () => {
    await expect(certifyPrimary(alice, phone.identity, laptop.signer, NOW)).rejects.toThrow(RangeError)
    await expect(certifyDevice(await root(), tablet.identity, laptop.signer, { nowMs: NOW })).rejects.toThrow(
      RangeError,
    )
  })
})

describe('evidence', () => {
  it('keeps a kind that is not known, and certifies nothing by it', async () => {
    const later: Evidence = { kind: 2, body: utf8('a certificate of an authority') }
    expect(decodeEvidence(encodeEvidence(later))).toEqual(later)
    await expect(check(later)).rejects.toMatchObject({ code: 'identity/certificate' })
    await expect(certifyDevice(later, laptop.identity, phone.signer, { nowMs: NOW })).rejects.toThrow(
      WarrenError,
    )
  })

  it('goes to the certifier of its kind: an authority fits the same seam', async () => {
    const authority = {
      kind: 2,
      check: () => ({
        account: alice,
        device: phone.identity,
        id: ids.phone,
        root: phone.identity,
        assurance: 'authority' as const,
        path: [ids.phone],
        mayCertify: true,
      }),
    }
    const later: Evidence = { kind: 2, body: new Uint8Array(3) }
    expect((await checkEvidence(later, [deviceChainCertifier, authority], context)).assurance).toBe(
      'authority',
    )
  })

  it('refuses truncation and leftovers', async () => {
    const bytes = encodeEvidence(await root())
    for (let i = 0; i < bytes.length; i++)
      expect(() => decodeEvidence(bytes.subarray(0, i))).toThrow(WarrenError)
    expect(() => decodeEvidence(new Uint8Array([...bytes, 0]))).toThrow('left over')
  })
})
