import {
  checkContent,
  type DeviceId,
  type DeviceIdentity,
  decodeDeviceIdentity,
  deviceId,
  IdentityError,
  ReplayCache,
  verifyRequest,
} from '@warren/identity'
import type { Clock } from '@warren/primitives/clock'
import { sha256 } from '@warren/primitives/hash'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { VaultError } from '../protocol/index.ts'
import type { Limits } from './limits.ts'
import type { Ledger } from './records/ledger.ts'
import type { Caller } from './records/plan.ts'
import type { Store } from './store/store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed this request. Set before a handler runs, on every route but the public ones. */
    caller: Caller | undefined
    /** The document as it was sent. */
    rawBody: Uint8Array | undefined
    /** SHA-256 that the body has to have. */
    signedDigest: Uint8Array | undefined
    /** Of the signature that verified. */
    nonce: string | undefined
  }
  interface FastifyContextConfig {
    /** Whose requests this route takes: devices of accounts, unless it says more. */
    access?: 'public' | 'newcomers'
    /** The body is chunks, which check themselves: the signature need not cover it. */
    sealedBody?: boolean
    /**
     * A request of this route that is sent a second time changes nothing, though everything that was to be undone was
     * undone between. All others that write are remembered over a restart of the service.
     */
    repeatable?: boolean
    /** Where a newcomer's identity stands in the document. */
    identityIn?: (body: unknown) => Uint8Array | undefined
  }
}

interface Dependencies {
  ledger: Ledger
  store: Store
  clock: Clock
  limits: Limits
  /** This vault's own id: a request that names another is refused. */
  vaultId: string
}

