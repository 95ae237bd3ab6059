import { connect } from 'node:tls'
import { sha256 } from '@warren/primitives/hash'
import { TorError } from '../errors.ts'
import type { Connect, TransportEvents } from './transport.ts'

/**
 * TCP and TLS to a relay. The certificate of TLS proves nothing and is not checked here: the relay's identity comes
 * from its CERTS cell, which must name this certificate. Sessions are never resumed.
 */
export const connectTls: Connect = (peer, { signal }) =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: peer.address,
      port: peer.port,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // No `servername`: a name would be invented, and Tor's own are random.
    })
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
      let cause: unknown
      socket.pause()
      socket.on('error', (error) => {
        cause = error
      })
      resolve({
        certificateSha256: sha256(certificate),
        peer,
        start(events: TransportEvents) {
          // TLS hands out its records one by one; those that came together are opened together.
          let chunks: Buffer[] = []
          const flush = () => {
            const all = chunks
            chunks = []
            if (all.length > 0) events.bytes(all.length === 1 ? (all[0] as Buffer) : Buffer.concat(all))
          }
          socket.on('data', (chunk: Buffer) => {
            if (chunks.push(chunk) === 1) setImmediate(flush)
          })
          socket.on('drain', () => events.drained())
          socket.once('close', () => {
            flush()
            events.closed(cause)
          })
          if (socket.destroyed) queueMicrotask(() => events.closed(cause))
          else socket.resume()
        },
        send: (bytes) => !socket.destroyed && socket.write(bytes),
        close() {
          socket.destroySoon()
        },
      })
    })
  })
