import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDaemon, type TorDaemon } from './tor-daemon-node.ts'
import { makeAuthority, makeIdentity, type Planned } from './tor-keys-node.ts'
import { authorityLines, clientLines, commonLines, relayLines, type TorAddress } from './torrc.ts'

/** What a private network is made of. The defaults have been tried many times; a network is up in 10 to 16 s. */
export interface TorNetworkOptions {
  /** Directory authorities; they are the network's guards too. Default 3. */
  authorities?: number
  /** Further relays. Default 5. */
  relays?: number
  /** How a relay shares a connection among circuits: `Vanilla` (default, quick on loopback) or Tor's default `KIST`. */
  scheduler?: 'Vanilla' | 'KIST'
  /** Seconds between consensuses, a divisor of 1800 and at least 10. A consensus lives three times as long. Default 20. */
  votingInterval?: number
  /** Further lines for the configuration of every daemon. */
  extraLines?: readonly string[]
  /** What happens, for people. */
  log?: (line: string) => void
}

export interface TorRelay extends TorDaemon, TorAddress {
  /** SHA-1 of the RSA identity key, 40 hexadecimal digits, upper case. */
  readonly fingerprint: string
}

export interface TorAuthority extends TorRelay {
  readonly dirPort: number
  /** Fingerprint of the authority's long-term key, 40 hexadecimal digits, upper case. */
  readonly v3Identity: string
}

export interface TorClientDaemon extends TorDaemon {
  readonly socksPort: number
}

export interface TorServiceDaemon extends TorDaemon {
  /** `….onion`. */
  readonly hostname: string
}

/** A private Tor network of Debian's daemons on loopback. */
export interface TorNetwork {
  readonly directory: string
  readonly authorities: readonly TorAuthority[]
  readonly relays: readonly TorRelay[]
  /** Seconds between consensuses. */
  readonly votingInterval: number
  /** The current microdescriptor consensus, as an authority serves it. */
  consensus(): Promise<string>
  /** Starts a stock client. */
  addClient(extraLines?: readonly string[]): Promise<TorClientDaemon>
  /**
   * Starts a stock onion service that passes `virtualPort` on to `target` (`127.0.0.1:8080`). `authorised` are keys of
   * clients (X25519, base 32); without any, everybody may use the service. They are there from the start: tor's
   * revision counters count seconds, so that a descriptor changed within a second of the first is refused by the
   * directories, and not sent again for an hour.
   */
  addService(options: {
    virtualPort: number
    target: string
    authorised?: readonly string[]
    extraLines?: readonly string[]
  }): Promise<TorServiceDaemon>
  /** Ends every daemon and removes the directory. Safe to call twice. */
  stop(): Promise<void>
}

/** The network as `createTorClient` of @warren/tor takes it. */
export function networkConfiguration(network: TorNetwork) {
  return {
    authorities: network.authorities.map(({ nickname, v3Identity, address, orPort, fingerprint }) => ({
      nickname,
      v3Identity,
      address,
      orPort,
      fingerprint,
    })),
    distinctSubnets: process.platform === 'linux',
    testing: true,
  }
}

/** `127.N.0.1` on Linux, where all of 127/8 is loopback: each relay then has a /16 of its own, as paths demand. */
function loopback(index: number): string {
  return process.platform === 'linux' ? `127.${10 + index}.0.1` : '127.0.0.1'
}

async function freePorts(address: string, count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, address)
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  return ports
}

/** Whether a daemon has stored a consensus, in both flavours, that lists so many relays. */
async function knowsRelays(directory: string, count: number): Promise<boolean> {
  for (const file of ['cached-consensus', 'cached-microdesc-consensus']) {
    const text = await readFile(join(directory, file), 'utf8').catch(() => '')
    if ((text.match(/^r /gm) ?? []).length < count) return false
  }
  return true
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until<T>(what: string, seconds: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const result = await attempt()
      if (result !== undefined) return result
    } catch (error) {
      last = error
    }
    await sleep(100)
  }
  throw new Error(`tor network: ${what} did not happen within ${seconds} s`, { cause: last })
}

/**
 * Starts a private network and waits until its consensus lists every relay as running. Needs Debian's package `tor`
 * (`tor` and `tor-gencert`) on the path. Nothing listens beyond loopback. The daemons end with this process, even when
 * it is killed.
 */
