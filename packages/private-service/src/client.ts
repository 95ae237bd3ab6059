import {
  OnionConnector,
  type OnionNetwork,
  type OnionTarget,
  type TimePeriod,
  TorError,
  type TorStream,
} from '@warren/tor/onion'
import { type Credential, decodeCredential } from './client-key.ts'
import { unreachable } from './errors.ts'
import { clientPeriodKeys, type PeriodKeys } from './period-keys.ts'
import { PRIVATE_PORT } from './service.ts'

export interface PrivateClientOptions {
  /** A client of the Tor network: `createTorClient(…)` of @warren/tor. */
  tor: OnionNetwork
  /** What the service's owner handed out. Throws `private-service/credential` where it is malformed. */
  credential: Uint8Array
}

/** A client's way to its private service. Connections share one rendezvous circuit. */
export interface PrivateClient {
  /**
   * Throws `private-service/unreachable`, the same for "removed", "never was" and "switched off"; or the TorError of a
   * network that cannot be reached at all.
   */
  connect(options?: { signal?: AbortSignal }): Promise<TorStream>
  close(): void
}

export function createPrivateClient({ tor, credential }: PrivateClientOptions): PrivateClient {
  const target = credentialTarget(decodeCredential(credential))
  const connector = new OnionConnector(tor)
  return {
    async connect({ signal } = {}) {
      try {
        return await connector.connect(target, PRIVATE_PORT, signal === undefined ? {} : { signal })
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof TorError && isOwnNetwork(error)) throw error
        throw unreachable()
      }
    },
    close: () => connector.close(),
  }
}

/** One connection, with a client of its own: closing the stream closes the circuit. */
export async function connectPrivateService(
  options: PrivateClientOptions & { signal?: AbortSignal },
): Promise<TorStream> {
  const client = createPrivateClient(options)
  try {
    const stream = await client.connect(options.signal === undefined ? {} : { signal: options.signal })
    void stream.closed.then(() => client.close())
    return stream
  } catch (error) {
    client.close()
    throw error
  }
}

/** What says something about our side of the network, and nothing about the service. */
function isOwnNetwork({ code }: TorError): boolean {
  return code === 'tor/network' || code === 'tor/consensus' || code === 'tor/consensus-time'
}

function credentialTarget(credential: Credential): OnionTarget {
  let held: PeriodKeys | undefined
  const keysOf = (period: TimePeriod) => {
    if (held?.period.number !== period.number || held.period.lengthMinutes !== period.lengthMinutes)
      held = clientPeriodKeys(credential, period)
    return held
  }
  return {
    name: 'private service',
    keys(period) {
      const keys = keysOf(period)
      return {
        blindedKey: keys.blindedKey,
        subcredential: keys.subcredential,
        introductionCredential: keys.introductionCredential,
        cookie: () => keys.descriptorCookie,
      }
    },
  }
}
