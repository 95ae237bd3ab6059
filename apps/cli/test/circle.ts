import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, type Running, startWarren } from '../src/demo/processes-node.ts'

/** A vault process, and devices whose commands are processes, for the tests of the verbs. */
export class Circle {
  readonly directory: string
  readonly url: string
  readonly link: string
  readonly server: Running

  private constructor(directory: string, server: Running, url: string, link: string) {
    this.directory = directory
    this.server = server
    this.url = url
    this.link = link
  }

  static async start(): Promise<Circle> {
    const directory = await mkdtemp(join(tmpdir(), 'warren-cli-'))
    const server = startWarren([
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--data',
      join(directory, 'vault'),
      '--json',
    ])
    const { url, link } = JSON.parse(await server.line(/^\{/)) as { url: string; link: string }
    return new Circle(directory, server, url, link)
  }

  path(...names: string[]): string {
    return join(this.directory, ...names)
  }

  begin(home: string, ...args: string[]): Running {
    return startWarren(args, { WARREN_HOME: this.path(home), WARREN_PASSPHRASE_FILE: '' })
  }

  /** Runs a command in a home to its end, whatever that is. */
  warren(home: string, ...args: string[]): Promise<Ended> {
    return this.begin(home, ...args).ended
  }

  /** As `warren`, and throws unless it ended well. */
  async done(home: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.warren(home, ...args)
    if (code !== 0) throw new Error(`warren ${args.join(' ')}: exit ${code}: ${stderr}`)
    return stdout
  }

  async json<T>(home: string, ...args: string[]): Promise<T> {
    return JSON.parse(await this.done(home, ...args, '--json')) as T
  }

  /** Brings somebody in, with `home` as her device. */
  async join(home: string, name: string, inviter: string): Promise<void> {
    const { link } = await this.json<{ link: string }>(inviter, 'invite')
    await this.done(home, 'join', link, '--name', name, '--device', home, '--unprotected')
  }

  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name)
    await writeFile(path, content)
    return path
  }

  async end(): Promise<void> {
    this.server.stop('SIGTERM')
    await this.server.ended
    await rm(this.directory, { recursive: true, force: true })
  }
}
