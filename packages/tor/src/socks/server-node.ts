import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TorError } from '../errors.ts'
import { SOCKS_REPLY, Socks5Handshake, type SocksRequest, socksReply } from './socks5.ts'

export interface SocksServerOptions {
  /** Where to listen. Anybody who can connect can use the proxy: keep it on loopback. */
  address: string
  port: number
  connect(request: SocksRequest, signal: AbortSignal): Promise<Duplex>
  /** Hears why a request failed; the host is not in it. */
  onFailure?: (error: unknown) => void
}

export interface SocksServer {
  readonly port: number
  close(): Promise<void>
}

const HANDSHAKE_MS = 30_000
const MOST_CONNECTIONS = 1024

/** A SOCKS 5 proxy. Names go to `connect` as they are: nothing here asks a resolver. */
export async function startSocksServer(options: SocksServerOptions): Promise<SocksServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    if (sockets.size >= MOST_CONNECTIONS) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    serve(socket, options).catch((error: unknown) => {
      options.onFailure?.(error)
      socket.destroy()
    })
  })
  server.listen(options.port, options.address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function serve(socket: Socket, options: SocksServerOptions): Promise<void> {
  socket.setNoDelay(true)
  socket.setTimeout(HANDSHAKE_MS, () => socket.destroy())
  const request = await handshake(socket)
  if (request === undefined) return
  socket.setTimeout(0)
  const gone = new AbortController()
  const onClose = () => gone.abort(new TorError('tor/stream', 'The program that asked went away.'))
  socket.once('close', onClose)
  let stream: Duplex
  try {
    stream = await options.connect(request, gone.signal)
  } catch (error) {
    if (!socket.destroyed) socket.end(socksReply(replyOf(error)))
    throw error
  }
  socket.off('close', onClose)
  socket.write(socksReply(SOCKS_REPLY.succeeded))
  join(socket, stream)
}

/** The request, its leftover bytes put back; `undefined` where the connection ended or was refused. */
function handshake(socket: Socket): Promise<SocksRequest | undefined> {
  const state = new Socks5Handshake()
  return new Promise((resolve) => {
    const onClose = () => resolve(undefined)
    const onData = (chunk: Buffer) => {
      const { reply, request, rest, isRefused } = state.push(chunk)
      if (reply !== undefined) socket.write(reply)
      if (isRefused === true) socket.end()
      if (isRefused !== true && request === undefined) return
      socket.off('data', onData)
      socket.off('close', onClose)
      socket.pause()
      if (rest !== undefined && rest.length > 0) socket.unshift(rest)
      resolve(request)
    }
    socket.on('data', onData)
    socket.once('close', onClose)
  })
}

/** Either side's end ends both: Tor has no half-open streams. An error of one is the end of the other. */
function join(socket: Socket, stream: Duplex): void {
  stream.on('error', () => {})
  socket.pipe(stream)
  stream.pipe(socket)
  socket.once('close', () => stream.destroy())
  stream.once('close', () => socket.end())
}

function replyOf(error: unknown): number {
  if (!(error instanceof TorError)) return SOCKS_REPLY.failed
  if (error.code === 'tor/not-found' || error.code === 'tor/address') return SOCKS_REPLY.hostUnreachable
  if (error.code === 'tor/stream') return SOCKS_REPLY.refused
  if (error.code === 'tor/path' || error.code === 'tor/network') return SOCKS_REPLY.networkUnreachable
  if (error.code === 'tor/timeout') return SOCKS_REPLY.expired
  return SOCKS_REPLY.failed
}
