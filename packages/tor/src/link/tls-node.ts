import type { OnReadOpts } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { sha256 } from '@warren/primitives/hash'
import '@warren/primitives/stream-memory-node' // decision 4
import { TorError } from '../errors.ts'
import type { Connect, RelayAddress, Transport, TransportEvents } from './transport.ts'

/** What arrives in one turn of the event loop is handed on together, up to so many bytes: 127 cells. */
const READ_BYTES = 65_536
/** The largest piece that TLS hands out. */
const RECORD_BYTES = 16_384

/**
 * TCP and TLS to a relay. The certificate of TLS proves nothing and is not checked here: the relay's identity comes
 * from its CERTS cell, which must name this certificate. Sessions are never resumed.
 */
export const connectTls: Connect = (peer, { signal }) =>
  new Promise((resolve, reject) => {
    const received = new Received()
    const options: ConnectionOptions & { onread: OnReadOpts } = {
      host: peer.address,
      port: peer.port,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // No `servername`: a name would be invented, and Tor's own are random.
      onread: received.onread,
    }
    const socket = connect(options)
    const fail = (cause: unknown) => {
      socket.destroy()
      const where = `${peer.address}:${peer.port}`
      reject(new TorError('tor/link', `Cannot connect to the relay at ${where}.`, { cause }))
    }
    const onAbort = () => fail(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.setNoDelay(true)
    socket.once('error', fail)
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', fail)
      const certificate = socket.getPeerCertificate().raw as Buffer | undefined
      if (certificate === undefined) return fail(new Error('no certificate'))
      resolve(transportOver(socket, { peer, certificateSha256: sha256(certificate), received }))
    })
  })

function transportOver(
  socket: TLSSocket,
  {
    peer,
    certificateSha256,
    received,
  }: { peer: RelayAddress; certificateSha256: Uint8Array; received: Received },
): Transport {
  let cause: unknown
  socket.on('error', (error) => {
    cause = error
  })
  let isCorked = false
  return {
    certificateSha256,
    peer,
    start(events: TransportEvents) {
      received.start((chunk) => events.bytes(chunk))
      socket.on('drain', () => events.drained())
      socket.once('close', () => {
        received.flush()
        events.closed(cause)
      })
      if (socket.destroyed) queueMicrotask(() => events.closed(cause))
      else socket.resume() // bytes come by `onread`; this lets the end come too
    },
    send(bytes) {
      if (socket.destroyed) return false
      // One write for all that is said in one turn of the event loop.
      if (!isCorked) {
        isCorked = true
        socket.cork()
        setImmediate(() => {
          isCorked = false
          socket.uncork()
        })
      }
      return socket.write(bytes)
    },
    close() {
      socket.destroySoon()
    },
  }
}

/**
 * Collects what a socket reads, in memory that is used again and again. TLS hands out its records one by one; those that
 * came together are handed on together.
 */
class Received {
  readonly #buffer = new Uint8Array(READ_BYTES)
  /** What lies between was read and not yet handed on; the socket reads to where it ends. */
  #start = 0
  #end = 0
  #isFlushing = false
  #receiver: ((chunk: Uint8Array) => void) | undefined

  /** For the option of this name of `net.connect`: where to read to next, and how much was read there. */
  readonly onread: OnReadOpts = {
    buffer: () => {
      if (READ_BYTES - this.#end < RECORD_BYTES) this.flush()
      // A relay waits for our first bytes, and those leave after `start`: one that fills the buffer before has broken
      // the protocol, and its handshake will not succeed without what is forgotten here.
      if (this.#start === this.#end || READ_BYTES - this.#end < RECORD_BYTES) this.#start = this.#end = 0
      return this.#buffer.subarray(this.#end)
    },
    callback: (bytes: number) => {
      this.#end += bytes
      if (!this.#isFlushing) {
        this.#isFlushing = true
        setImmediate(() => this.flush())
      }
      return true
    },
  }

  start(receiver: (chunk: Uint8Array) => void): void {
    this.#receiver = receiver
    this.flush()
  }

  flush(): void {
    this.#isFlushing = false
    const chunk = this.#buffer.subarray(this.#start, this.#end)
    if (this.#receiver === undefined || chunk.length === 0) return
    this.#start = this.#end
    this.#receiver(chunk)
  }
}
