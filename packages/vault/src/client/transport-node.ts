import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { releaseStreamed } from '@warren/primitives/stream-memory-node'
import { VaultError } from '../protocol/errors.ts'
import type { Transport, TransportRequest, TransportResponse } from './environment.ts'

const CONNECTIONS = 8
const IDLE_LIMIT_MS = 60_000

/** HTTP or HTTPS to `url`, over kept-alive connections. */
export function httpTransport(url: string): Transport {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: CONNECTIONS }
  const agent = secure ? new TlsAgent(options) : new Agent(options)
  const send = secure ? httpsRequest : httpRequest
  return {
    close: () => agent.destroy(),
    request: ({ method, path, headers, body, signal }: TransportRequest) =>
      new Promise<TransportResponse>((resolve, reject) => {
        signal?.throwIfAborted()
        const length = body === undefined ? {} : { 'content-length': String(body.length) }
        const outgoing = send(new URL(path, base), {
          agent,
          method,
          headers: { ...headers, ...length },
          ...(signal && { signal }),
        })
        outgoing.setTimeout(IDLE_LIMIT_MS, () => outgoing.destroy(new Error('no answer for a minute')))
        outgoing.on('response', (incoming) => {
          if (body !== undefined) releaseStreamed(body.length)
          resolve(responseOf(incoming))
        })
        outgoing.on('error', (cause) =>
          reject(signal?.aborted === true ? signal.reason : unreachable(base, cause)),
        )
        outgoing.end(body)
      }),
  }
}

function unreachable(base: URL, cause: Error): VaultError {
  return new VaultError(
    'vault/unreachable',
    `cannot reach the vault at ${base.host}: is \`warren serve\` running there?`,
    { cause },
  )
}

function responseOf(incoming: IncomingMessage): TransportResponse {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  return {
    status: incoming.statusCode ?? 0,
    headers,
    stream: () => incoming,
    async bytes(limit) {
      try {
        return await wholeBody(incoming, limit)
      } catch (cause) {
        incoming.destroy()
        if (cause instanceof VaultError) throw cause
        throw new VaultError('vault/unreachable', 'the connection to the vault broke off', { cause })
      }
    },
  }
}

/** Into one buffer of the announced length, where there is one: a chunk is not held twice. */
async function wholeBody(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
  const tooMuch = () => new VaultError('vault/response', 'the vault sent more than it should')
  const announced = Number(incoming.headers['content-length'] ?? Number.NaN)
  if (announced > limit) throw tooMuch()
  let body = new Uint8Array(Number.isSafeInteger(announced) ? announced : 16 * 1024)
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    if (length + part.length > limit) throw tooMuch()
    if (length + part.length > body.length) {
      const larger = new Uint8Array(Math.max(length + part.length, 2 * body.length))
      larger.set(body.subarray(0, length))
      body = larger
    }
    body.set(part, length)
    length += part.length
    releaseStreamed(part.length)
  }
  if (Number.isSafeInteger(announced) && length < announced)
    throw new VaultError('vault/response', 'the vault sent less than it announced')
  return body.subarray(0, length)
}
