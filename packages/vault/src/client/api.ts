import { contentDigest, signRequest } from '@warren/identity'
import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { base64urlText } from '@warren/primitives/encoding'
import { DecodeError } from '@warren/primitives/wire'
import * as m from '../protocol/api/messages.ts'
import { check, type Schema } from '../protocol/api/schema.ts'
import { isVaultErrorCode, VaultError } from '../protocol/errors.ts'
import type { AccountId, ChunkId, EnrolmentId, RecoveryId, SpaceId } from '../protocol/ids.ts'
import type { LogRef } from '../protocol/log-entry.ts'
import type { ClientEnvironment, Device, TransportRequest, TransportResponse } from './environment.ts'

const JSON_LIMIT = 64 * 1024 * 1024
const NO_DOCUMENT = new Uint8Array(0)

export function logName(log: LogRef): string {
  return `${log.kind}/${log.id}`
}

/** The service's calls, typed: requests are signed by the device, answers validated before anybody sees them. */
export class VaultApi {
  readonly #environment: ClientEnvironment
  readonly #device: Device | undefined
  readonly #vaultId: string | undefined

  /** Without a device only `vault()` can be called; `vaultId` is what requests are signed for. */
  constructor(environment: ClientEnvironment, device?: Device, vaultId?: string) {
    this.#environment = environment
    this.#device = device
    this.#vaultId = vaultId
  }

