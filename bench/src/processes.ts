import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The command line, from outside: a benchmark of the product times what a person runs. */
export const WARREN: string = fileURLToPath(new URL('../../apps/cli/bin/warren.js', import.meta.url))

const POLL_MS = 25

export interface Finished {
  ms: number
  /** Largest resident set of the process (VmHWM), MiB; 0 where the system does not tell. */
  peakMiB: number
  stdout: string
}

function peakOf(child: ChildProcess): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
    return match === null ? 0 : Number(match[1]) / 1024
  } catch {
    return 0
  }
}

/** Runs a program to its end. Rejects with what it said on stderr when it fails. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    let stdout = ''
    let stderr = ''
    let peakMiB = 0
    const poll = setInterval(() => {
      peakMiB = Math.max(peakMiB, peakOf(child))
    }, POLL_MS)
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(poll)
      if (code === 0) resolve({ ms: performance.now() - started, peakMiB, stdout })
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`))
    })
  })
}

export interface Service {
  /** The first line that it printed to match. */
  line: RegExpExecArray
  peakMiB(): number
  stop(): Promise<void>
}

/** Starts a program that goes on running, and waits until it prints a line that matches. */
export function start(command: string, args: readonly string[], ready: RegExp): Promise<Service> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<void>((done) => child.on('close', () => done()))
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = ready.exec(text)
      if (line === null) return
      resolve({
        line,
        peakMiB: () => peakOf(child),
        async stop() {
          child.kill('SIGTERM')
          await ended
        },
      })
    })
  })
}
