import { equalBytes } from '@warren/primitives/bytes'
import type { Connect, TransportEvents } from '../../src/link/transport.ts'
import type { FakeRelay } from './relay.ts'

/** Connects to fake relays in memory. Bytes arrive in a later microtask, in order. */
export function fakeNetwork(relays: readonly FakeRelay[]): { connect: Connect; connections: () => number } {
  let open = 0
  const find = (rsaId: Uint8Array) => relays.find((relay) => equalBytes(relay.identity.rsaId, rsaId))
  for (const relay of relays) relay.network = { find }
  const connect: Connect = (peer) => {
    const relay = relays.find((one) => one.options.address === peer.address && one.port === peer.port)
    if (relay === undefined) return Promise.reject(new Error('connection refused'))
    let events: TransportEvents | undefined
    let isOpen = true
    open++
    const end = () => {
      if (!isOpen) return
      isOpen = false
      open--
      queueMicrotask(() => events?.closed())
    }
    const hear = relay.accept({
      send: (bytes) => {
        const copy = Uint8Array.from(bytes)
        queueMicrotask(() => {
          if (isOpen) events?.bytes(copy)
        })
      },
      close: end,
    })
    return Promise.resolve({
      certificateSha256: relay.identity.tlsCertificateSha256,
      peer,
      start(wanted) {
        events = wanted
      },
      send(bytes) {
        const copy = Uint8Array.from(bytes)
        queueMicrotask(() => {
          if (isOpen) hear(copy)
        })
        return true
      },
      close: end,
    })
  }
  return { connect, connections: () => open }
}
