import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const WARREN = fileURLToPath(new URL('../../bin/warren.js', import.meta.url))

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

const LONGEST_MS = 300_000

const alive = new Set<ChildProcess>()

/** Ends whatever still runs: after a step that failed, what others wait for does not come any more. */
export function endAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

/** A process of its own, with what it printed. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  #over = false

  constructor(script: string, args: readonly string[], environment: Record<string, string>) {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    })
    this.child = child
    alive.add(child)
    let stdout = ''
    let stderr = ''
    // A command that waits for somebody who never comes would make the story wait for ever.
    setTimeout(() => child.kill('SIGKILL'), LONGEST_MS).unref()
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line)
        this.#wake()
      })
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        alive.delete(child)
        this.#over = true
        this.#wake()
        resolve({ code: code ?? -1, stdout, stderr })
      })
    })
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  /** The first line, on stdout or stderr, in which `pattern` is found. Throws when the process ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#lines.find((line) => pattern.test(line))
      if (found !== undefined) return found
      if (this.#over)
        throw new Error(`the process ended before it said ${pattern}: ${this.#lines.join(' | ')}`)
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  stop(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }
}

/** Starts `warren` as a process. */
export function startWarren(args: readonly string[], environment: Record<string, string> = {}): Running {
  return new Running(WARREN, args, environment)
}
