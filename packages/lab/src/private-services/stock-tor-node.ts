import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NetworkConfiguration } from '@warren/tor'
import { LabError } from '../errors.ts'
import { TorControl } from './tor-control-node.ts'

const CONTROL_MS = 30_000
const KILL_MS = 3000
const LOG_LINES = 5

/** Onion services of a stock tor, all in one daemon. */
export interface StockServices {
  /** `….onion`, one for each service. */
  readonly addresses: readonly string[]
  readonly control: TorControl
  /** Seconds of processor time since the start, user and system; undefined where there is no /proc. */
  cpuSeconds(): Promise<number | undefined>
  /** Undefined where there is no /proc. */
  residentBytes(): Promise<number | undefined>
  /** Ends the daemon and removes all that it wrote. */
  stop(): Promise<void>
}

/** A daemon without relays' duties; nothing listens but a socket in a directory that only its owner may enter. */
function configuration(network: NetworkConfiguration, directory: string, services: number): string {
  return [
    'TestingTorNetwork 1',
    // The directory port is demanded by the syntax; clients ask by the other.
    ...network.authorities.map(
      ({ nickname, v3Identity, address, orPort, fingerprint }) =>
        `DirAuthority ${nickname} orport=${orPort} no-v2 v3ident=${v3Identity} ${address}:${orPort} ${fingerprint}`,
    ),
    `DataDirectory ${directory}`,
    `ControlSocket ${join(directory, 'control')}`,
    // tor looks every 15 s whether its owner lives: nothing is left behind when this process is killed.
    `__OwningControllerProcess ${process.pid}`,
    'ShutdownWaitLength 0',
    'SocksPort 0',
    'ClientUseIPv6 0',
    'PathsNeededToBuildCircuits 0.67',
    ...Array.from({ length: services }, (_, i) => [
      `HiddenServiceDir ${join(directory, `service${i}`)}`,
      'HiddenServicePort 80 127.0.0.1:9',
    ]).flat(),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** In time: a descriptor that is changed within a second of the first is refused by directories. */
async function authorise(directory: string, keys: readonly string[]): Promise<void> {
  const folder = join(directory, 'service0', 'authorized_clients')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [i, key] of keys.entries())
    await writeFile(join(folder, `client${i}.auth`), `descriptor:x25519:${key}\n`)
}

/**
 * Starts onion services on a testing network. `authorised` are X25519 keys in base 32: the clients of the first
 * service, which then serves nobody else. Throws LabError `lab/missing-program` without Debian's package tor.
 */
export async function startStockServices(options: {
  network: NetworkConfiguration
  services: number
  authorised?: readonly string[]
  signal: AbortSignal
}): Promise<StockServices> {
  const { network, services, authorised = [], signal } = options
  signal.throwIfAborted()
  const directory = await mkdtemp(join(tmpdir(), 'warren-lab-tor-'))
  let child: ChildProcess | undefined
  let control: TorControl | undefined
  const stop = async () => {
    control?.close()
    if (child !== undefined) await end(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await writeFile(join(directory, 'torrc'), configuration(network, directory, services))
    if (authorised.length > 0) await authorise(directory, authorised)
    child = await startDaemon(directory)
    control = await openControl(child, directory, signal)
    const addresses = await Promise.all(
      Array.from({ length: services }, async (_, i) =>
        (await readFile(join(directory, `service${i}`, 'hostname'), 'utf8')).trim(),
      ),
    )
    const { pid } = child
    const proc = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => undefined)
    return {
      addresses,
      control,
      async cpuSeconds() {
        const stat = await proc('stat')
        const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
        // Clock ticks: USER_HZ is 100 on every Linux.
        return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / 100
      },
      async residentBytes() {
        const kilobytes = /VmRSS:\s+(\d+) kB/.exec((await proc('status')) ?? '')?.[1]
        return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startDaemon(directory: string): Promise<ChildProcess> {
  const child = spawn(
    'tor',
    ['-f', join(directory, 'torrc'), '--Log', `notice file ${join(directory, 'log')}`],
    {
      stdio: 'ignore',
    },
  )
  try {
    await once(child, 'spawn')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new LabError(
      'lab/missing-program',
      '`tor` is not on the path: install Debian’s package tor (apt install tor)',
      {
        cause,
      },
    )
  }
  return child
}

async function openControl(child: ChildProcess, directory: string, signal: AbortSignal): Promise<TorControl> {
  const deadline = performance.now() + CONTROL_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      const log = await readFile(join(directory, 'log'), 'utf8').catch(() => '')
      const lines = log.trim().split('\n').slice(-LOG_LINES).join('\n')
      throw new LabError('lab/program', `tor does not run as it should; it says:\n${lines}`)
    }
    // Names of services are written before the control socket is opened.
    const control = await TorControl.open(join(directory, 'control')).catch(() => undefined)
    if (control !== undefined) return control
    await sleep(100, undefined, { signal })
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  await exited
  clearTimeout(timer)
}
