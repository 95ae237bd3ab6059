import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { makeFolder } from './files-node.ts'
import { type Ended, Running, startWarren } from './processes-node.ts'
import { expect, field, Stage, type Step } from './stage-node.ts'

/** `npm run tor-network`, as a process of its own. */
const TOR_NETWORK = fileURLToPath(new URL('../../../../scripts/tor-network.ts', import.meta.url))
const FOLDER = { folders: 3, filesPerFolder: 8, largeBytes: 8 * 1024 * 1024 }
/** How long a vault that moves to other introduction points may be out of reach. */
const ATTEMPTS = 20
const BETWEEN_MS = 2000
const UNREACHABLE = 8
const FORBIDDEN = 4

/**
 * The main story with a vault that listens nowhere: it is a private service on a Tor network of this machine's own
 * daemons, and only who holds an invitation can find it. At the end somebody is taken out, and cannot tell any more
 * whether the vault exists.
 */
export class PrivateStory extends Stage {
  #network: Running | undefined
  #link = ''
  /** What Erin saw once she was taken out. */
  #removed: Ended | undefined

  steps(): Step[] {
    const step = (name: string, run: Step['run']): Step => ({ name, run })
    return [
      step('a private Tor network of unmodified daemons runs', () => this.#startNetwork()),
      step('a vault is published on it, and listens on no port', () => this.#serve()),
      step('Alice sets the vault up on her phone, and adds her laptop', () => this.#alice()),
      step('Bob, Carol and Erin join, each by a link of their own', () => this.#others()),
      step('Carol chooses Bob to bring her back, and stores files', () => this.#carol()),
      step('Alice stores a folder, and reads it back', () => this.#store()),
      step('Alice shares it with Bob and Erin, and they read it', () => this.#share()),
      step('Alice loses her phone and goes on from the laptop', () => this.#loseThePhone()),
      step('Carol loses her only device; a link from Bob and his approval bring her back', () =>
        this.#bringCarolBack(),
      ),
      step('Erin is taken out; the others go on', () => this.#removeErin()),
      step('the vault is switched off: to Erin that looks the same, and so does its absence to Bob', () =>
        this.#switchOff(),
      ),
    ]
  }

  async #startNetwork() {
    this.#network = new Running(TOR_NETWORK, [], {})
    const description = await this.#network.line(/^\{/)
    await writeFile(this.path('network.json'), description)
    const { authorities, relays } = JSON.parse(description) as Record<'authorities' | 'relays', unknown[]>
    return { daemons: authorities.length + relays.length }
  }

  async #serve(): Promise<void> {
    const place = ['--data', this.path('vault'), '--tor-network', this.path('network.json')]
    // A network of a minute's life has nobody who could compare moments of publication.
    const hurry = ['--publication-delay', '0', '--requests-per-hour', '1000']
    this.vault = startWarren(['serve', '--private', ...place, ...hurry, '--json'])
    const document = JSON.parse(await this.vault.line(/^\{/)) as Record<string, unknown>
    this.#link = field(document, 'link')
    expect(field<string>(document, 'url').startsWith('warren+tor:'), 'the vault listens on a port')
    await this.vault.line(/is published/)
  }

  async #alice(): Promise<void> {
    const phone = await this.newDevice('alice-phone')
    await phone.run(['init', this.#link, '--name', 'Alice', '--device', 'phone'])
    const laptop = await this.newDevice('alice-laptop')
    const adding = phone.start('device', 'add')
    await laptop.run(['join', await adding.line(/^warren\+tor:/), '--device', 'laptop'])
    expect((await adding.ended).code === 0, 'the phone did not let the laptop in')
  }

  async #others() {
    for (const name of ['Bob', 'Carol', 'Erin']) {
      // Bob and Erin know other introduction points than Alice and Carol: Erin's removal interrupts Bob only.
      const group = name === 'Carol' ? [] : ['--group', 'guests']
      const link = field<string>(await this.device('alice-phone').json('invite', ...group), 'link')
      const device = await this.newDevice(name.toLowerCase())
      await device.run(['join', link, '--name', name])
    }
    const listed = field<{ name: string; clients: number; groups: string[] }[]>(
      await this.device('alice-phone').json('people'),
      'people',
    )
    const groups = Object.fromEntries(listed.map((person) => [person.name, person.groups]))
    const chosen = { Alice: ['common'], Bob: ['guests'], Carol: ['common'], Erin: ['guests'] }
    expect(isDeepStrictEqual(groups, chosen), `somebody is in another group: ${JSON.stringify(groups)}`)
    const refused = await this.device('bob').start('invite', '--group', 'common').ended
    expect(refused.code === FORBIDDEN, `Bob makes links into Alice's group: exit ${refused.code}`)
    expect(
      listed.every(({ clients }) => clients > 0),
      `somebody has no client of the private service: ${JSON.stringify(listed)}`,
    )
    const status = await this.device('bob').json('status')
    const { reachedBy } = field<{ reachedBy: string }>(status, 'vault')
    return { people: listed.length, reachedBy }
  }

  async #carol(): Promise<void> {
    const carol = this.device('carol')
    await carol.run(['recovery', 'setup', 'Bob', '--threshold', '1'])
    await makeFolder(this.path('files of carol'), { folders: 1, filesPerFolder: 4, largeBytes: 1024 * 1024 })
    await carol.run(['mkdir', 'carol'])
    await carol.run(['put', this.path('files of carol'), 'carol/files'])
  }

  async #store() {
    await makeFolder(this.path('files'), FOLDER)
    const phone = this.device('alice-phone')
    await phone.run(['mkdir', 'family'])
    await phone.run(['put', this.path('files'), 'family/'])
    return this.readBack('alice-phone', 'family/files', 'files')
  }

  async #share() {
    for (const name of ['Bob', 'Erin']) await this.device('alice-phone').run(['share', 'family', name])
    await this.readBack('erin', 'family/files', 'files')
    return this.readBack('bob', 'family/files', 'files')
  }

  async #loseThePhone() {
    await this.device('alice-phone').drown()
    const laptop = this.device('alice-laptop')
    await laptop.run(['device', 'promote', '--lost'])
    await appendFile(this.path('letter.txt'), 'written on the laptop\n')
    await laptop.run(['put', this.path('letter.txt'), 'family/'])
    await this.readBack('bob', 'family/letter.txt', 'letter.txt')
    return this.readBack('alice-laptop', 'family/files', 'files')
  }

  async #bringCarolBack() {
    await this.device('carol').drown()
    const link = field<string>(await this.device('bob').json('invite', '--recovery'), 'link')
    await this.approvedByBob('carol-new', link, 'Carol')
    return this.readBack('carol-new', 'carol/files', 'files of carol')
  }

  async #removeErin() {
    const laptop = this.device('alice-laptop')
    await laptop.run(['unshare', 'family', 'Erin'])
    await laptop.run(['people', 'remove', 'Erin', '--yes'])
    // One command looks for the vault again and again: from now on, and while Bob is served.
    const looking = this.device('erin').start('ls')
    const attempts = await this.#untilReached('bob')
    const read = await this.readBack('bob', 'family/files', 'files')
    const gaveUpEarly = looking.child.exitCode !== null
    const away = await (gaveUpEarly ? this.device('erin').start('ls') : looking).ended
    expect(away.code === UNREACHABLE, `Erin got: exit ${away.code}, ${away.stderr}`)
    this.#removed = away
    return { ...read, attempts, exitOfErin: away.code, said: away.stderr.trim() }
  }

  async #untilReached(name: string): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const ended = await this.device(name).start('status').ended
      if (ended.code === 0) return attempt
      if (ended.code !== UNREACHABLE || attempt === ATTEMPTS)
        throw new Error(`${name} does not reach the vault: exit ${ended.code}, ${ended.stderr.trim()}`)
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
    }
  }

  async #switchOff() {
    await super.stop()
    const names = ['erin', 'bob']
    const seen = await Promise.all(names.map((name) => this.device(name).start('ls').ended))
    for (const [i, ended] of seen.entries())
      expect(
        isDeepStrictEqual(ended, this.#removed),
        `${names[i]} sees something else when the vault is off: exit ${ended.code}, ${ended.stderr}`,
      )
    const log = await readFile(this.path('vault', 'audit.jsonl'), 'utf8')
    expect(!/letter|warren\+tor|Erin/.test(log), 'the audit log knows a name or a link')
    expect((await stat(this.path('vault', 'private', 'service.sealed'))).size > 0, 'no state was kept')
    return { exitCode: UNREACHABLE }
  }

  override async stop(): Promise<void> {
    await super.stop().catch(() => undefined)
    this.#network?.stop('SIGTERM')
    await this.#network?.ended
    this.#network = undefined
  }
}
