import { join } from 'node:path'
import { DemoDevice } from './devices-node.ts'
import { compare } from './files-node.ts'
import type { Running } from './processes-node.ts'

export interface Step {
  name: string
  run(): Promise<Record<string, unknown> | void>
}

export function expect(truth: boolean, message: string): void {
  if (!truth) throw new Error(message)
}

export function field<T>(document: Record<string, unknown>, name: string): T {
  const value = document[name]
  if (value === undefined) throw new Error(`the document has no ${name}`)
  return value as T
}

/** The words that a new device shows, as its owner reads them out over the phone. */
export async function wordsOn(recovering: Running): Promise<string> {
  return recovering.line(/^([a-z]+ ){7}[a-z]+$/)
}

/** What a story is told on: a directory, devices by their names, and the vault's process. */
export class Stage {
  readonly #directory: string
  readonly #devices = new Map<string, DemoDevice>()
  protected vault: Running | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  protected path(...names: string[]): string {
    return join(this.#directory, ...names)
  }

  protected device(name: string): DemoDevice {
    const device = this.#devices.get(name)
    if (device === undefined) throw new Error(`there is no device ${name}`)
    return device
  }

  protected async newDevice(name: string): Promise<DemoDevice> {
    const device = await DemoDevice.make(this.path('homes'), name)
    this.#devices.set(name, device)
    return device
  }

  /** Fetches with one device, compares with what was made. */
  protected async readBack(device: string, remote: string, made: string) {
    const target = this.path('read', device, `${Date.now()}`)
    const got = await this.device(device).json('get', remote, join(target, 'it'))
    return { ...(await compare(this.path(made), join(target, 'it'))), getMs: got['ms'] }
  }

  /** Brings somebody whose devices are gone back on a new one, with Bob's approval of the words that it shows. */
  protected async approvedByBob(device: string, where: string, account: string): Promise<void> {
    const recovering = (await this.newDevice(device)).start('recover', where, '--account', account, '--json')
    const words = await wordsOn(recovering)
    await this.device('bob').run(['recovery', 'approve', '--words', words])
    const ended = await recovering.ended
    expect(ended.code === 0, `${account} did not get back: ${ended.stderr}`)
  }

  /** Stops the vault's process, as a service manager would. */
  async stop(): Promise<void> {
    const { vault } = this
    if (vault === undefined) return
    this.vault = undefined
    vault.stop('SIGTERM')
    const { code, stderr } = await vault.ended
    expect(code === 0, `the vault ended with ${code}: ${stderr}`)
  }
}
