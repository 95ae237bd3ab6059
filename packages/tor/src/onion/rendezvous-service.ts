import { type Circuit, hopOf, type IncomingStream, RELAY } from '../circuit/index.ts'
import { withDeadline } from '../deadline.ts'
import { TorError } from '../errors.ts'
import type { OpenedIntroduction } from './hs-ntor.ts'
import type { IntroductionPlaintext } from './introduce.ts'
import { type OnionNetwork } from './network.ts'
import { encodeRendezvous1, RENDEZVOUS1_PADDING_BYTES } from './rendezvous.ts'
import type { Vanguards } from './vanguards.ts'

const JOIN_MS = 30_000

/**
 * Meets a client at its rendezvous point [JOIN_REND] and takes its streams. The circuit is the client's alone.
 * Throws TorError; the client learns of a failure only by waiting. `answer` is asked when the circuit stands: what it
 * throws closes that, and nothing was said.
 */
export function joinRendezvous(
  network: OnionNetwork,
  vanguards: Vanguards,
  plaintext: IntroductionPlaintext,
  answer: OpenedIntroduction['answer'],
  onStream: (stream: IncomingStream) => void,
  signal?: AbortSignal,
): Promise<Circuit> {
  return withDeadline(
    { clock: network.clock, ms: JOIN_MS, what: 'Meeting a client', signal: signal },
    async (limit) => {
      const hop = hopOf(plaintext.linkSpecifiers, plaintext.onionKey)
      if (hop === undefined)
        throw new TorError('tor/rendezvous', 'A client named a rendezvous point that cannot be reached.')
      const { congestionControl } = await network.consensus()
      if (plaintext.congestionControl === true && congestionControl === undefined)
        throw new TorError('tor/rendezvous', 'A client asked for congestion control, which was not offered.')
      const circuit = await vanguards.circuitTo(hop, 'service-rendezvous', limit)
      try {
        const { handshakeInfo, keys } = answer(network.rng)
        circuit.onStream(onStream)
        circuit.send(
          RELAY.rendezvous1,
          encodeRendezvous1(
            plaintext.rendezvousCookie,
            handshakeInfo,
            network.rng.bytes(RENDEZVOUS1_PADDING_BYTES),
          ),
        )
        // Forward is from the client to the service: from here, backward.
        const swapped = {
          forwardDigest: keys.backwardDigest,
          backwardDigest: keys.forwardDigest,
          forwardKey: keys.backwardKey,
          backwardKey: keys.forwardKey,
        }
        circuit.addVirtualHop(
          swapped,
          plaintext.congestionControl === true && congestionControl !== undefined
            ? { ...congestionControl, clock: network.clock }
            : undefined,
        )
        return circuit
      } catch (error) {
        circuit.close()
        throw error
      }
    },
  )
}
