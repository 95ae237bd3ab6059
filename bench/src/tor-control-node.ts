import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Tor's control port (control-spec), as far as benchmarks ask it: circuits that stand, descriptors that were sent. */
export class TorControl {
  readonly #socket: Socket
  #pending = ''
  #lines: string[] = []
  /** Inside the data of an answer, which end with a point: any line may stand there. */
  #isData = false
  #waiting: { resolve(lines: string[]): void; reject(error: Error): void }[] = []
  /** For each onion address, how many uploads directories have accepted. */
  readonly uploads = new Map<string, number>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    socket.on('close', () => {
      for (const { reject } of this.#waiting) reject(new Error('the control port was closed'))
    })
  }

  /** The daemon must have a `ControlPort` without authentication, on loopback. */
  static async open(port: number): Promise<TorControl> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const control = new TorControl(socket)
    await control.#ask('AUTHENTICATE ""')
    await control.#ask('SETEVENTS HS_DESC')
    return control
  }

  #hear(text: string): void {
    const lines = (this.#pending + text).split('\r\n')
    this.#pending = lines.pop() ?? ''
    for (const line of lines) {
      const event = /^650 HS_DESC UPLOADED (\S+)/.exec(line)
      if (event !== null) {
        const address = event[1] as string
        this.uploads.set(address, (this.uploads.get(address) ?? 0) + 1)
      }
      if (!this.#isData && line.startsWith('650')) continue
      this.#lines.push(line)
      if (this.#isData || !/^\d{3} /.test(line)) {
        this.#isData = this.#isData ? line !== '.' : /^\d{3}\+/.test(line)
        continue
      }
      const answer = this.#lines
      this.#lines = []
      const asked = this.#waiting.shift()
      if (line.startsWith('250')) asked?.resolve(answer)
      else asked?.reject(new Error(`the control port answered ${line}`))
    }
  }

  #ask(command: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(`${command}\r\n`)
    })
  }

  /** Introduction circuits that stand. */
  async introductionCircuits(): Promise<number> {
    const lines = await this.#ask('GETINFO circuit-status')
    return lines.filter((line) => / BUILT .*PURPOSE=HS_SERVICE_INTRO .*HS_STATE=HSSI_ESTABLISHED/.test(line))
      .length
  }

  close(): void {
    this.#socket.destroy()
  }
}