/** Checks who sent a request, before its body is read where that can be known. */
export function authenticate(app: FastifyInstance, dependencies: Dependencies): void {
  const { ledger, store, clock, limits, vaultId } = dependencies
  const replays = new ReplayCache({
    clock,
    toleranceSeconds: limits.clockToleranceSeconds,
    capacity: limits.replayNonces,
    capacityPerKey: limits.replayNoncesPerKey,
  })
  // Anybody can make keys: strangers must not fill the memory that devices of accounts need.
  const strangers = new ReplayCache({
    clock,
    toleranceSeconds: limits.clockToleranceSeconds,
    capacity: limits.replayNoncesOfNewcomers,
    capacityPerKey: limits.replayNoncesPerKey,
  })
  app.decorateRequest('caller', undefined)
  app.decorateRequest('rawBody', undefined)
  app.decorateRequest('signedDigest', undefined)
  app.decorateRequest('nonce', undefined)

  async function verify(
    request: FastifyRequest,
    nonces: ReplayCache,
    lookup: (key: string) => Uint8Array | undefined,
  ) {
    const url = request.raw.url ?? '/'
    const question = url.indexOf('?')
    const headers: Record<string, string | undefined> = {}
    for (const [name, value] of Object.entries(request.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : value
    const verified = await verifyRequest(
      {
        method: request.method,
        path: question < 0 ? url : url.slice(0, question),
        query: question < 0 ? undefined : url.slice(question + 1),
        headers,
        hasBody: hasBody(request),
      },
      lookup,
      {
        nowMs: clock.now(),
        toleranceSeconds: limits.clockToleranceSeconds,
        seenNonce(key, nonce) {
          request.nonce = nonce
          return nonces.seen(key, nonce)
        },
        audience: vaultId,
        unsafeAllowUncoveredBody: request.routeOptions.config.sealedBody === true,
      },
    )
    request.signedDigest = typeof verified.body === 'object' ? verified.body.sha256 : undefined
    return verified.keyid as DeviceId
  }

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.access === 'public' || request.is404) return
    let unknown: string | undefined
    try {
      const id = await verify(request, replays, (key) => {
        const known = ledger.device(key as DeviceId)
        if (known === undefined) unknown = key
        return known?.device.identity.signingKey
      })
      const known = ledger.device(id)
      if (known !== undefined) request.caller = { kind: 'device', account: known.account.id, device: id }
      return
    } catch (error) {
      const newcomer =
        unknown !== undefined &&
        error instanceof IdentityError &&
        error.code === 'identity/request-signature' &&
        request.routeOptions.config.access === 'newcomers' &&
        // A device that an account has removed is not new.
        ledger.accountOf(unknown as DeviceId) === undefined
      if (!newcomer) throw unknown === undefined ? error : notOfAnAccount(error)
    }
    if (Number(request.headers['content-length'] ?? 0) > limits.newcomerBytes || isChunked(request))
      throw new VaultError('vault/too-large', 'too much from a device that no account has')
  })

  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.access === 'public' || request.is404) return
    request.caller ??= await newcomer(request)
    if (request.signedDigest !== undefined && request.rawBody !== undefined)
      checkContent({ sha256: request.signedDigest }, sha256(request.rawBody))
    else if (request.signedDigest !== undefined && !request.routeOptions.config.sealedBody)
      checkContent({ sha256: request.signedDigest }, sha256(new Uint8Array(0)))
    if (!isRepeatable(request)) await remember(request, request.caller.device)
  })

  /** Durably, before the request has any effect: a restart empties the memory of nonces, and signatures are good on. */
  async function remember({ nonce }: FastifyRequest, device: DeviceId): Promise<void> {
    if (nonce === undefined) throw new VaultError('vault/unauthenticated', 'not signed by a device')
    const now = clock.now()
    // Accepted from created − tolerance to created + tolerance, as in the ReplayCache.
    const until = now + 2000 * limits.clockToleranceSeconds + 1000
    const isNew = await store.transact((tables) => tables.nonces.add(device, nonce, until, now))
    if (!isNew)
      throw new IdentityError('identity/request-replayed', 'auth-failed', 'HTTP signature: seen before')
  }

  /** A device that no account has yet: its key stands in what it sends now, or sent when it announced itself. */
  async function newcomer(request: FastifyRequest): Promise<Caller> {
    const sent = request.routeOptions.config.identityIn?.(request.body)
    let identity: DeviceIdentity | undefined = sent === undefined ? undefined : decodeDeviceIdentity(sent)
    const keyid = keyidOf(request)
    if (identity === undefined) {
      const stored =
        (await store.view.enrolments.byDevice(keyid))?.identity ??
        (await store.view.recoveries.byDevice(keyid))[0]?.identity
      if (stored !== undefined) identity = decodeDeviceIdentity(stored)
    }
    const device = identity === undefined ? undefined : deviceId(identity)
    const id = await verify(request, strangers, (key) => (key === device ? identity?.signingKey : undefined))
    return { kind: 'newcomer', device: id, identity }
  }
}

/** The same for a device that was removed and for one that never was: strangers learn nothing, and she knows what it is. */
function notOfAnAccount(cause: unknown): VaultError {
  return new VaultError(
    'vault/unauthenticated',
    'no account of this vault has this device, or has it any more',
    { cause },
  )
}

/** For routes: who it is. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new VaultError('vault/unauthenticated', 'not signed by a device')
  return request.caller
}

/** For routes that only devices of accounts may use. */
export function deviceOf(request: FastifyRequest): Extract<Caller, { kind: 'device' }> {
  const caller = callerOf(request)
  if (caller.kind !== 'device')
    throw new VaultError('vault/forbidden', 'this device belongs to no account yet')
  return caller
}

const isRepeatable = ({ method, routeOptions }: FastifyRequest) =>
  method === 'GET' || method === 'HEAD' || routeOptions.config.repeatable === true
const isChunked = (request: FastifyRequest) => request.headers['transfer-encoding'] !== undefined
const hasBody = (request: FastifyRequest) =>
  isChunked(request) || Number(request.headers['content-length'] ?? 0) > 0

/** Not believed: only to find the key with which the signature is then checked. */
function keyidOf(request: FastifyRequest): DeviceId {
  const header = request.headers['signature-input']
  const match = typeof header === 'string' ? /;keyid="([A-Za-z0-9_-]{22})"/.exec(header) : null
  return (match?.[1] ?? '') as DeviceId
}
