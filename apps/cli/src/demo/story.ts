import { appendFile, readFile, stat } from 'node:fs/promises'
import { type FolderOptions, makeFolder } from './files-node.ts'
import { startWarren } from './processes-node.ts'
import { expect, field, Stage, type Step, wordsOn } from './stage-node.ts'

/**
 * A circle of people, their files, and lost devices: a vault process, and a process for everything that anybody does,
 * each device with a home of its own. Every file that is read is compared byte by byte with what was stored.
 */
export class Story extends Stage {
  readonly #options: FolderOptions
  #url = ''
  #link = ''

  constructor(directory: string, options: FolderOptions) {
    super(directory)
    this.#options = options
  }

  steps(): Step[] {
    const step = (name: string, run: Step['run']): Step => ({ name, run })
    return [
      step('a vault is served', () => this.#serve()),
      step('a folder of files is made', () => makeFolder(this.path('files'), this.#options)),
      step('Alice sets up the vault on her phone, and adds her laptop', () => this.#alice()),
      step('Bob, Carol, Dave and Erin join, each by an invitation; Bob with two devices', () =>
        this.#others(),
      ),
      step('Alice and Bob compare safety words', () => this.#words()),
      step('Carol and Dave choose who can bring them back', () => this.#recoverySetUp()),
      step('Alice stores the folder, and reads it back', () => this.#store()),
      step('Carol and Dave store files of their own', () => this.#ownFiles()),
      step('Alice shares the space with Bob and Erin', () => this.#share()),
      step('Bob reads it on his second device, Erin on hers', () => this.#readShared()),
      step('Alice loses her phone and goes on from the laptop (R1)', () => this.#loseThePhone()),
      step('Carol loses her only device; Bob brings her back (R2)', () => this.#bringCarolBack()),
      step('Dave loses his; Erin sends a wrong share, Alice and Bob bring him back (R3)', () =>
        this.#bringDaveBack(),
      ),
      step('Erin is removed, and cannot read what comes later', () => this.#removeErin()),
      step('every log and every chunk is verified', () => this.#verify()),
      step('the vault stops', () => this.stop()),
    ]
  }

  async #serve(): Promise<void> {
    this.vault = startWarren(['serve', '--listen', '127.0.0.1:0', '--data', this.path('vault'), '--json'])
    const document = JSON.parse(await this.vault.line(/^\{/)) as Record<string, unknown>
    this.#url = field(document, 'url')
    this.#link = field(document, 'link')
  }

  async #addSecond(first: string, second: string): Promise<void> {
    const device = await this.newDevice(second)
    const adding = this.device(first).start('device', 'add')
    const link = await adding.line(/^http/)
    await device.run(['join', link, '--device', second])
    expect((await adding.ended).code === 0, `${first} did not let ${second} in`)
  }

  async #alice(): Promise<void> {
    const phone = await this.newDevice('alice-phone')
    await phone.run(['init', this.#link, '--name', 'Alice', '--device', 'phone'])
    await this.#addSecond('alice-phone', 'alice-laptop')
  }

  async #others(): Promise<void> {
    for (const name of ['Bob', 'Carol', 'Dave', 'Erin']) {
      const link = field<string>(await this.device('alice-phone').json('invite'), 'link')
      const device = await this.newDevice(name.toLowerCase())
      await device.run(['join', link, '--name', name])
    }
    await this.#addSecond('bob', 'bob-tablet')
  }

  async #words(): Promise<void> {
    const shown = field<{ name: string; words: string[] }[]>(
      await this.device('bob').json('people'),
      'people',
    )
    const words = shown.find((person) => person.name === 'Bob')?.words.join(' ') ?? ''
    await this.device('alice-phone').run(['verify', '--person', 'Bob', '--words', words])
  }

  async #recoverySetUp(): Promise<void> {
    await this.device('carol').run(['recovery', 'setup', 'Bob', '--threshold', '1'])
    await this.device('dave').run(['recovery', 'setup', 'Alice', 'Bob', 'Erin', '--threshold', '2'])
    for (const name of ['carol', 'dave']) {
      const status = await this.device(name).json('recovery', 'status')
      expect(field<boolean>(status, 'couldRecover'), `${name} could not recover`)
    }
  }

  async #store() {
    const phone = this.device('alice-phone')
    await phone.run(['mkdir', 'family'])
    const stored = await phone.json('put', this.path('files'), 'family/')
    return { ...(await this.readBack('alice-phone', 'family/files', 'files')), putMs: stored['ms'] }
  }

  async #ownFiles() {
    const small = { folders: 3, filesPerFolder: 10, largeBytes: 9 * 1024 * 1024 }
    for (const name of ['carol', 'dave']) {
      await makeFolder(this.path(`files of ${name}`), small)
      await this.device(name).run(['mkdir', name])
      await this.device(name).run(['put', this.path(`files of ${name}`), `${name}/files`])
    }
  }

  async #share(): Promise<void> {
    for (const name of ['Bob', 'Erin']) await this.device('alice-phone').run(['share', 'family', name])
  }

  async #readShared() {
    const read = await this.readBack('bob-tablet', 'family/files', 'files')
    await this.readBack('erin', 'family/files/empty', 'files/empty')
    return read
  }

  async #loseThePhone() {
    await this.device('alice-phone').drown()
    const laptop = this.device('alice-laptop')
    await laptop.run(['device', 'promote', '--lost'])
    const read = await this.readBack('alice-laptop', 'family/files', 'files')
    await this.#storeLetter('letter 1.txt')
    await this.readBack('bob', 'family/letter 1.txt', 'letter 1.txt')
    await laptop.run(['share', 'family', 'Carol'])
    return read
  }

  /** A new file from the laptop. */
  async #storeLetter(name: string): Promise<void> {
    await appendFile(this.path(name), `written on the laptop: ${name}\n`)
    await this.device('alice-laptop').run(['put', this.path(name), 'family/'])
  }

  async #bringCarolBack() {
    await this.device('carol').drown()
    await this.approvedByBob('carol-new', this.#url, 'Carol')
    const read = await this.readBack('carol-new', 'carol/files', 'files of carol')
    await this.readBack('carol-new', 'family/letter 1.txt', 'letter 1.txt')
    return read
  }

  async #bringDaveBack() {
    await this.device('dave').drown()
    const device = await this.newDevice('dave-new')
    const recovering = device.start('recover', this.#url, '--account', 'Dave', '--json')
    const words = await wordsOn(recovering)

    const refused = await this.device('erin').approveWithWrongShare(words).ended
    expect(refused.code === 7, `the wrong share was not refused: exit ${refused.code}, ${refused.stderr}`)
    await this.device('alice-laptop').run(['recovery', 'approve', '--words', words])
    await this.device('bob').run(['recovery', 'approve', '--words', words])

    const ended = await recovering.ended
    expect(ended.code === 0, `Dave did not get back: ${ended.stderr}`)
    const rejected = field<{ user: string }[]>(
      JSON.parse(ended.stdout) as Record<string, unknown>,
      'rejected',
    )
    expect(
      rejected.length > 0 && rejected.every(({ user }) => user === 'Erin'),
      `the sender of the wrong share was not named: ${JSON.stringify(rejected)}`,
    )
    return { ...(await this.readBack('dave-new', 'dave/files', 'files of dave')), wrongShareFrom: 'Erin' }
  }

  async #removeErin() {
    const target = this.path('read', 'erin', 'later')
    await this.device('alice-laptop').run(['unshare', 'family', 'Erin'])
    await this.#storeLetter('letter 2.txt')
    const denied = await this.device('erin').start('get', 'family/letter 2.txt', target).ended
    expect(denied.code === 4 || denied.code === 5, `Erin got: exit ${denied.code}, ${denied.stderr}`)
    expect((await stat(target).catch(() => undefined)) === undefined, 'Erin has a file that she may not read')
    await this.readBack('bob-tablet', 'family/letter 2.txt', 'letter 2.txt')
    return { exitOfErin: denied.code, said: denied.stderr.trim() }
  }

  async #verify() {
    const report = await this.device('alice-laptop').json('verify', '--content')
    expect(field<boolean>(report, 'ok'), 'the vault holds something else than was stored')
    for (const name of ['carol-new', 'dave-new']) await this.device(name).run(['verify', '--content'])
    const log = await readFile(this.path('vault', 'audit.jsonl'), 'utf8')
    expect(!/letter|film|Fotos/.test(log), 'the vault knows the name of a file')
  }
}
