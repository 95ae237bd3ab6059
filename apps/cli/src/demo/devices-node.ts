import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, Running, startWarren } from './processes-node.ts'

const BAD_FRIEND = fileURLToPath(new URL('./bad-friend.ts', import.meta.url))

/** A device: a home of its own, under a passphrase of its own, and nothing shared with another but the vault. */
export class DemoDevice {
  readonly home: string
  readonly #passphraseFile: string

  private constructor(home: string, passphraseFile: string) {
    this.home = home
    this.#passphraseFile = passphraseFile
  }

  static async make(directory: string, name: string): Promise<DemoDevice> {
    const passphraseFile = join(directory, `${name}.passphrase`)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await writeFile(passphraseFile, `passphrase of ${name}\n`, { mode: 0o600 })
    return new DemoDevice(join(directory, name), passphraseFile)
  }

  #environment(): Record<string, string> {
    return { WARREN_HOME: this.home, WARREN_PASSPHRASE_FILE: this.#passphraseFile }
  }

  start(...args: readonly string[]): Running {
    return startWarren(args, this.#environment())
  }

  /** Runs a command to its end; throws what it said unless it exits with `code`. */
  async run(args: readonly string[], code = 0): Promise<Ended> {
    const ended = await this.start(...args).ended
    if (ended.code !== code)
      throw new Error(
        `warren ${args.join(' ')}: exit ${ended.code}, expected ${code}: ${ended.stderr.trim()}`,
      )
    return ended
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse((await this.run([...args, '--json'])).stdout) as Record<string, unknown>
  }

  /** Approves a recovery as `warren recovery approve` does, but changes a byte of a share before it is sent. */
  approveWithWrongShare(words: string): Running {
    return new Running(BAD_FRIEND, [words], this.#environment())
  }

  /** The device is gone: with its home, its keys. */
  async drown(): Promise<void> {
    await rm(this.home, { recursive: true })
  }
}