  async vault(): Promise<m.VaultInfo> {
    return this.#document(m.VaultInfo, { method: 'GET', path: '/v1/vault', headers: {} }, false)
  }
  async accounts(): Promise<m.AccountList> {
    return this.#get(m.AccountList, '/v1/accounts')
  }
  async spaces(): Promise<m.SpaceList> {
    return this.#get(m.SpaceList, '/v1/spaces')
  }
  async log(log: LogRef, from: number): Promise<m.LogPage> {
    return this.#get(m.LogPage, `/v1/log/${logName(log)}?from=${from}`)
  }
  async commit(request: Partial<m.CommitRequest>): Promise<m.CommitResponse> {
    const whole: m.CommitRequest = {
      appends: [],
      edges: [],
      dropEdges: [],
      chunks: [],
      dropChunks: [],
      sharePackages: [],
      ...request,
    }
    return this.#post(m.CommitResponse, '/v1/commit', whole)
  }
  async epochKey(space: SpaceId, epoch: number): Promise<m.ReencryptedCapsule> {
    return this.#get(m.ReencryptedCapsule, `/v1/spaces/${space}/epochs/${epoch}/key`)
  }
  async ownerKeys(space: SpaceId, epoch: number): Promise<m.ReencryptedCapsule> {
    return this.#get(m.ReencryptedCapsule, `/v1/spaces/${space}/epochs/${epoch}/owner-keys`)
  }
  async sharePackage(owner: AccountId): Promise<m.ReencryptedCapsule> {
    return this.#get(m.ReencryptedCapsule, `/v1/share-packages/${owner}`)
  }
  async askForAccess(request: m.AccessRequestPost): Promise<void> {
    await this.#acknowledged(this.#send('POST', '/v1/access-requests', request))
  }
  async accessRequests(): Promise<m.AccessRequestList> {
    return this.#get(m.AccessRequestList, '/v1/access-requests')
  }
  async dismissAccessRequest(from: AccountId): Promise<void> {
    await this.#acknowledged(this.#send('DELETE', `/v1/access-requests/${from}`))
  }
  async edges(): Promise<m.EdgeList> {
    return this.#get(m.EdgeList, '/v1/edges')
  }
  async invite(request: m.InvitationRequest): Promise<void> {
    await this.#acknowledged(this.#send('POST', '/v1/invitations', request))
  }
  /** A credential for one more client of the private service; `vault/not-found` where the vault is not one. */
  async makePrivateClient(request: m.PrivateClientRequest): Promise<m.PrivateCredential> {
    return this.#post(m.PrivateCredential, '/v1/private-clients', request)
  }
  async privateClients(): Promise<m.PrivateClientList> {
    return this.#get(m.PrivateClientList, '/v1/private-clients')
  }
  async removePrivateClients(account: AccountId): Promise<m.PrivateClientsRemoved> {
    const sent = await this.#send('DELETE', `/v1/private-clients/${account}`)
    return parseDocument(m.PrivateClientsRemoved, await sent.bytes(JSON_LIMIT))
  }
  async enrol(id: EnrolmentId, enrolment: m.Enrolment): Promise<void> {
    await this.#acknowledged(this.#send('POST', `/v1/enrolments/${id}`, enrolment))
  }
  async enrolment(id: EnrolmentId): Promise<m.Enrolment> {
    return this.#get(m.Enrolment, `/v1/enrolments/${id}`)
  }
  async requestRecovery(request: m.RecoveryRequest): Promise<m.RecoveryStatus> {
    return this.#post(m.RecoveryStatus, '/v1/recoveries', request)
  }
  async recoveries(): Promise<m.RecoveryList> {
    return this.#get(m.RecoveryList, '/v1/recoveries')
  }
  async recovery(id: RecoveryId): Promise<m.RecoveryStatus> {
    return this.#get(m.RecoveryStatus, `/v1/recoveries/${id}`)
  }
  async cancelRecovery(id: RecoveryId): Promise<void> {
    await this.#acknowledged(this.#send('DELETE', `/v1/recoveries/${id}`))
  }
  async approve(id: RecoveryId, request: m.ApprovalRequest): Promise<m.RecoveryStatus> {
    return this.#post(m.RecoveryStatus, `/v1/recoveries/${id}/approvals`, request)
  }
  async missingChunks(space: SpaceId, chunks: readonly ChunkId[]): Promise<m.MissingChunks> {
    return this.#post(m.MissingChunks, `/v1/spaces/${space}/chunks/missing`, { chunks: [...chunks] })
  }
  /** `onSent`: the batch has left, and its memory may be used again; resolves when it is durable. */
  async putChunks(
    space: SpaceId,
    batch: Uint8Array,
    options: Pick<TransportRequest, 'signal' | 'onSent'> = {},
  ): Promise<void> {
    const headers = { 'content-type': 'application/vnd.warren.chunks' }
    const request = { method: 'POST', path: `/v1/spaces/${space}/chunks`, headers, body: batch } as const
    await this.#acknowledged(this.#exchange({ ...request, ...options }, 'unsafeUncovered'))
  }
  /** A chunk into `into`; more than that holds is refused. */
  async getChunk(
    space: SpaceId,
    chunk: ChunkId,
    into: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const path = `/v1/spaces/${space}/chunks/${chunk}`
    const response = await this.#exchange(
      { method: 'GET', path, headers: {}, ...(signal && { signal }) },
      'no-body',
    )
    return response.bytes(into.length, into)
  }
  /** A batch (protocol/chunk-batch.ts) into `into`; more than that holds is refused. */
  async getChunks(space: SpaceId, chunks: readonly ChunkId[], into: Uint8Array): Promise<Uint8Array> {
    const response = await this.#send('POST', `/v1/spaces/${space}/chunks/fetch`, { chunks: [...chunks] })
    return response.bytes(into.length, into)
  }
  /** Server-sent events, line by line as they come. */
  async events(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#exchange(
      { method: 'GET', path: '/v1/events', headers: {}, signal },
      'no-body',
    )
    return response.stream()
  }

  async #get<T>(schema: Schema<T>, path: string): Promise<T> {
    return this.#document(schema, { method: 'GET', path, headers: {} }, true)
  }

  async #post<T>(schema: Schema<T>, path: string, document: unknown): Promise<T> {
    return parseDocument(schema, await (await this.#send('POST', path, document)).bytes(JSON_LIMIT))
  }

  async #send(method: 'POST' | 'DELETE', path: string, document?: unknown): Promise<TransportResponse> {
    const body = document === undefined ? undefined : utf8(JSON.stringify(document))
    const cover = body === undefined ? 'no-body' : { contentDigest: contentDigest(body) }
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    return this.#exchange({ method, path, headers, ...(body && { body }) }, cover)
  }

  /** Reads what an answer may still hold: an unread body keeps its connection busy. */
  async #acknowledged(sent: Promise<TransportResponse>): Promise<void> {
    await (await sent).bytes(JSON_LIMIT)
  }

  async #document<T>(schema: Schema<T>, request: TransportRequest, signed: boolean): Promise<T> {
    const response = await this.#exchange(request, signed ? 'no-body' : undefined)
    return parseDocument(schema, await response.bytes(JSON_LIMIT))
  }

  /** `cover` undefined: not signed. Throws what the service answered, as the VaultError it is. */
  async #exchange(
    request: TransportRequest,
    cover: Parameters<typeof signRequest>[1] | undefined,
  ): Promise<TransportResponse> {
    const { transport, signal } = this.#environment
    const signature = cover === undefined ? {} : await this.#sign(request, cover)
    const response = await transport.request({
      ...(signal && { signal }),
      ...request,
      headers: { ...request.headers, ...signature },
    })
    if (response.status < 200 || response.status > 299)
      throw errorOf(response.status, await response.bytes(JSON_LIMIT).catch(() => NO_DOCUMENT))
    return response
  }

  #sign(
    { method, path }: TransportRequest,
    cover: Parameters<typeof signRequest>[1],
  ): Promise<Record<string, string>> {
    const device = this.#device
    if (device === undefined) throw new VaultError('vault/unauthenticated', 'this device has no account yet')
    const at = path.indexOf('?')
    const target = at < 0 ? { method, path } : { method, path: path.slice(0, at), query: path.slice(at + 1) }
    const options = { keyid: device.id, ...(this.#vaultId === undefined ? {} : { audience: this.#vaultId }) }
    return signRequest(target, cover, device.secrets.signer, options, this.#environment)
  }
}

function parseDocument<T>(schema: Schema<T>, body: Uint8Array): T {
  let document: unknown
  try {
    document = JSON.parse(fromUtf8(body))
  } catch (cause) {
    throw new VaultError('vault/response', 'the vault sent something that is not a JSON document', { cause })
  }
  if (!check(schema, document))
    throw new VaultError('vault/response', 'the vault sent a document of another shape than it should')
  return document
}

function errorOf(status: number, body: Uint8Array): VaultError {
  try {
    const { code, message } = parseDocument(m.ErrorBody, body)
    if (isVaultErrorCode(code)) return new VaultError(code, message)
  } catch {
    // not one of ours: a proxy's page, or nothing at all
  }
  const code = status === 401 ? 'vault/unauthenticated' : status >= 500 ? 'vault/busy' : 'vault/response'
  return new VaultError(code, `the vault answered with HTTP status ${status}`)
}

export function encodeBytes(bytes: Uint8Array): string {
  return base64urlText.encode(bytes)
}

export function decodeBytes(text: string): Uint8Array {
  try {
    return base64urlText.decode(text)
  } catch (cause) {
    throw new VaultError('vault/response', 'the vault sent bytes that are not well encoded', { cause })
  }
}

/** Decodes what the service sent: what is not well formed is its fault, and not that of who asked. */
export function asAnswer<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new VaultError(
      'vault/response',
      `the vault sent something that is not well formed (${cause.message})`,
      {
        cause,
      },
    )
  }
}
