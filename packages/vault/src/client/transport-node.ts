import type { ClientRequestArgs, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { releaseStreamed } from '@warren/primitives/stream-memory-node'
import { VaultError } from '../protocol/errors.ts'
import type { Transport, TransportRequest, TransportResponse } from './environment.ts'

// An import would read every export of node:http, WebSocket among them, and load the whole of undici for it.
const { Agent, request: httpRequest } = process.getBuiltinModule('node:http')

const CONNECTIONS = 8
const IDLE_LIMIT_MS = 60_000

/** HTTP or HTTPS to `url`, over kept-alive connections. */
export function httpTransport(url: string): Transport {
  const base = new URL(url)
  const options = { keepAlive: true, maxSockets: CONNECTIONS }
  const failed = (cause: Error) => unreachable(base, cause)
  if (base.protocol !== 'https:') return transport(base, httpRequest, new Agent(options), failed)
  const https = process.getBuiltinModule('node:https')
  return transport(base, https.request, new https.Agent(options), failed)
}

/** Duplexes for an agent: the work of `net.connect`, done by somebody else. */
class AgentOver extends Agent {
  readonly #connect: () => Promise<Duplex>

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: CONNECTIONS })
    this.#connect = connect
  }

  override createConnection(
    _options: ClientRequestArgs,
    settle?: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    this.#connect().then(
      (connection) => settle?.(null, connection),
      (error: Error) => settle?.(error, undefined as never),
    )
  }
}

/**
 * HTTP over what `connect` gives, which has to be socket-like (`asSocket`), kept alive as sockets are. What `connect`
 * rejects with is what a request rejects with, where it is a VaultError.
 */
export function httpTransportOver(connect: () => Promise<Duplex>): Transport {
  return transport(new URL('http://vault'), httpRequest, new AgentOver(connect), (cause) =>
    cause instanceof VaultError
      ? cause
      : new VaultError('vault/unreachable', 'the connection to the vault broke off', { cause }),
  )
}

function transport(
  base: URL,
  send: typeof httpRequest,
  agent: InstanceType<typeof Agent>,
  failed: (cause: Error) => VaultError,
): Transport {
  return {
    close: () => agent.destroy(),
    request: ({ method, path, headers, body, signal, onSent }: TransportRequest) =>
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
        if (onSent !== undefined) outgoing.once('finish', onSent)
        outgoing.on('error', (cause) => reject(signal?.aborted === true ? signal.reason : failed(cause)))
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
    async bytes(limit, into) {
      try {
        return await wholeBody(incoming, limit, into)
      } catch (cause) {
        incoming.destroy()
        if (cause instanceof VaultError) throw cause
        throw new VaultError('vault/unreachable', 'the connection to the vault broke off', { cause })
      }
    },
  }
}

/** Into `into`, or one buffer of the announced length, where there is one: a chunk is not held twice. */
async function wholeBody(
  incoming: IncomingMessage,
  limit: number,
  into: Uint8Array | undefined,
): Promise<Uint8Array> {
  const tooMuch = () => new VaultError('vault/response', 'the vault sent more than it should')
  const announced = Number(incoming.headers['content-length'] ?? Number.NaN)
  if (announced > limit) throw tooMuch()
  let body = into ?? new Uint8Array(Number.isSafeInteger(announced) ? announced : 16 * 1024)
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
