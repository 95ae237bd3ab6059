import { Agent, request } from 'node:http'
import {
  contentDigest,
  type DeviceIdentity,
  deviceId,
  deviceIdentity,
  type Signer,
  signRequest,
  softwareSigner,
} from '@warren/identity'
import { seal } from '@warren/primitives/aead'
import { utf8 } from '@warren/primitives/bytes'
import type { Clock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import type { KeyPair, Suite } from '@warren/reencryption'
import type { FastifyInstance } from 'fastify'
import {
  type AccountChange,
  type AccountId,
  accountIdOf,
  type CommitRequest,
  type EdgePurpose,
  type EnrolledDevice,
  encodeAccountChange,
  encodeSpaceChange,
  epochKeyContext,
  hashLogEntry,
  invitationHash,
  type LogRef,
  NO_PREVIOUS,
  ownerKeysContext,
  parseLink,
  type SpaceChange,
  type SpaceId,
  signEdge,
  signLogEntry,
  spaceIds,
} from '../../src/protocol/index.ts'

/** A device with real keys, for tests that speak to the service as a client does. */
export interface TestDevice {
  identity: DeviceIdentity
  id: ReturnType<typeof deviceId>
  signer: Signer
  keys: KeyPair
  enrolled: EnrolledDevice
  account: AccountId
}

export interface World {
  suite: Suite
  rng: Rng
  clock: Clock
  vaultId: string
  /** How a request gets to the service: into it directly, or over a socket. */
  deliver(request: SignedRequest): Promise<Answer>
  /** The link for the first account, while there is none. */
  setupLink(): string | undefined
}

export function makeDevice({ suite, rng }: Pick<World, 'suite' | 'rng'>, name: string): TestDevice {
  const signer = softwareSigner(new Secret(rng.bytes(32)))
  const keys = suite.generateKeyPair(rng)
  const identity = deviceIdentity(signer.publicKey, keys.publicKey, name)
  const possession = suite.provePossession(keys.secretKey, identity.signingKey, rng)
  return {
    identity,
    id: deviceId(identity),
    signer,
    keys,
    enrolled: { identity, possession },
    account: '' as AccountId,
  }
}

export interface Answer {
  status: number
  body: Record<string, unknown>
  bytes: Buffer
  headers: Record<string, unknown>
}

/** A signed request, as docs/formats/vault.md says. */
export async function send(
  world: World,
  device: TestDevice,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD',
  url: string,
  body?: unknown,
  extra: Record<string, string> = {},
): Promise<Answer> {
  return world.deliver(await signed(world, device, method, url, body, extra))
}

export interface SignedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  url: string
  headers: Record<string, string>
  payload?: Buffer
}

export async function signed(
  world: World,
  device: TestDevice,
  method: SignedRequest['method'],
  url: string,
  body?: unknown,
  extra: Record<string, string> = {},
): Promise<SignedRequest> {
  const [path = '', query] = url.split('?')
  const raw = body instanceof Uint8Array
  const payload = body === undefined ? undefined : raw ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const headers = await signRequest(
    { method, path, query },
    payload === undefined ? 'no-body' : raw ? 'unsafeUncovered' : { contentDigest: contentDigest(payload) },
    device.signer,
    { keyid: device.id, audience: world.vaultId },
    world,
  )
  if (payload !== undefined) {
    headers['content-type'] = raw ? 'application/octet-stream' : 'application/json'
    headers['content-length'] = String(payload.length)
  }
  return { method, url, headers: { ...headers, ...extra }, ...(payload === undefined ? {} : { payload }) }
}

/** Straight into a server of this process. */
export function injectInto(app: () => FastifyInstance): World['deliver'] {
  return async (request) => {
    const { statusCode, headers, rawPayload } = await app().inject(request)
    return answerOf(statusCode, headers, rawPayload)
  }
}

/** Over HTTP, with connections kept. Rejects when the connection breaks. */
export function overHttp(url: () => string): World['deliver'] & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const deliver = ({ method, url: path, headers, payload }: SignedRequest) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(new URL(path, url()), { method, headers, agent }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () =>
          resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(parts))),
        )
      })
      sent.on('error', reject)
      sent.end(payload)
    })
  return Object.assign(deliver, { close: () => agent.destroy() })
}

function answerOf(status: number, headers: Record<string, unknown>, bytes: Buffer): Answer {
  const json = String(headers['content-type']).startsWith('application/json') && bytes.length > 0
  return {
    status,
    body: json ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {},
    bytes,
    headers,
  }
}

export const text = (bytes: Uint8Array) => base64urlText.encode(bytes)

export function commitOf(parts: Partial<CommitRequest>): CommitRequest {
  return { appends: [], edges: [], dropEdges: [], chunks: [], dropChunks: [], sharePackages: [], ...parts }
}

/** Where the next entry of a log goes. */
export interface Tip {
  sequence: number
  hash: Uint8Array | undefined
}
export const START: Tip = { sequence: -1, hash: undefined }

