import { systemRng } from '@warren/primitives/rng'
import { x25519PublicKey } from '@warren/primitives/x25519'
import { answerNtor, answerNtorV3, type Hop, startHandshake } from '@warren/tor/circuit'
import { measurement, type Row } from './harness.ts'

const HANDSHAKES = 500
const KEY_BYTES = 92
/** No extensions. */
const NOTHING = Uint8Array.of(0)

/** Processor time of a client's handshake with one relay, in µs: what it asks and what it makes of the answer. */
function handshakeMicros(speaksNtorV3: boolean): number {
  const ntorSecret = systemRng.bytes(32)
  const own = { ed25519Id: systemRng.bytes(32), ntorSecret, ntorKey: x25519PublicKey(ntorSecret) }
  const hop: Hop = { ...own, rsaId: systemRng.bytes(20), addresses: [], speaksNtorV3 }
  const options = { rng: systemRng, keyBytes: KEY_BYTES }
  const asking = process.cpuUsage()
  const clients = Array.from({ length: HANDSHAKES }, () => startHandshake(hop, systemRng))
  const asked = process.cpuUsage(asking)
  const replies = clients.map(({ request }) =>
    speaksNtorV3
      ? answerNtorV3(own, request, () => NOTHING, options)?.reply
      : answerNtor({ nodeId: hop.rsaId, ...own }, request, systemRng)?.reply,
  )
  const hearing = process.cpuUsage()
  for (const [i, client] of clients.entries()) client.complete(replies[i] ?? new Uint8Array())
  const heard = process.cpuUsage(hearing)
  return (asked.user + asked.system + heard.user + heard.system) / HANDSHAKES
}

/** ntor of version 3 beside version 1, in turn. */
export function handshakeRow(runs: number): Row {
  handshakeMicros(true) // compiles
  handshakeMicros(false)
  const pairs = Array.from({ length: runs }, () => [handshakeMicros(true), handshakeMicros(false)] as const)
  const v3 = pairs.map(([micros]) => micros)
  const v1 = pairs.map(([, micros]) => micros)
  return {
    name: "client's handshake with a relay, ntor of version 3",
    measured: measurement('handshake', 'µs', v3),
    peer: { name: 'version 1', measured: measurement('version 1', 'µs', v1) },
  }
}
