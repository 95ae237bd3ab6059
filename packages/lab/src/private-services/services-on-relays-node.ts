import { fork } from 'node:child_process'
import { once } from 'node:events'
import { base32Text, base64urlText } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import { clientPeriodKeys, decodeCredential } from '@warren/private-service/protocol'
import type { NetworkConfiguration } from '@warren/tor'
import { addressTarget, generateX25519, type ServiceKeys, type TimePeriod } from '@warren/tor/onion'
import { LabError } from '../errors.ts'
import type { Order, Report, Usage } from './extension-process-node.ts'
import { startStockServices } from './stock-tor-node.ts'

export const RELAY_APPROACHES = ['one service', 'one per client', 'extension'] as const
export type RelayApproach = (typeof RELAY_APPROACHES)[number]

/** What one client was given: where its descriptor lies, and how it is read. */
export interface RelayClient {
  keys(period: TimePeriod): ServiceKeys
}

/** As in `Usage`; memory and processor time are missing where the system does not tell. */
export type ServiceUsage = Omit<Usage, 'cpuSeconds' | 'residentBytes'> & {
  cpuSeconds: number | undefined
  residentBytes: number | undefined
}

/** A service provider with one of the approaches, in a process of its own on a network of relays. */
export interface ServiceOnRelays {
  readonly clients: readonly RelayClient[]
  usage(): Promise<ServiceUsage>
  stop(): Promise<void>
}

interface StartOptions {
  network: NetworkConfiguration
  clients: number
  /** §4.5, of the extension. */
  delayMs: number
  /** Directories that hold a descriptor. */
  copies: number
  signal: AbortSignal
}

export function startOnRelays(approach: RelayApproach, options: StartOptions): Promise<ServiceOnRelays> {
  switch (approach) {
    case 'one service':
      return oneService(options)
    case 'one per client':
      return onePerClient(options)
    case 'extension':
      return extension(options)
    default:
      return approach satisfies never
  }
}

/** §3.1: a stock service with every client in its client authorisation, which is version 3's own. */
async function oneService(options: StartOptions): Promise<ServiceOnRelays> {
  const pairs = Array.from({ length: options.clients }, () => generateX25519(systemRng))
  const authorised = pairs.map((pair) => base32Text.encode(pair.publicKey))
  return stock({ ...options, services: 1, authorised }, ([address = '']) =>
    pairs.map((pair) => addressTarget(address, pair.secretKey)),
  )
}

/** §3.2: a stock service for each client. */
function onePerClient(options: StartOptions): Promise<ServiceOnRelays> {
  return stock({ ...options, services: options.clients }, (addresses) =>
    addresses.map((address) => addressTarget(address)),
  )
}

async function stock(
  options: StartOptions & { services: number; authorised?: readonly string[] },
  clientsOf: (addresses: readonly string[]) => RelayClient[],
): Promise<ServiceOnRelays> {
  const { addresses, control, ...daemon } = await startStockServices(options)
  return {
    clients: clientsOf(addresses),
    async usage() {
      const names = addresses.map((address) => address.replace('.onion', ''))
      return {
        isPublished: names.every((name) => (control.uploads.get(name) ?? 0) >= options.copies),
        standingCircuits: await control.introductionCircuits(),
        builtCircuits: control.built.size,
        uploads: [...control.uploads.values()].reduce((sum, count) => sum + count, 0),
        ...(await control.traffic()),
        cpuSeconds: await daemon.cpuSeconds(),
        residentBytes: await daemon.residentBytes(),
      }
    },
    stop: daemon.stop,
  }
}

/** §4: the product's private service. */
async function extension({ network, clients, delayMs, signal }: StartOptions): Promise<ServiceOnRelays> {
  signal.throwIfAborted()
  const child = fork(new URL('extension-process-node.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code, by]): never => {
    throw new LabError('lab/program', `the process of the private service ended with ${code ?? by}`)
  })
  ended.catch(() => {})
  const ask = async <K extends Report['kind']>(order: Order, kind: K): Promise<Report & { kind: K }> => {
    const cancelled = new AbortController()
    try {
      const answer = once(child, 'message', { signal: AbortSignal.any([signal, cancelled.signal]) })
      child.send(order)
      const [report] = (await Promise.race([answer, ended])) as [Report]
      if (report.kind === kind) return report as Report & { kind: K }
      throw new LabError(
        'lab/program',
        `the private service did not start: ${report.kind === 'failed' ? report.message : report.kind}`,
      )
    } finally {
      cancelled.abort()
    }
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended.catch(() => {})
  }
  try {
    const { credentials } = await ask({ kind: 'start', network, clients, delayMs }, 'started')
    return {
      clients: credentials.map((text) => clientOf(decodeCredential(base64urlText.decode(text)))),
      usage: async () => (await ask({ kind: 'usage' }, 'usage')).usage,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function clientOf(credential: ReturnType<typeof decodeCredential>): RelayClient {
  return {
    keys(period) {
      const { descriptorCookie, ...keys } = clientPeriodKeys(credential, period)
      return { ...keys, cookie: () => descriptorCookie }
    },
  }
}
