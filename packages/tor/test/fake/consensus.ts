import type { KeyObject } from 'node:crypto'
import { utf8 } from '@warren/primitives/bytes'
import { base64BareText, base64Text } from '@warren/primitives/encoding'
import { sha256, unsafeSha1 } from '@warren/primitives/hash'
import { type Authority, fingerprintText } from '../../src/directory/authority.ts'
import { rsaKeyOf, rsaSignBare } from './identity.ts'
import type { FakeRelay } from './relay.ts'

/** An authority that exists in a test only. */
export interface FakeAuthority {
  configuration: Authority
  /** Its certificate, as `/tor/keys/all` would give it. */
  certificate: string
  signingKey: KeyObject
  signingKeyDigest: string
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = base64Text.encode(bytes).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

export function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

/** `relay` is where the authority can be reached. */
export function fakeAuthority(
  nickname: string,
  relay: FakeRelay,
  { expires = Date.UTC(2030, 0, 1) } = {},
): FakeAuthority {
  const identity = rsaKeyOf(`identity of ${nickname}`, 2048)
  const signing = rsaKeyOf(`signing key of ${nickname}`, 2048)
  const v3Identity = fingerprintText(unsafeSha1(identity.pkcs1))
  const body =
    `dir-key-certificate-version 3\nfingerprint ${v3Identity}\ndir-key-published 2025-12-01 00:00:00\n` +
    `dir-key-expires ${time(expires)}\ndir-identity-key\n${pem('RSA PUBLIC KEY', identity.pkcs1)}` +
    `dir-signing-key\n${pem('RSA PUBLIC KEY', signing.pkcs1)}` +
    `dir-key-crosscert\n${pem('ID SIGNATURE', rsaSignBare(signing.key, unsafeSha1(identity.pkcs1)))}` +
    'dir-key-certification\n'
  return {
    configuration: {
      nickname,
      v3Identity,
      address: relay.options.address,
      orPort: relay.port,
      fingerprint: fingerprintText(relay.identity.rsaId),
    },
    certificate: body + pem('SIGNATURE', rsaSignBare(identity.key, unsafeSha1(utf8(body)))),
    signingKey: signing.key,
    signingKeyDigest: fingerprintText(unsafeSha1(signing.pkcs1)),
  }
}

export function fakeMicrodesc(relay: FakeRelay, extra = ''): string {
  const { ntorKey, ed25519Id } = relay.identity
  return `onion-key\nntor-onion-key ${base64BareText.encode(ntorKey)}\n${extra}p accept 1-65535\nid ed25519 ${base64BareText.encode(ed25519Id)}\n`
}

export interface FakeConsensusOptions {
  relays: readonly FakeRelay[]
  signers: readonly FakeAuthority[]
  validAfter: number
  /** Lines for the header. */
  header?: string
  /** More of the line `params`. */
  parameters?: string
  flags?: string
  microdesc?: (relay: FakeRelay) => string
  bandwidth?: (relay: FakeRelay) => number
  flavour?: string
}

/** The part that is signed, up to and with the space after `directory-signature`. */
export function consensusBody(options: FakeConsensusOptions): string {
  const { relays, validAfter, header = '', parameters = '' } = options
  const { microdesc = fakeMicrodesc, bandwidth = () => 1000 } = options
  const { flags = 'Exit Fast Guard HSDir Running Stable V2Dir Valid', flavour = 'microdesc' } = options
  const rows = relays.map((relay) => {
    const digest = base64BareText.encode(sha256(utf8(microdesc(relay))))
    const id = base64BareText.encode(relay.identity.rsaId)
    const { nickname, address, speaksNtorV3 = false } = relay.options
    const protocols = speaksNtorV3 ? 'FlowCtrl=1-2 Link=4-5 Relay=2-4' : 'FlowCtrl=1 Link=4-5 Relay=2-3'
    return (
      `r ${nickname} ${id} 2038-01-01 00:00:00 ${address} ${relay.port} 0\nm ${digest}\ns ${flags}\n` +
      `v Tor 0.4.9.11\npr ${protocols}\nw Bandwidth=${bandwidth(relay)}\n`
    )
  })
  return (
    `network-status-version 3 ${flavour}\nvote-status consensus\nconsensus-method 33\n` +
    `valid-after ${time(validAfter)}\nfresh-until ${time(validAfter + 3_600_000)}\n` +
    `valid-until ${time(validAfter + 3 * 3_600_000)}\nvoting-delay 300 300\nknown-flags Exit Fast\n${header}` +
    `params hsdir_interval=1440 bwweightscale=10000 ${parameters}\n${rows.join('')}directory-footer\n` +
    'bandwidth-weights Wgg=5000 Wmm=10000\ndirectory-signature '
  )
}

export function signatures(body: string, signers: readonly FakeAuthority[]): string {
  const digest = sha256(utf8(body))
  return signers
    .map(({ configuration, signingKey, signingKeyDigest }, i) => {
      const start = i === 0 ? '' : 'directory-signature '
      return `${start}sha256 ${configuration.v3Identity} ${signingKeyDigest}\n${pem('SIGNATURE', rsaSignBare(signingKey, digest))}`
    })
    .join('')
}

export function fakeConsensus(options: FakeConsensusOptions): Uint8Array {
  const body = consensusBody(options)
  return utf8(body + signatures(body, options.signers))
}
