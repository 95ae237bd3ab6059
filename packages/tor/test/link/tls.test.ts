import { once } from 'node:events'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { sha256 } from '@warren/primitives/hash'
import { afterEach, describe, expect, it } from 'vitest'
import { connectTls } from '../../src/link/tls-node.ts'
import { rsaKeyOf, selfSigned } from '../fake/identity.ts'

let server: Server | undefined
afterEach(async () => {
  if (server === undefined) return
  server.close()
  await once(server, 'close')
})

/** A TLS server as a relay's, and the connections that it had. */
async function relay() {
  const { key, pkcs1 } = rsaKeyOf('tls', 2048)
  const certificate = selfSigned({ rsaKey: key, rsaPkcs1: pkcs1 })
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----\n`
  const seen: { isResumed: boolean; name: string | false | null; socket: TLSSocket }[] = []
  server = createServer({ key: key.export({ type: 'pkcs8', format: 'pem' }), cert: pem }, (socket) => {
    seen.push({ isResumed: socket.isSessionReused(), name: socket.servername, socket })
    socket.write('hello')
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { certificate, seen, peer: { address: '127.0.0.1', port } }
}

describe('TLS to a relay', () => {
  it('resumes no session, names no server, and says which certificate it saw', async () => {
    const { certificate, seen, peer } = await relay()
    for (let i = 0; i < 3; i++) {
      const transport = await connectTls(peer, { signal: new AbortController().signal })
      expect(transport.certificateSha256).toEqual(sha256(certificate))
      // The server's session tickets come with what it says first: they must be there to be used.
      const ended = new Promise<void>((resolve) => {
        transport.start({
          bytes: () => transport.close(),
          drained: () => {},
          closed: () => resolve(),
        })
      })
      await ended
    }
    expect(seen.map(({ isResumed, name }) => [isResumed, name])).toEqual(Array(3).fill([false, false]))
  })

  it('is given up when nobody waits any more, and where nobody listens', async () => {
    const { peer } = await relay()
    const error = { code: 'tor/link' }
    await expect(connectTls(peer, { signal: AbortSignal.abort() })).rejects.toMatchObject(error)
    server?.close()
    await once(server as Server, 'close')
    await expect(connectTls(peer, { signal: new AbortController().signal })).rejects.toMatchObject(error)
    server = undefined
  })
})
