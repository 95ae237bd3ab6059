import { utf8 } from '@warren/primitives/bytes'
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from '@warren/primitives/ed25519'
import { base64Text, base64urlText } from '@warren/primitives/encoding'
import { WarrenError } from '@warren/primitives/errors'
import { sha256 } from '@warren/primitives/hash'
import { virtualClock } from '@warren/testkit/clock'
import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import {
  type BodyCover,
  checkContent,
  contentDigest,
  type ReceivedRequest,
  type RequestTarget,
  signRequest,
  type VerifyOptions,
  verifyRequest,
} from '../src/index.ts'
import { parseSignature, parseSignatureInput, signatureBase } from '../src/signature-base.ts'
import { testDevice } from './people.ts'

const { signer } = testDevice('phone')
const clock = virtualClock()
const rng = testRng('requests')
const target: RequestTarget = { method: 'PUT', path: '/spaces/a%20b', query: 'from=1&to=2' }
const content = utf8('{"hello": "world"}')
const covered: BodyCover = { contentDigest: contentDigest(content) }
const options: VerifyOptions = { nowMs: clock.now(), toleranceSeconds: 60, seenNonce: () => false }
const lookup = (keyid: string) => (keyid === 'phone-1' ? signer.publicKey : undefined)

async function signed(body: BodyCover = covered, audience?: string): Promise<ReceivedRequest> {
  const sign = audience === undefined ? { keyid: 'phone-1' } : { keyid: 'phone-1', audience }
  const headers = await signRequest(target, body, signer, sign, { clock, rng })
  return { ...target, headers, hasBody: body !== 'no-body' }
}
const withHeader = (request: ReceivedRequest, name: string, value: string | undefined): ReceivedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
})
const refusedAs = (code: string) =>
  expect.objectContaining({ name: 'IdentityError', code: `identity/${code}` })

describe('RFC 9421, appendix B.2.6', () => {
  const seed = base64urlText.decode('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU')
  const publicKey = base64urlText.decode('JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs')
  const values: Record<string, string> = {
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    '@method': 'POST',
    '@path': '/foo',
    '@authority': 'example.com',
    'content-type': 'application/json',
    'content-length': '18',
  }
  const input = parseSignatureInput(
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  )
  const signature = parseSignature(
    'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    'sig-b26',
  )

  it('gives the signature of the RFC', () => {
    expect(ed25519PublicKey(seed)).toEqual(publicKey)
    const base = signatureBase(input.components, input.text, (c) => values[c] ?? '')
    expect(ed25519Verify(publicKey, utf8(base), signature)).toBe(true)
    expect(ed25519Sign(seed, utf8(base))).toEqual(signature)
  })

  it('does not verify with another value', () => {
    const base = signatureBase(input.components, input.text, (c) =>
      c === '@path' ? '/bar' : (values[c] ?? ''),
    )
    expect(ed25519Verify(publicKey, utf8(base), signature)).toBe(false)
  })
})

