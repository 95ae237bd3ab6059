import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Tor's control port (control-spec), as far as measurements ask it: circuits, descriptors, bytes. */
export class TorControl {
  readonly #socket: Socket
  #pending = ''
  #lines: string[] = []
  /** Inside the data of an answer, which end with a point: any line may stand there. */
  #isData = false
  #waiting: { resolve(lines: string[]): void; reject(error: Error): void }[] = []
  /** For each onion address, without `.onion`, how many uploads directories have accepted. */
  readonly uploads = new Map<string, number>()
  /** Circuits of more than one hop that were completed, whatever became of them. */
  readonly built = new Set<string>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    socket.on('error', () => {}) // `close` follows
    socket.on('close', () => {
      for (const { reject } of this.#waiting) reject(new Error('the control port was closed'))
      this.#waiting = []
    })
  }

  /** The daemon must have a control socket at this path, without authentication. */
  static async open(path: string): Promise<TorControl> {
    const socket = connect(path)
    await once(socket, 'connect')
    const control = new TorControl(socket)
    await control.#ask('AUTHENTICATE ""')
    await control.#ask('SETEVENTS HS_DESC CIRC')
    return control
  }

  #hear(text: string): void {
    const lines = (this.#pending + text).split('\r\n')
    this.#pending = lines.pop() ?? ''
    for (const line of lines) {
      if (!this.#isData && line.startsWith('650')) {
        this.#note(line)
        continue
      }
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

  #note(event: string): void {
    const address = /^650 HS_DESC UPLOADED (\S+)/.exec(event)?.[1]
    if (address !== undefined) this.uploads.set(address, (this.uploads.get(address) ?? 0) + 1)
    const circuit = /^650 CIRC (\S+) BUILT /.exec(event)?.[1]
    if (circuit !== undefined && !event.includes('ONEHOP_TUNNEL')) this.built.add(circuit)
  }

  #ask(command: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the control port was closed'))
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

  /** Bytes on the daemon's connections since its start, the framing of TLS within. */
  async traffic(): Promise<{ sentBytes: number; receivedBytes: number }> {
    const text = (await this.#ask('GETINFO traffic/read traffic/written')).join('\n')
    const bytes = (name: string) => Number(new RegExp(`traffic/${name}=(\\d+)`).exec(text)?.[1] ?? Number.NaN)
    return { sentBytes: bytes('written'), receivedBytes: bytes('read') }
  }

  close(): void {
    this.#socket.destroy()
  }
}
