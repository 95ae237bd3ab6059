import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import { openAuthorityCertificate, splitCertificates } from '../../src/directory/authority.ts'
import { openConsensus, parameter, signersOf } from '../../src/directory/consensus.ts'
import { TorError } from '../../src/errors.ts'
import { consensusBody, fakeAuthority, fakeConsensus, signatures } from '../fake/consensus.ts'
import { FakeRelay } from '../fake/relay.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const relays = [0, 1, 2].map(
  (i) => new FakeRelay({ nickname: `relay${i}`, address: `10.${i}.0.1`, rng: testRng(`relay ${i}`) }),
)
const anyRelay = relays[0] as FakeRelay
const signers = ['one', 'two', 'three'].map((name) => fakeAuthority(name, anyRelay))
const stranger = fakeAuthority('stranger', anyRelay)
const expired = fakeAuthority('expired', anyRelay, { expires: NOW - HOUR })
const trust = {
  authorities: signers.map(({ configuration }) => configuration),
  certificates: signers.map(({ certificate }) => openAuthorityCertificate(certificate)),
  nowMs: NOW,
}
const honest = { relays, signers, validAfter: NOW - HOUR / 2 }

function open(bytes: Uint8Array, changed: Partial<typeof trust> = {}) {
  return () => openConsensus(bytes, { ...trust, ...changed })
}

describe('a consensus', () => {
  it('is believed with the signatures of all authorities, or of most', () => {
    const value = 'KpUcmDb7xOdDDUJgJDH3MKZcSm8V1xzsI4Zz7ErLTSA'
    const header = `shared-rand-previous-value 9 ${value}=\nshared-rand-current-value 9 ${value}=\n`
    const consensus = open(fakeConsensus({ ...honest, header }))()
    expect(consensus.relays.map(({ nickname, address, orPort }) => [nickname, address, orPort])).toEqual([
      ['relay0', '10.0.0.1', 9001],
      ['relay1', '10.1.0.1', 9001],
      ['relay2', '10.2.0.1', 9001],
    ])
    expect(consensus.relays[0]?.rsaId).toEqual(anyRelay.identity.rsaId)
    expect(consensus.sharedRandom.current).toHaveLength(32)
    expect(consensus.sharedRandom.previous).toHaveLength(32)
    expect(consensus.votingIntervalSeconds).toBe(3600)
    expect(consensus.bandwidthWeights.get('Wgg')).toBe(5000)
    expect(parameter(consensus, 'hsdir_interval', { fallback: 1, least: 30, most: 14_400 })).toBe(1440)
    expect(parameter(consensus, 'hsdir_interval', { fallback: 1, least: 30, most: 100 })).toBe(100)
    expect(parameter(consensus, 'absent', { fallback: 7, least: 1, most: 9 })).toBe(7)
    expect(open(fakeConsensus({ ...honest, signers: signers.slice(1) }))().relays).toHaveLength(3)
  })

  it('is not believed with the signatures of half or fewer', () => {
    expect(open(fakeConsensus({ ...honest, signers: signers.slice(0, 1) }))).toThrow(
      '1 valid signatures of 3',
    )
    const body = consensusBody(honest)
    expect(open(utf8(body.slice(0, -'directory-signature '.length)))).toThrow('not signed')
  })

  it('counts an authority once, and strangers never', () => {
    const [one] = signers
    if (one === undefined) throw new Error('no signer')
    expect(open(fakeConsensus({ ...honest, signers: [one, one, one] }))).toThrow('1 valid signatures')
    expect(open(fakeConsensus({ ...honest, signers: [one, stranger, stranger] }))).toThrow(
      '1 valid signatures',
    )
    const known = [...trust.certificates, openAuthorityCertificate(stranger.certificate)]
    expect(open(fakeConsensus({ ...honest, signers: [one, stranger] }), { certificates: known })).toThrow(
      '1 valid signatures',
    )
  })

  it('does not count a key whose certificate has expired', () => {
    const authorities = [expired.configuration]
    const certificates = [openAuthorityCertificate(expired.certificate)]
    const bytes = fakeConsensus({ ...honest, signers: [expired] })
    expect(open(bytes, { authorities, certificates })).toThrow('0 valid signatures')
    expect(open(bytes, { authorities, certificates, nowMs: NOW - 2 * HOUR })().relays).toHaveLength(3)
  })

  it('is not believed when anything in it was changed', () => {
    const text = fromUtf8(fakeConsensus(honest))
    for (const [from, to] of [
      ['10.0.0.1', '10.0.0.2'],
      ['Bandwidth=1000', 'Bandwidth=9000'],
      ['Wgg=5000', 'Wgg=5001'],
      ['Exit Fast Guard', 'Fast Guard'],
    ] as const)
      expect(open(utf8(text.replace(from, to)))).toThrow('0 valid signatures')
  })

  it('is refused a day before its time and a day after it', () => {
    const bytes = fakeConsensus(honest)
    expect(open(bytes, { nowMs: NOW + 26 * HOUR })().relays).toHaveLength(3)
    expect(open(bytes, { nowMs: NOW + 27 * HOUR })).toThrow('too old')
    expect(open(bytes, { nowMs: NOW - 24 * HOUR })().relays).toHaveLength(3)
    expect(open(bytes, { nowMs: NOW - 25 * HOUR })).toThrow('is the clock of this machine right?')
  })

  it('is refused when it asks clients for a protocol that we do not speak', () => {
    const asks = (what: string) => fakeConsensus({ ...honest, header: `required-client-protocols ${what}\n` })
    expect(open(asks('Link=4 Relay=2'))().relays).toHaveLength(3)
    expect(open(asks('Link=4 Relay=6'))).toThrow('requires Relay=6')
    expect(open(asks('Magic=1'))).toThrow('requires Magic=1')
  })

  it('of another kind or flavour is refused', () => {
    expect(open(fakeConsensus({ ...honest, flavour: 'ns' }))).toThrow(TorError)
    const vote = fromUtf8(fakeConsensus(honest)).replace('vote-status consensus', 'vote-status vote')
    expect(open(utf8(vote))).toThrow(TorError)
  })

  it('cut short anywhere, or garbage, is a TorError and nothing else', () => {
    const bytes = fakeConsensus(honest)
    const half = consensusBody(honest).length + 400
    for (let length = 0; length < half; length += 37)
      expect(open(bytes.subarray(0, length)), `${length} bytes`).toThrow(TorError)
    const rng = testRng('garbage')
    for (let i = 0; i < 50; i++) expect(open(rng.bytes(500))).toThrow(TorError)
  })

  it('names its signers before it is checked', () => {
    expect(signersOf(fakeConsensus(honest)).map(({ v3Identity }) => v3Identity)).toEqual(
      trust.authorities.map(({ v3Identity }) => v3Identity),
    )
  })
})