describe('signed requests', () => {
  it('are verified, and name the device and the digest of the body', async () => {
    const { keyid, body } = await verifyRequest(await signed(), lookup, options)
    expect(keyid).toBe('phone-1')
    expect(body).toEqual({ sha256: sha256(content) })
    checkContent(body as { sha256: Uint8Array }, sha256(content))
    expect(() => checkContent(body as { sha256: Uint8Array }, sha256(utf8('else')))).toThrow(
      refusedAs('request-signature'),
    )
  })

  it('look like this', async () => {
    const { headers } = await signed(covered, 'vault-7')
    expect(headers['signature-input']).toMatch(
      /^warren=\("@method" "@path" "@query" "content-digest" "warren-audience"\);created=1767225600;nonce="[\w-]{22}";keyid="phone-1";tag="warren"$/,
    )
    expect(headers['signature']).toMatch(/^warren=:[A-Za-z0-9+/]{86}==:$/)
    expect(headers['content-digest']).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')
  })

  it('need no body, and no query', async () => {
    const bare = { method: 'GET', path: '/' }
    const headers = await signRequest(bare, 'no-body', signer, { keyid: 'phone-1' }, { clock, rng })
    const verified = await verifyRequest({ ...bare, headers, hasBody: false }, lookup, options)
    expect(verified).toEqual({ keyid: 'phone-1', body: 'no-body' })
  })

  it.each<[string, (r: ReceivedRequest) => ReceivedRequest, string]>([
    ['another method', (r) => ({ ...r, method: 'DELETE' }), 'request-signature'],
    ['another path', (r) => ({ ...r, path: '/spaces/b' }), 'request-signature'],
    ['another query', (r) => ({ ...r, query: 'from=1&to=3' }), 'request-signature'],
    ['no query', (r) => ({ ...r, query: undefined }), 'request-signature'],
    ['another digest', (r) => withHeader(r, 'content-digest', contentDigest(utf8('x'))), 'request-signature'],
    ['no digest', (r) => withHeader(r, 'content-digest', undefined), 'request-malformed'],
    ['a digest of another kind', (r) => withHeader(r, 'content-digest', 'md5=:AAAA:'), 'request-malformed'],
    ['no signature', (r) => withHeader(r, 'signature', undefined), 'request-malformed'],
    ['no signature-input', (r) => withHeader(r, 'signature-input', undefined), 'request-malformed'],
    ['a line break in the path', (r) => ({ ...r, path: '/a\n"@query": ?' }), 'request-malformed'],
    ['a lower-case method', (r) => ({ ...r, method: 'put' }), 'request-malformed'],
  ])('refuse %s', async (_, change, code) => {
    await expect(verifyRequest(change(await signed()), lookup, options)).rejects.toThrow(refusedAs(code))
  })

  it.each<[string, RegExp, string]>([
    ['another key', /phone-1/, 'phone-2'],
    ['another time', /created=\d+/, 'created=1'],
    ['another nonce', /nonce="...../, 'nonce="AAAAA'],
  ])('refuse %s in the parameters as they refuse a wrong signature', async (_, pattern, replacement) => {
    const request = await signed()
    const input = (request.headers['signature-input'] ?? '').replace(pattern, replacement)
    await expect(
      verifyRequest(withHeader(request, 'signature-input', input), lookup, options),
    ).rejects.toThrow(refusedAs('request-signature'))
  })

  it.each<[string, string | RegExp, string]>([
    ['no method', '"@method" ', ''],
    ['no path', '"@path" ', ''],
    ['no query', '"@query" ', ''],
    ['no digest of the body', ' "content-digest"', ''],
    ['another tag', 'tag="warren"', 'tag="other"'],
    ['no tag', ';tag="warren"', ''],
    ['no nonce', /;nonce="[^"]*"/, ''],
    ['a short nonce', /;nonce="[^"]*"/, ';nonce="a"'],
    ['no time', /;created=\d+/, ''],
    ['a time in quotes', /;created=(\d+)/, ';created="$1"'],
    ['no key', ';keyid="phone-1"', ''],
    ['another algorithm', /$/, ';alg="hmac-sha256"'],
    ['a parameter twice', /$/, ';tag="warren"'],
    ['a component twice', '"@path"', '"@path" "@path"'],
    ['a component with a parameter', '"@path"', '"@path";req'],
    ['two signatures', /$/, ', other=()'],
    ['garbage', /^.*$/, 'warren'],
    ['a long header', /$/, `;x="${'a'.repeat(2000)}"`],
  ])('refuse signatures with %s', async (_, pattern, replacement) => {
    const request = await signed()
    const input = (request.headers['signature-input'] ?? '').replace(pattern, replacement)
    await expect(
      verifyRequest(withHeader(request, 'signature-input', input), lookup, options),
    ).rejects.toThrow(refusedAs('request-malformed'))
  })

  it('refuse a change of any byte of the signature', async () => {
    const request = await signed()
    const bytes = parseSignature(request.headers['signature'] ?? '', 'warren')
    for (let i = 0; i < bytes.length; i++) {
      const changed = Uint8Array.from(bytes)
      changed[i] = (changed[i] as number) ^ 1
      const header = `warren=:${base64Text.encode(changed)}:`
      await expect(verifyRequest(withHeader(request, 'signature', header), lookup, options)).rejects.toThrow(
        refusedAs('request-signature'),
      )
    }
  })

  it('are refused too late and too early', async () => {
    const request = await signed()
    for (const skew of [-61_000, 61_000])
      await expect(verifyRequest(request, lookup, { ...options, nowMs: clock.now() + skew })).rejects.toThrow(
        refusedAs('request-time'),
      )
    for (const skew of [-60_000, 60_000])
      await verifyRequest(request, lookup, { ...options, nowMs: clock.now() + skew })
  })

  it('are refused the second time, and a nonce is remembered only if all else is right', async () => {
    const seen = new Set<string>()
    const seenNonce = (keyid: string, nonce: string) => {
      const entry = `${keyid} ${nonce}`
      return seen.has(entry) || !seen.add(entry)
    }
    const request = await signed()
    const late = { ...options, seenNonce, nowMs: clock.now() + 1e6 }
    await expect(
      verifyRequest({ ...request, path: '/x' }, lookup, { ...options, seenNonce }),
    ).rejects.toThrow(WarrenError)
    await expect(verifyRequest(request, lookup, late)).rejects.toThrow(WarrenError)
    expect(seen.size).toBe(0)
    await verifyRequest(request, lookup, { ...options, seenNonce })
    await expect(verifyRequest(request, lookup, { ...options, seenNonce })).rejects.toThrow(
      refusedAs('request-replayed'),
    )
  })

  it('leave a body uncovered only where the route says so', async () => {
    const request = await signed('unsafeUncovered')
    await expect(verifyRequest(request, lookup, options)).rejects.toThrow(refusedAs('request-malformed'))
    const allowed = { ...options, unsafeAllowUncoveredBody: true }
    expect((await verifyRequest(request, lookup, allowed)).body).toBe('unsafeUncovered')
    // A digest that nobody signed must not pass for one that was checked.
    const slipped = withHeader(request, 'content-digest', contentDigest(content))
    await expect(verifyRequest(slipped, lookup, allowed)).rejects.toThrow(refusedAs('request-malformed'))
  })

  it('are for one service, if it says who it is', async () => {
    const request = await signed(covered, 'vault-7')
    await verifyRequest(request, lookup, { ...options, audience: 'vault-7' })
    await expect(verifyRequest(request, lookup, { ...options, audience: 'vault-8' })).rejects.toThrow(
      refusedAs('request-signature'),
    )
    await expect(
      verifyRequest(withHeader(request, 'warren-audience', 'vault-8'), lookup, {
        ...options,
        audience: 'vault-8',
      }),
    ).rejects.toThrow(refusedAs('request-signature'))
    await expect(verifyRequest(await signed(), lookup, { ...options, audience: 'vault-7' })).rejects.toThrow(
      refusedAs('request-malformed'),
    )
  })

  it('are not made for what cannot be sent', async () => {
    const make = (t: RequestTarget, keyid = 'k') =>
      signRequest(t, 'no-body', signer, { keyid }, { clock, rng })
    await expect(make({ method: 'GET', path: 'x' })).rejects.toThrow('path')
    await expect(make({ method: 'GET', path: '/a?b' })).rejects.toThrow('path')
    await expect(make({ method: 'GET', path: '/\u00e9' })).rejects.toThrow('path')
    await expect(make({ method: 'GET', path: '/', query: 'a b' })).rejects.toThrow('query')
    await expect(make({ method: 'GET', path: '/' }, 'a"b')).rejects.toThrow(RangeError)
  })
})