export async function startTorNetwork(options: TorNetworkOptions = {}): Promise<TorNetwork> {
  const { authorities: authorityCount = 3, relays: relayCount = 5, votingInterval = 20 } = options
  const { scheduler = 'Vanilla', extraLines = [], log = () => {} } = options
  const directory = await mkdtemp(join(tmpdir(), 'warren-tor-'))
  const children = new Set<ChildProcess>()
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', killAll)
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= (async () => {
      await Promise.all(
        [...children].map(async (child) => {
          const exited =
            child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
          child.kill('SIGTERM')
          const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
          await exited
          clearTimeout(timer)
        }),
      )
      process.off('exit', killAll)
      await rm(directory, { recursive: true, force: true })
    })()
    return stopping
  }

  try {
    const plan = async (nickname: string, index: number): Promise<{ planned: Planned; dirPort: number }> => {
      const address = loopback(index)
      const [orPort = 0, dirPort = 0] = await freePorts(address, 2)
      return {
        planned: { nickname, address, orPort, directory: join(directory, nickname), fingerprint: '' },
        dirPort,
      }
    }
    log('making keys')
    const authorities = await Promise.all(
      Array.from({ length: authorityCount }, async (_, i) => {
        const { planned, dirPort } = await plan(`auth${i}`, i)
        await makeIdentity(planned)
        const v3Identity = await makeAuthority(planned, dirPort)
        return { planned, dirPort, v3Identity }
      }),
    )
    const relays = await Promise.all(
      Array.from({ length: relayCount }, async (_, i) => {
        const { planned } = await plan(`relay${i}`, authorityCount + i)
        await makeIdentity(planned)
        return planned
      }),
    )
    const all = [...authorities.map((a) => a.planned), ...relays]
    const common = commonLines({
      authorities: authorities.map(({ planned, dirPort, v3Identity }) => ({
        ...planned,
        dirPort,
        v3Identity,
      })),
      scheduler,
      votingInterval,
      ownerPid: process.pid,
    })
    const write = (at: string, lines: readonly string[]) =>
      writeFile(
        join(at, 'torrc'),
        `${[...common, `DataDirectory ${at}`, ...lines, ...extraLines].join('\n')}\n`,
      )
    const bandwidths = join(directory, 'bandwidths')
    const writeBandwidths = () =>
      writeFile(
        bandwidths,
        `${Math.floor(Date.now() / 1000)}\n${all.map((r) => `node_id=$${r.fingerprint} bw=20000 nick=${r.nickname}\n`).join('')}`,
      )
    await writeBandwidths()
    const guards = authorities.map(({ planned }) => `$${planned.fingerprint}`)
    for (const { planned, dirPort } of authorities)
      await write(planned.directory, [
        ...relayLines(planned),
        ...authorityLines({ ...planned, dirPort, bandwidths, guards, votingInterval }),
      ])
    for (const planned of relays) await write(planned.directory, relayLines(planned))

    // Descriptors must reach the authorities before they vote, every 5 s at first.
    const sinceSlot = Date.now() % 5000
    await sleep((2500 - sinceSlot + 5000) % 5000)
    log(`starting ${all.length} relays`)
    const started = await Promise.all(all.map((p) => startDaemon(p.nickname, p.directory, children)))
    const byName = new Map(started.map((d) => [d.nickname, d]))
    const running = (p: Planned): TorRelay => ({
      ...(byName.get(p.nickname) as TorDaemon),
      address: p.address,
      orPort: p.orPort,
      fingerprint: p.fingerprint,
    })

    const first = authorities[0] as (typeof authorities)[0]
    const consensus = async () => {
      const url = `http://${first.planned.address}:${first.dirPort}/tor/status-vote/current/consensus-microdesc`
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
      if (!response.ok) throw new Error(`the authority answered ${response.status}`)
      return response.text()
    }
    await until('a consensus with every relay', 90, async () => {
      if (children.size < all.length) throw new Error('a relay ended; see its log')
      const flags = [...(await consensus()).matchAll(/^s (.*)$/gm)].map((match) =>
        (match[1] ?? '').split(' '),
      )
      const ready = flags.filter((f) => f.includes('HSDir') && f.includes('Fast') && f.includes('Stable'))
      return ready.length >= all.length ? true : undefined
    })
    // Relays that asked too early back off exponentially; a reload resets that.
    for (const one of started) process.kill(one.pid, 'SIGHUP')
    // An exit refuses streams of circuits that come from a relay which it does not know yet.
    await Promise.all(
      started.map((one) =>
        until(`the consensus at ${one.nickname}`, 90, async () =>
          (await knowsRelays(one.directory, all.length)) ? true : undefined,
        ),
      ),
    )
    log('the network is up')

    let extra = 0
    const addDaemon = async (kind: string, lines: (at: string) => Promise<readonly string[]>) => {
      const nickname = `${kind}${extra++}`
      const at = join(directory, nickname)
      await mkdir(at, { recursive: true, mode: 0o700 })
      await write(at, [`Nickname ${nickname}`, ...clientLines(at), ...(await lines(at))])
      return startDaemon(nickname, at, children)
    }
    const bootstrapped = (one: TorDaemon) =>
      until(`the start of ${one.nickname}`, 60, async () => {
        const text = await readFile(join(one.directory, 'notice.log'), 'utf8')
        return text.includes('Bootstrapped 100%') ? true : undefined
      })
    return {
      directory,
      authorities: authorities.map(({ planned, dirPort, v3Identity }) => ({
        ...running(planned),
        dirPort,
        v3Identity,
      })),
      relays: relays.map(running),
      votingInterval,
      consensus,
      async addClient(lines = []) {
        const [socksPort = 0] = await freePorts('127.0.0.1', 1)
        const one = await addDaemon('client', async () => [`SocksPort 127.0.0.1:${socksPort}`, ...lines])
        await bootstrapped(one)
        return { ...one, socksPort }
      },
      async addService({ virtualPort, target, authorised = [], extraLines: lines = [] }) {
        const one = await addDaemon('service', async (at) => {
          const keys = join(at, 'hs', 'authorized_clients')
          await mkdir(keys, { recursive: true, mode: 0o700 })
          for (const [i, key] of authorised.entries())
            await writeFile(join(keys, `client${i}.auth`), `descriptor:x25519:${key}\n`)
          return [
            'SocksPort 0',
            `HiddenServiceDir ${join(at, 'hs')}`,
            `HiddenServicePort ${virtualPort} ${target}`,
            ...lines,
          ]
        })
        const hostname = await until('the name of the service', 30, async () =>
          (await readFile(join(one.directory, 'hs', 'hostname'), 'utf8')).trim(),
        )
        await bootstrapped(one)
        return { ...one, hostname }
      },
      stop,
    }
  } catch (error) {
    await stop()
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error(
      "`tor` and `tor-gencert` are not on the path: install Debian's package tor (apt install tor)",
      {
        cause: error,
      },
    )
  }
}