export async function entry(
  world: Pick<World, 'clock'>,
  device: TestDevice,
  log: LogRef,
  tip: Tip,
  change: AccountChange | SpaceChange,
): Promise<{ encoded: Uint8Array; tip: Tip }> {
  const encodedChange =
    log.kind === 'account'
      ? encodeAccountChange(change as AccountChange)
      : encodeSpaceChange(change as SpaceChange)
  const encoded = await signLogEntry(
    {
      log,
      sequence: tip.sequence + 1,
      previous: tip.hash ?? NO_PREVIOUS,
      author: { account: device.account, device: device.id },
      writtenAtMs: world.clock.now(),
      ...encodedChange,
    },
    device.signer,
  )
  return { encoded, tip: { sequence: tip.sequence + 1, hash: hashLogEntry(encoded) } }
}

export async function append(
  world: Pick<World, 'clock'>,
  device: TestDevice,
  log: LogRef,
  tip: Tip,
  ...changes: (AccountChange | SpaceChange)[]
): Promise<{ append: CommitRequest['appends'][number]; tip: Tip }> {
  const entries: string[] = []
  let at = tip
  for (const change of changes) {
    const next = await entry(world, device, log, at, change)
    entries.push(text(next.encoded))
    at = next.tip
  }
  const head = tip.hash === undefined ? null : text(tip.hash)
  return { append: { log: `${log.kind}/${log.id}`, head, entries }, tip: at }
}

/** The first entry of an account; gives the device its account. */
export async function genesis(
  world: Pick<World, 'clock' | 'rng'>,
  device: TestDevice,
  name: string,
): Promise<{ append: CommitRequest['appends'][number]; tip: Tip }> {
  const change: AccountChange = {
    kind: 'genesis',
    name,
    salt: world.rng.bytes(16),
    device: device.enrolled,
  }
  device.account = accountIdOf(encodeAccountChange(change).body)
  return append(world, device, { kind: 'account', id: device.account }, START, change)
}

export async function edge(
  { suite, rng }: Pick<World, 'suite' | 'rng'>,
  author: TestDevice,
  from: KeyPair,
  to: Uint8Array,
  purpose: EdgePurpose,
): Promise<string> {
  const encoded = await signEdge(
    {
      from: from.publicKey,
      to,
      purpose,
      author: { account: author.account, device: author.id },
      reencryptionKey: suite.reencryptionKey(from.secretKey, to, rng),
    },
    author.signer,
  )
  return text(encoded)
}

export interface TestSpace {
  id: SpaceId
  keys: KeyPair
  epochKey: Secret
  tip: Tip
}

export function makeEpoch(
  { suite, rng }: Pick<World, 'suite' | 'rng'>,
  id: SpaceId,
  owner: TestDevice,
  number = 0,
) {
  const keys = suite.generateKeyPair(rng)
  const epochKey = suite.encapsulate(keys.publicKey, epochKeyContext(id, number), rng)
  const ownerKey = suite.encapsulate(owner.keys.publicKey, ownerKeysContext(id, number), rng)
  const sealedSecretKey = seal(
    ownerKey.key.reveal(),
    new Uint8Array(12),
    keys.secretKey.reveal(),
    utf8('test'),
  )
  return {
    keys,
    epochKey: epochKey.key,
    epoch: {
      number,
      publicKey: keys.publicKey,
      capsule: epochKey.capsule,
      keyCheck: new Uint8Array(32),
      ownerKeys: { recipient: owner.keys.publicKey, capsule: ownerKey.capsule, sealedSecretKey },
      previousKey: number === 0 ? new Uint8Array(0) : rng.bytes(48),
    },
  }
}

/** A commit that makes a space, owned by the device's account. */
export async function newSpace(
  world: Pick<World, 'suite' | 'rng' | 'clock'>,
  owner: TestDevice,
): Promise<{ space: TestSpace; commit: Partial<CommitRequest> }> {
  const id = spaceIds.random(world.rng)
  const { keys, epochKey, epoch } = makeEpoch(world, id, owner)
  const made = await append(world, owner, { kind: 'space', id }, START, { kind: 'created', epoch })
  const toOwner = await edge(world, owner, keys, owner.keys.publicKey, { kind: 'owner', space: id, epoch: 0 })
  return {
    space: { id, keys, epochKey, tip: made.tip },
    commit: { appends: [made.append], edges: [toOwner] },
  }
}

/** The first account, by the set-up link; later ones by an invitation of `inviter`. */
export async function joinVault(
  world: World,
  name: string,
  inviter?: TestDevice,
): Promise<{ device: TestDevice; tip: Tip }> {
  const device = makeDevice(world, `${name} phone`)
  const first = await genesis(world, device, name)
  const invitation = inviter === undefined ? setupSecret(world) : await invite(world, inviter)
  const answer = await send(
    world,
    device,
    'POST',
    '/v1/commit',
    commitOf({ appends: [first.append], invitation }),
  )
  if (answer.status !== 200) throw new Error(`joining: ${answer.status} ${JSON.stringify(answer.body)}`)
  return { device, tip: first.tip }
}

function setupSecret(world: World): string {
  const link = parseLink(world.setupLink() ?? '')
  if (link.kind !== 'invitation') throw new Error('not an invitation')
  return text(link.secret.reveal())
}

/** The secret of a fresh invitation. */
export async function invite(world: World, inviter: TestDevice): Promise<string> {
  const secret = new Secret(world.rng.bytes(32))
  const answer = await send(world, inviter, 'POST', '/v1/invitations', {
    hash: text(invitationHash(secret)),
    expiresMs: Math.floor(world.clock.now()) + 3_600_000,
  })
  if (answer.status !== 201) throw new Error(`inviting: ${answer.status}`)
  return text(secret.reveal())
}
