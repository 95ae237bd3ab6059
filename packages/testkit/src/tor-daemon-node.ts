import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One running tor daemon. */
export interface TorDaemon {
  readonly nickname: string
  readonly directory: string
  readonly pid: number
  /** Seconds of processor time used so far, user and system. Linux only. */
  cpuSeconds(): Promise<number>
  /** Resident memory in bytes. Linux only. */
  residentBytes(): Promise<number>
  /** Ends the daemon; with `SIGKILL` as a machine that loses power. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts tor with the `torrc` in `directory`; it is among `children` as long as it runs. */
export async function startDaemon(
  nickname: string,
  directory: string,
  children: Set<ChildProcess>,
): Promise<TorDaemon> {
  const output = await open(join(directory, 'stdout.log'), 'a')
  const child = spawn('tor', ['-f', join(directory, 'torrc'), '--hush'], {
    stdio: ['ignore', output.fd, output.fd],
  })
  children.add(child)
  const exited = once(child, 'exit').then(() => children.delete(child))
  await output.close()
  const pid = child.pid as number
  return {
    nickname,
    directory,
    pid,
    async cpuSeconds() {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100 // clock ticks: USER_HZ is 100 on every Linux
    },
    async residentBytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
    },
  }
}
