import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/warren.js', import.meta.url))

export interface Warren {
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>
  /** The first line on stdout that matches. Rejects when the process ends without one. */
  line(pattern: RegExp): Promise<string>
  kill(signal: 'SIGKILL' | 'SIGTERM'): void
}

/** `warren` as users run it, in a process of its own. */
export function startWarren(args: readonly string[]): Warren {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Compiled code is kept between starts: hundreds of them are most of what these tests cost.
    env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: join(tmpdir(), 'warren-compile-cache') },
  })
  let stdout = ''
  let stderr = ''
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const ended: Warren['ended'] = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    ended,
    kill: (signal) => child.kill(signal),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => pattern.test(line))
          if (found !== undefined) resolve(found)
        }
        look()
        reader.on('line', look)
        void ended.then(() => reject(new Error(`warren ${args[0]} ended: ${stderr}`)))
      }),
  }
}