describe('a certificate of an authority', () => {
  const text = signers[0]?.certificate ?? ''

  it('is read alone and among others', () => {
    expect(splitCertificates(signers.map(({ certificate }) => certificate).join(''))).toHaveLength(3)
    expect(openAuthorityCertificate(text).v3Identity).toBe(signers[0]?.configuration.v3Identity)
  })

  it('is refused with another fingerprint, times, key or end', () => {
    expect(() => openAuthorityCertificate(text.replace(/fingerprint ./, 'fingerprint X'))).toThrow(
      'fingerprint',
    )
    expect(() => openAuthorityCertificate(text.replace('2030', '2031'))).toThrow('wrong signature')
    expect(() => openAuthorityCertificate(`${text}more\n`)).toThrow('follows its signature')
    const other = stranger.certificate
    const signingKey = (of: string) =>
      /dir-signing-key\n(-----BEGIN[^]*?-----END RSA PUBLIC KEY-----\n)/.exec(of)?.[1] ?? ''
    expect(() => openAuthorityCertificate(text.replace(signingKey(text), signingKey(other)))).toThrow(
      'does not sign the identity',
    )
  })

  it('does not vouch for a consensus signed by somebody else', () => {
    const body = consensusBody(honest)
    const forged = signatures(body, [stranger]).replace(
      `${stranger.configuration.v3Identity} ${stranger.signingKeyDigest}`,
      `${signers[0]?.configuration.v3Identity} ${signers[0]?.signingKeyDigest}`,
    )
    expect(open(utf8(body + forged))).toThrow('0 valid signatures')
  })
})
