import { utf8 } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { ED25519_SIGNATURE_BYTES, ed25519Verify } from '@warren/primitives/ed25519'
import { base64Text, base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { parseContentDigest } from './content-digest.ts'
import { IdentityError } from './errors.ts'
import { parseSignature, parseSignatureInput, type SignatureInput, signatureBase } from './signature-base.ts'
import type { Signer } from './signed.ts'

// How a device signs its requests: RFC 9421 with ed25519 (§3.3.6). docs/formats/identity.md §6.

export const SIGNATURE_TAG = 'warren'
const LABEL = 'warren'
const AUDIENCE_HEADER = 'warren-audience'
const NONCE_BYTES = 16

/** The request line as it goes over the wire: `path` starts with `/`, `query` is without `?` (undefined if none). */
export interface RequestTarget {
  readonly method: string
  readonly path: string
  readonly query?: string | undefined
}

/**
 * What the signature says of the body. `unsafeUncovered`: nothing. Only for uploads whose content checks itself (sealed
 * chunks), which are streamed and so not hashed before the header is sent.
 */
export type BodyCover = 'no-body' | 'unsafeUncovered' | { readonly contentDigest: string }

export interface SignOptions {
  readonly keyid: string
  /**
   * Which service this request is for (its stable id, not its address). Without it, a service that is sent a request
   * can hand it on to another service that knows the same key.
   */
  readonly audience?: string
}

/** A received request. Header names in lower case; a header sent twice must be joined with `, ` as RFC 9110 says. */
export interface ReceivedRequest extends RequestTarget {
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Whether a body follows, even an empty one with Content-Length above 0 or chunked. */
  readonly hasBody: boolean
}

export interface VerifyOptions {
  readonly nowMs: number
  readonly toleranceSeconds: number
  /** True if this nonce was seen before; it is remembered by the call. See `ReplayCache`. */
  readonly seenNonce: (keyid: string, nonce: string) => boolean
  /** The service's own id. If given, a request for another service, or for none, is refused. */
  readonly audience?: string
  /** Set only for routes whose body checks itself. */
  readonly unsafeAllowUncoveredBody?: boolean
}

export interface VerifiedRequest {
  readonly keyid: string
  /** SHA-256 that the body must have, still to be compared with the body (`checkContent`); or why there is none. */
  readonly body: 'no-body' | 'unsafeUncovered' | { readonly sha256: Uint8Array }
}

/** A value of §2.2 or of a header that is covered. */
function componentValue(
  request: RequestTarget,
  headers: Readonly<Record<string, string | undefined>>,
): (component: string) => string {
  return (component) => {
    switch (component) {
      case '@method':
        return request.method
      case '@path':
        return request.path
      case '@query':
        return `?${request.query ?? ''}`
      default: {
        const value = headers[component]
        if (value === undefined) refuse('identity/request-malformed', `covers ${component}, which is missing`)
        return value.trim()
      }
    }
  }
}

function refuse(
  code: 'identity/request-malformed' | 'identity/request-signature' | 'identity/request-time',
  why: string,
): never {
  const kind = code === 'identity/request-malformed' ? 'bad-input' : 'auth-failed'
  throw new IdentityError(code, kind, `HTTP signature: ${why}`)
}

function checkTarget(target: RequestTarget): void {
  if (!/^[A-Z]{1,16}$/.test(target.method)) refuse('identity/request-malformed', 'method')
  if (!/^\/[\x21-\x7e]*$/.test(target.path) || /[?#]/.test(target.path))
    refuse('identity/request-malformed', 'path')
  if (!/^[\x21-\x7e]*$/.test(target.query ?? '') || target.query?.includes('#') === true)
    refuse('identity/request-malformed', 'query')
}

/** A structured-field string as we send it: no quotes, backslashes or semicolons, so it needs no escapes. */
function quoted(field: string, text: string): string {
  if (!/^[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]{1,255}$/.test(text))
    throw new RangeError(`${field}: not 1 … 255 plain ASCII characters`)
  return `"${text}"`
}

/**
 * The headers to add to a request: `signature-input`, `signature`, and where they apply `content-digest` and
 * `warren-audience`. Draws 16 bytes from `rng` for the nonce.
 */
export async function signRequest(
  target: RequestTarget,
  body: BodyCover,
  signer: Signer,
  options: SignOptions,
  environment: { clock: Pick<Clock, 'now'>; rng: Rng },
): Promise<Record<string, string>> {
  checkTarget(target)
  const headers: Record<string, string> = {}
  const components = ['@method', '@path', '@query']
  if (typeof body === 'object') {
    headers['content-digest'] = body.contentDigest
    components.push('content-digest')
  }
  if (options.audience !== undefined) {
    quoted('audience', options.audience)
    headers[AUDIENCE_HEADER] = options.audience
    components.push(AUDIENCE_HEADER)
  }
  const created = Math.floor(environment.clock.now() / 1000)
  const nonce = base64urlText.encode(environment.rng.bytes(NONCE_BYTES))
  const parameters = `(${components.map((c) => `"${c}"`).join(' ')});created=${created};nonce=${quoted('nonce', nonce)};keyid=${quoted('keyid', options.keyid)};tag="${SIGNATURE_TAG}"`
  const signature = await signer.sign(
    utf8(signatureBase(components, parameters, componentValue(target, headers))),
  )
  if (signature.length !== ED25519_SIGNATURE_BYTES)
    throw new RangeError(`signature: expected ${ED25519_SIGNATURE_BYTES} bytes, got ${signature.length}`)
  headers['signature-input'] = `${LABEL}=${parameters}`
  headers['signature'] = `${LABEL}=:${base64Text.encode(signature)}:`
  return headers
}

interface Parameters {
  created: number
  nonce: string
  keyid: string
}

/** §3.2.1: what our application requires of a signature, beyond being one. */
function checkInput(input: SignatureInput, request: ReceivedRequest, options: VerifyOptions): Parameters {
  const malformed = (why: string) => refuse('identity/request-malformed', why)
  for (const needed of ['@method', '@path', '@query'])
    if (!input.components.includes(needed)) malformed(`does not cover ${needed}`)
  if (input.parameters.get('tag') !== SIGNATURE_TAG) malformed('has another tag')
  const algorithm = input.parameters.get('alg')
  if (algorithm !== undefined && algorithm !== 'ed25519') malformed('has another algorithm')
  const created = input.parameters.get('created')
  const nonce = input.parameters.get('nonce')
  const keyid = input.parameters.get('keyid')
  if (typeof created !== 'number') return malformed('has no created')
  if (typeof nonce !== 'string' || nonce.length < 16 || nonce.length > 64) return malformed('has no nonce')
  if (typeof keyid !== 'string' || keyid === '') return malformed('has no keyid')
  const covered = input.components.includes('content-digest')
  // An uncovered digest would be taken for a checked one further down.
  if (!covered && request.headers['content-digest'] !== undefined) malformed('does not cover content-digest')
  if (request.hasBody && !covered && options.unsafeAllowUncoveredBody !== true)
    malformed('does not cover the body')
  if (options.audience !== undefined) {
    if (!input.components.includes(AUDIENCE_HEADER)) malformed('does not say for which service')
    if (request.headers[AUDIENCE_HEADER] !== options.audience)
      refuse('identity/request-signature', 'made for another service')
  }
  return { created, nonce, keyid }
}

/**
 * Checks a request and says whose it is. `lookupKey` gives the Ed25519 key of a device that may speak now (known and
 * not removed), else undefined; an unknown key and a wrong signature give the same error. A nonce is remembered only
 * after everything else has passed, so that nobody without a key can fill the memory of nonces.
 *
 * Throws IdentityError `identity/request-malformed`, `-signature`, `-time`, `-replayed`.
 */
export async function verifyRequest(
  request: ReceivedRequest,
  lookupKey: (keyid: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
  options: VerifyOptions,
): Promise<VerifiedRequest> {
  checkTarget(request)
  const inputHeader = request.headers['signature-input']
  const signatureHeader = request.headers['signature']
  if (inputHeader === undefined || signatureHeader === undefined)
    return refuse('identity/request-malformed', 'missing')
  const input = parseSignatureInput(inputHeader)
  const signature = parseSignature(signatureHeader, input.label)
  const { created, nonce, keyid } = checkInput(input, request, options)
  const base = signatureBase(input.components, input.text, componentValue(request, request.headers))
  const digestHeader = request.headers['content-digest']
  const sha256 = digestHeader === undefined ? undefined : parseContentDigest(digestHeader)

  const key = await lookupKey(keyid)
  if (key === undefined || !ed25519Verify(key, utf8(base), signature))
    refuse('identity/request-signature', 'does not verify')
  if (Math.abs(options.nowMs / 1000 - created) > options.toleranceSeconds)
    refuse('identity/request-time', 'made too long ago, or in the future: check the clock of the device')
  if (options.seenNonce(keyid, nonce))
    throw new IdentityError('identity/request-replayed', 'auth-failed', 'HTTP signature: seen before')
  if (sha256 !== undefined) return { keyid, body: { sha256 } }
  return { keyid, body: request.hasBody ? 'unsafeUncovered' : 'no-body' }
}
