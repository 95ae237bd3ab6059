import { ed25519PublicKey } from '@warren/primitives/ed25519'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { encodeCerts, verifyCerts } from '../../src/link/certs.ts'
import {
  crossCertificate,
  edCertificate,
  type FakeIdentity,
  fakeIdentity,
  honestCertificates,
  rsaKeyOf,
  selfSigned,
} from '../fake/identity.ts'

const NOW = Date.UTC(2026, 0, 1)
const PAST_HOURS = NOW / 3_600_000

/** One thing of an honest relay's certificates changed. */
function verify(
  change: (certificates: Map<number, Uint8Array>, identity: FakeIdentity) => void,
  identity = fakeIdentity(testRng('relay')),
) {
  const certificates = honestCertificates(identity)
  change(certificates, identity)
  return () =>
    verifyCerts(encodeCerts(certificates), {
      identity: { rsaId: identity.rsaId, ed25519Id: identity.ed25519Id },
      certificateSha256: identity.tlsCertificateSha256,
      nowMs: NOW,
    })
}

/** The cause's message: which step failed. */
function failing(step: string) {
  return expect.objectContaining({
    code: 'tor/relay-identity',
    cause: expect.objectContaining({ message: expect.stringContaining(step) as unknown }) as unknown,
  })
}

describe('a relay proves its identity', () => {
  it('with all four certificates', () => {
    const identity = fakeIdentity(testRng('relay'))
    expect(verify(() => {}, identity)()).toEqual({ rsaId: identity.rsaId, ed25519Id: identity.ed25519Id })
  })

  it.each([2, 4, 5, 7])('and not without the one of type %i', (type) => {
    expect(verify((certificates) => void certificates.delete(type))).toThrow(
      failing(`no certificate of type ${type}`),
    )
  })

  it.each([2, 4, 5, 7])('and not with a flipped bit in the signature of type %i', (type) => {
    const flip = (certificates: Map<number, Uint8Array>) => {
      const bytes = Uint8Array.from(certificates.get(type) as Uint8Array)
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
      certificates.set(type, bytes)
    }
    expect(verify(flip)).toThrow(failing('wrong signature'))
  })

  it.each([2, 4, 5, 7])('and not with type %i cut short or continued', (type) => {
    const change = (edit: (bytes: Uint8Array) => Uint8Array) => (certificates: Map<number, Uint8Array>) =>
      void certificates.set(type, edit(certificates.get(type) as Uint8Array))
    expect(verify(change((bytes) => bytes.subarray(0, -1)))).toThrow(failing(''))
    expect(verify(change((bytes) => Uint8Array.of(...bytes, 0)))).toThrow(failing(''))
  })

  it('and not for another TLS connection', () => {
    const change = (certificates: Map<number, Uint8Array>, { signingSeed }: FakeIdentity) =>
      void certificates.set(
        5,
        edCertificate({ type: 5, keyType: 3, subject: new Uint8Array(32), signerSeed: signingSeed }),
      )
    expect(verify(change)).toThrow(failing('another TLS connection'))
  })

  it('and not with a certificate of another kind in its place', () => {
    const change = (certificates: Map<number, Uint8Array>) =>
      void certificates.set(5, certificates.get(4) as Uint8Array)
    expect(verify(change)).toThrow(failing('type 4, expected 5'))
  })

  it('and not with expired certificates', () => {
    const signing = (certificates: Map<number, Uint8Array>, { edSeed, signingSeed }: FakeIdentity) =>
      void certificates.set(
        4,
        edCertificate({
          type: 4,
          keyType: 1,
          subject: ed25519PublicKey(signingSeed),
          signerSeed: edSeed,
          namesSigner: true,
          hours: PAST_HOURS,
        }),
      )
    expect(verify(signing)).toThrow(failing('type 4: expired'))
    const cross = (certificates: Map<number, Uint8Array>, identity: FakeIdentity) =>
      void certificates.set(7, crossCertificate(identity, PAST_HOURS))
    expect(verify(cross)).toThrow(failing('cross-certificate: expired'))
  })

  it('and not with an RSA key that is not its own, or too long', () => {
    const other = rsaKeyOf('other', 1024)
    const change = (certificates: Map<number, Uint8Array>) =>
      void certificates.set(2, selfSigned({ rsaKey: other.key, rsaPkcs1: other.pkcs1 }))
    expect(verify(change)).toThrow(failing('wrong signature'))
    expect(verify(() => {}, fakeIdentity(testRng('long'), 1536))).toThrow(failing('not of 1024 bits'))
  })

  it('and is refused when it proves to be somebody else', () => {
    const identity = fakeIdentity(testRng('relay'))
    const expected = { certificateSha256: identity.tlsCertificateSha256, nowMs: NOW }
    const body = encodeCerts(honestCertificates(identity))
    const rsaId = new Uint8Array(20)
    expect(() => verifyCerts(body, { identity: { rsaId }, ...expected })).toThrow('RSA identity is not')
    const ed25519Id = new Uint8Array(32)
    expect(() => verifyCerts(body, { identity: { rsaId: identity.rsaId, ed25519Id }, ...expected })).toThrow(
      'Ed25519 identity is not',
    )
  })
})
