import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { loadSuite } from '@warren/reencryption'
import {
  commitOf,
  joinVault,
  newSpace,
  overHttp,
  send,
  type TestDevice,
  type TestSpace,
  type World,
} from '../../packages/vault/test/server/household.ts'

const PROGRAM = fileURLToPath(new URL('server-process.ts', import.meta.url))

/** A vault in a process of its own. */
export interface Running {
  url: string
  link: string | undefined
  pid: number
  /** Resolves when the process is gone. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** Starts it, behind `wrapper` (`strace …`, `fiu-run …`) if there is one. Rejects when it ends before it listens. */
export async function startVault(directory: string, wrapper: readonly string[] = []): Promise<Running> {
  const [command, ...parameters] = [...wrapper, process.execPath, PROGRAM, directory]
  let complaint = ''
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Compiled code is kept between starts: a hundred of them are most of what these tests cost.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'warren-compile-cache') },
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.stderr.on('data', (text: Buffer) => {
    complaint = `${complaint}${text.toString()}`.slice(-4000)
  })
  const ready = await new Promise<{ url: string; link?: string; pid: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve(JSON.parse(line) as { url: string; link?: string; pid: number })
    })
    void ended.then(() => reject(new Error(`the vault ended: ${complaint}`)))
  })
  return {
    ...ready,
    link: ready.link,
    async stop(signal) {
      // The vault itself: a wrapper ends with it.
      try {
        process.kill(ready.pid, signal)
      } catch {
        // Gone already.
      }
      await ended
    },
  }
}

/** A world whose server can be replaced by another on the same directory. */
export interface RemoteWorld extends Remote {
  device: TestDevice
  space: TestSpace
}

interface Remote extends World {
  running: Running
  close(): Promise<void>
}

/** Starts a vault with one account and one space. */
export async function remoteWorld(directory: string, wrapper?: readonly string[]): Promise<RemoteWorld> {
  const running = await startVault(directory, wrapper)
  const deliver = overHttp(() => world.running.url)
  const info = (await (await fetch(`${running.url}/v1/vault`)).json()) as { id: string }
  const world: Remote = {
    running,
    deliver,
    suite: await loadSuite('cai-liu'),
    rng: systemRng,
    clock: systemClock,
    vaultId: info.id,
    setupLink: () => world.running.link,
    close: async () => {
      deliver.close()
      await world.running.stop('SIGKILL')
    },
  }
  const { device } = await joinVault(world, 'Alice')
  const { space, commit } = await newSpace(world, device)
  const answer = await send(world, device, 'POST', '/v1/commit', commitOf(commit))
  if (answer.status !== 200) throw new Error(`making a space: ${answer.status}`)
  return Object.assign(world, { device, space })
}
