import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@warren/primitives/clock'
import { hexText } from '@warren/primitives/encoding'
import { sha256 } from '@warren/primitives/hash'
import { asSocket, httpTransportOver, type Transport } from '@warren/vault/client'
import { type PrivateReach, VaultError } from '@warren/vault/protocol'
import type { Terminal } from '../terminal.ts'
import type { HomePaths } from './home.ts'

const RETRY_MS = 3000
/** A service that follows a new consensus, or other introduction points, is out of reach for some seconds. */
const PATIENCE_MS = 15_000

interface Connected {
  open(): Promise<import('node:stream').Duplex>
  close(): void
}

/**
 * HTTP to a vault that is a private service. Tor starts with the first request; all connections of one command share
 * one rendezvous. What the client learned of the network is kept in the state directory. `patienceMs`: how long the
 * first connection is tried anew, for a link so young that the service may not be published under it.
 */
export function privateTransport(
  reach: PrivateReach,
  paths: HomePaths,
  terminal: Terminal,
  patienceMs: number,
): Transport {
  let connected: Promise<Connected> | undefined
  const connection = async () => {
    connected ??= connect(reach, paths, terminal, patienceMs)
    return asSocket(await (await connected).open())
  }
  const http = httpTransportOver(connection)
  return {
    request: (request) => http.request(request),
    close() {
      http.close()
      void connected?.then(
        (open) => open.close(),
        () => undefined,
      )
    },
  }
}

async function connect(
  reach: PrivateReach,
  paths: HomePaths,
  { progress, signal }: Terminal,
  patienceMs: number,
): Promise<Connected> {
  const { createTorClient, decodeNetwork, onionNetwork, toDuplex } = await import('@warren/tor')
  const { createPrivateClient } = await import('@warren/private-service')
  // A directory for each network: guards of one mean nothing in another.
  const stateDirectory = join(paths.state, 'tor', hexText.encode(sha256(reach.network)).slice(0, 16))
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  progress('reaching the Tor network …')
  const tor = await createTorClient({
    directory: decodeNetwork(reach.network),
    stateDirectory,
    signal,
  }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw noNetwork(cause)
  })
  const client = createPrivateClient({ tor: onionNetwork(tor.core), credential: reach.credential })
  let patientUntilMs = systemClock.now() + Math.max(PATIENCE_MS, patienceMs)
  const open = async () => {
    for (;;) {
      try {
        const stream = await client.connect({ signal })
        patientUntilMs = 0
        progress('')
        return toDuplex(stream)
      } catch (cause) {
        signal.throwIfAborted()
        if (systemClock.now() >= patientUntilMs) throw unreachable(cause)
        progress('the vault is not found yet: trying again …')
        await systemClock.sleep(RETRY_MS, signal)
      }
    }
  }
  progress('finding the vault …')
  return {
    open,
    close() {
      client.close()
      tor.close()
    },
  }
}

function noNetwork(cause: unknown): VaultError {
  return new VaultError(
    'vault/unreachable',
    'cannot reach the Tor network of this vault: check that this machine is online and that the network runs, then try again',
    { cause },
  )
}

/** The same words for a vault that is switched off, for one that never was, and for who was removed. */
function unreachable(cause: unknown): VaultError {
  const own = (cause as { code?: unknown }).code !== 'private-service/unreachable'
  if (own) return noNetwork(cause)
  return new VaultError('vault/unreachable', (cause as Error).message, { cause })
}
