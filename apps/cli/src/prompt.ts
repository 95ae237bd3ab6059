import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './exit.ts'
import type { Terminal } from './terminal.ts'

async function question(terminal: Terminal, text: string, hidden: boolean): Promise<string> {
  // What is typed is echoed by readline into its output: a hidden answer's goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({
    input: process.stdin,
    output: hidden ? nowhere : process.stderr,
    terminal: true,
  })
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    if (hidden) process.stderr.write(text)
    const answer = await reader.question(hidden ? '' : text, { signal: terminal.signal })
    if (hidden) process.stderr.write('\n')
    return answer.trim()
  } finally {
    reader.close()
  }
}

function assertInteractive(terminal: Terminal, flag: string): void {
  if (!terminal.interactive) throw new UsageError(`${flag} is missing, and there is no terminal to ask on`)
}

/** Asks on a terminal; without one the error names `flag`, which answers instead. */
export function ask(terminal: Terminal, text: string, flag: string): Promise<string> {
  assertInteractive(terminal, flag)
  return question(terminal, text, false)
}

/** As `ask`, without showing what is typed. */
export function askSecret(terminal: Terminal, text: string, flag: string): Promise<string> {
  assertInteractive(terminal, flag)
  return question(terminal, text, true)
}

/** True only for yes. `yes`: the flag that says so beforehand. */
export async function confirm(terminal: Terminal, text: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  const answer = await ask(terminal, `${text} [y/N] `, '--yes')
  return /^y(es)?$/i.test(answer)
}
