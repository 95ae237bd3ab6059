import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Ended } from '../src/demo/processes-node.ts'
import { Circle } from './circle.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

// What each wrong thing gives: one sentence on stderr, one exit code, nothing on stdout, and nothing half-done.

let circle: Circle
beforeAll(async () => {
  circle = await Circle.start()
  await circle.done('phone', 'init', circle.link, '--name', 'Alice', '--device', 'phone', '--unprotected')
  await circle.done('phone', 'mkdir', 'family')
  await circle.file('note', 'a note')
  await circle.done('phone', 'put', circle.path('note'), 'family/')
})
afterAll(() => circle.end())

function expectError(ended: Ended, code: number, text: RegExp): void {
  expect(ended).toEqual({ code, stdout: '', stderr: expect.stringMatching(text) as string })
  expect(ended.stderr.trim().split('\n')).toHaveLength(1)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
}

/** The device's vault, with something between that changes answers. */
async function through<T>(change: (path: string, body: Buffer) => Buffer, use: () => Promise<T>): Promise<T> {
  const proxy = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const onward = request(
      new URL(incoming.url ?? '/', circle.url),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          const body = change(incoming.url ?? '', Buffer.concat(parts))
          outgoing.writeHead(answer.statusCode ?? 500, {
            'content-type': answer.headers['content-type'] ?? '',
          })
          outgoing.end(body)
        })
      },
    )
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const file = circle.path('phone', 'config', 'device.json')
  const record = await readFile(file, 'utf8')
  const { port } = proxy.address() as AddressInfo
  await writeFile(file, record.replace(circle.url, `http://127.0.0.1:${port}`))
  try {
    return await use()
  } finally {
    await writeFile(file, record)
    await new Promise((resolve) => proxy.close(resolve))
  }
}

test('an introduction group at a vault that has none: exit 2, and no link', async () => {
  for (const more of [[], ['--recovery'], ['--json']])
    expectError(
      await circle.warren('phone', 'invite', '--group', 'choir', ...more),
      2,
      /--group is for a vault that is reached as a private service/,
    )
})

describe('names and paths', () => {
  test.each([
    ['a path that leaves the space', 'family/../other'],
    ['a path that leaves from its start', '../note'],
    ['a control character', 'family/a\u0007b'],
    ['a bidirectional override', 'family/a\u202Etxt.exe'],
    ['a look-alike of a slash', 'family/a\u2215b'],
    ['a look-alike of dots', 'family/\uFF0E\uFF0E'],
  ])('%s: exit 1', async (_, path) => {
    expectError(await circle.warren('phone', 'put', circle.path('note'), path), 1, /^warren: name "/)
  })

  test('a local name that no vault takes stops the whole command before anything is sent', async () => {
    await mkdir(circle.path('mixed'))
    await writeFile(circle.path('mixed', 'good'), 'good')
    await writeFile(circle.path('mixed', 'bad\u0007'), 'bad')
    // Which of many it is, with what cannot be seen made visible.
    const named = /name "bad\\u\{7\}": has a control/
    expectError(await circle.warren('phone', 'put', circle.path('mixed'), 'family/'), 1, named)
    expect((await circle.warren('phone', 'ls', 'family/mixed')).code).toBe(5)
  })

  test('what is not there: exit 5', async () => {
    expectError(await circle.warren('phone', 'get', 'family/nothing', '-'), 5, /there is no "nothing"/)
    expectError(await circle.warren('phone', 'ls', 'nowhere'), 5, /no space "nowhere"/)
    expectError(await circle.warren('phone', 'put', circle.path('nothing'), 'family/'), 5, /does not exist/)
    expectError(await circle.warren('phone', 'share', 'family', 'Nobody'), 5, /nobody called/)
    expectError(await circle.warren('phone', 'mv', 'family/nothing', 'family/x'), 5, /there is no "nothing"/)
    expectError(await circle.warren('phone', 'rm', 'family/nothing'), 5, /there is no "nothing"/)
  })

  test('what is in the way: exit 6', async () => {
    expectError(await circle.warren('phone', 'mkdir', 'family'), 6, /already/)
    expectError(await circle.warren('phone', 'mkdir', 'family/note/below'), 6, /is a file/)
    expectError(await circle.warren('phone', 'unshare', 'family', 'Alice'), 6, /Alice owns family/)
    await circle.file('here', 'something else')
    expectError(await circle.warren('phone', 'get', 'family/note', circle.path('here')), 6, /--yes/)
    expect(await readFile(circle.path('here'), 'utf8')).toBe('something else')
  })

  test('two local names that are one name in a space: exit 6; a name that is not UTF-8: exit 1', async () => {
    await mkdir(circle.path('composed'))
    for (const name of ['caf\u00e9', 'cafe\u0301']) await writeFile(circle.path('composed', name), name)
    const two = await circle.warren('phone', 'put', circle.path('composed'), 'family/')
    expectError(two, 6, /would both become/)
    await mkdir(circle.path('old'))
    await writeFile(Buffer.concat([Buffer.from(circle.path('old/caf')), Buffer.from([0xe9])]), 'latin 1')
    expectError(await circle.warren('phone', 'put', circle.path('old'), 'family/'), 1, /not UTF-8/)
    expect((await circle.warren('phone', 'ls', 'family/composed')).code).toBe(5)
  })

  test('a folder where a file should come, small or large: exit 6, and nothing is left beside it', async () => {
    await circle.done('phone', 'mkdir', 'folders')
    await writeFile(circle.path('large'), new Uint8Array(5 * 1024 * 1024))
    await circle.done('phone', 'put', circle.path('note'), circle.path('large'), 'folders/')
    for (const name of ['note', 'large']) {
      await mkdir(circle.path('into', name), { recursive: true })
      const ended = await circle.warren('phone', 'get', '--yes', `folders/${name}`, circle.path('into/'))
      expectError(ended, 6, /is a folder/)
    }
    expect((await readdir(circle.path('into'))).toSorted()).toEqual(['large', 'note'])
  })

  test('get writes through no link', async () => {
    await circle.done('phone', 'mkdir', '-p', 'family/deep/er')
    await circle.done('phone', 'put', circle.path('note'), 'family/deep/er/')
    await mkdir(circle.path('out', 'deep'), { recursive: true })
    await mkdir(circle.path('elsewhere'))
    await symlink(circle.path('elsewhere'), circle.path('out', 'deep', 'er'))
    expectError(await circle.warren('phone', 'get', 'family', `${circle.path('out')}`), 6, /is a link/)
    expect(await readdir(circle.path('elsewhere'))).toEqual([])
  })
})

describe('usage: exit 2, and the error names the flag', () => {
  test.each([
    ['a verb that there is not', ['lss'], /unknown command 'lss'[^]*Did you mean ls/],
    ['words without whose', ['verify', '--words', 'abandon'], /--person/],
    ['a range backwards', ['get', 'family/note', '-', '--range', '5-2'], /--range/],
    ['a date that is past', ['share', 'family', 'Alice', '--until', '2001-01-01'], /--until/],
    ['a threshold over the number', ['recovery', 'setup', 'Alice', '--threshold', '2'], /--threshold/],
    ['a device removed without --yes', ['device', 'remove', 'phone'], /--yes/],
    ['another space', ['mv', 'family/note', 'other/note'], /within a space/],
    ['no shell', ['completion', 'csh'], /bash, zsh and fish/],
    ['an unknown flag', ['ls', '--colour'], /--colour/],
  ])('%s', async (_, args, text) => {
    const ended = await circle.warren('phone', ...args)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toMatch(text)
    expect(ended.code).toBe(2)
  })

  test('no terminal to ask for a name on', async () => {
    expectError(await circle.warren('nameless', 'join', circle.link), 2, /--name/)
  })

  test('no passphrase file and no terminal', async () => {
    const ended = await circle.warren('new', 'init', circle.link, '--name', 'Eve')
    expectError(ended, 2, /--passphrase-file/)
  })
})

describe('invitations and passphrases', () => {
  test('an invitation that was used, and one that is damaged: exit 4', async () => {
    const { link } = await circle.json<{ link: string }>('phone', 'invite')
    await circle.done('bob', 'join', link, '--name', 'Bob', '--unprotected')
    const again = await circle.warren('bob again', 'join', link, '--name', 'Bobby', '--unprotected')
    expect(again.code).toBe(4)
    expect(again.stderr).toMatch(/invitation/)
    const damaged = await circle.warren('bob again', 'join', `${link}AAAA`, '--name', 'B', '--unprotected')
    expectError(damaged, 4, /damaged|not an invitation/)
  })

  test('a look-alike of a name that is there is refused', async () => {
    const { link } = await circle.json<{ link: string }>('phone', 'invite')
    const ended = await circle.warren('eve', 'join', link, '--name', 'А' + 'lice', '--unprotected')
    expect(ended.code).not.toBe(0)
    expect(await circle.done('phone', 'people')).not.toMatch(/А/)
  })

  test('a wrong passphrase: exit 4, and the right one opens', async () => {
    const right = await circle.file('right', 'correct horse\n')
    const wrong = await circle.file('wrong', 'battery staple\n')
    const { link } = await circle.json<{ link: string }>('phone', 'invite')
    await circle.done('carol', 'join', link, '--name', 'Carol', '--passphrase-file', right)
    expectError(await circle.warren('carol', 'ls', '--passphrase-file', wrong), 4, /passphrase is wrong/)
    await circle.done('carol', 'ls', '--passphrase-file', right)
  })

  test('a home that is a device already: exit 6; one that is none: exit 4', async () => {
    const ended = await circle.warren('phone', 'init', circle.link, '--name', 'Again', '--unprotected')
    expectError(ended, 6, /--home/)
    expectError(await circle.warren('nobody', 'ls'), 4, /warren join/)
  })
})

describe('the vault and what is between', () => {
  test('a home, or the data of a vault, where a file is: exit 6', async () => {
    const file = await circle.file('in the way', '')
    expectError(await circle.warren('in the way', 'ls'), 6, /in the way\/config is not a folder/)
    expectError(await circle.warren('any', 'serve', '--data', file), 6, /in the way is there already/)
  })

  test.runIf(process.platform === 'linux')(
    'a place where no directory can be made: exit 1, and an end',
    async () => {
      const nowhere = '/proc/warren/deep'
      const text = /\/proc\/warren cannot be made: \/proc takes no folders/
      expectError(await circle.warren('any', 'serve', '--data', nowhere), 1, text)
      expectError(await circle.warren('any', 'ls', '--home', nowhere), 1, text)
      expectError(await circle.warren('phone', 'get', 'family/note', nowhere), 1, text)
    },
  )

  test('nobody answers: exit 8', async () => {
    const record = circle.path('phone', 'config', 'device.json')
    const text = await readFile(record, 'utf8')
    await writeFile(record, text.replace(circle.url, 'http://127.0.0.1:1'))
    expectError(await circle.warren('phone', 'ls'), 8, /cannot reach the vault/)
    await writeFile(record, text)
  })

  test('a forged answer: exit 7, and no file appears', async () => {
    const flip = (path: string, body: Buffer) => {
      if (path.includes('/chunks')) body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1)
      return body
    }
    const ended = await through(flip, () =>
      circle.warren('phone', 'get', 'family/note', circle.path('forged')),
    )
    expectError(ended, 7, /not what was stored/)
    expect(await readdir(circle.directory)).not.toContain('forged')
  })

  test('a truncated answer: exit 7, and no file appears', async () => {
    const cut = (path: string, body: Buffer) => (path.includes('/chunks') ? body.subarray(0, -5) : body)
    const ended = await through(cut, () => circle.warren('phone', 'get', 'family/note', circle.path('cut')))
    expectError(ended, 7, /./)
    expect(await readdir(circle.directory)).not.toContain('cut')
  })

  test('an answer that is no document: exit 7', async () => {
    const page = () => Buffer.from('<html>Please sign in to the hotel</html>')
    expectError(await through(page, () => circle.warren('phone', 'ls')), 7, /not a JSON document/)
  })

  test('a log that went back: exit 7', async () => {
    await circle.done('phone', 'ls', 'family')
    const shorter = (path: string, body: Buffer) =>
      path.startsWith('/v1/log/space') ? Buffer.from('{"entries":[],"more":false,"before":null}') : body
    expectError(await through(shorter, () => circle.warren('phone', 'ls', 'family')), 7, /gone back/)
  })

  test('a message of the vault cannot steer the terminal', async () => {
    const evil = () => Buffer.from(JSON.stringify({ code: 'vault/not-found', message: 'x\u001b[2Jy\u202Ez' }))
    const ended = await through(
      (path, body) => (path.startsWith('/v1/spaces') ? evil() : body),
      () => circle.warren('phone', 'ls'),
    )
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(ended.stderr).not.toMatch(/[\u001b\u202e]/)
  })
})

describe('files and disks', () => {
  test('a file that changes while it is read: exit 6, and nothing of it is stored', async () => {
    const path = await circle.file('growing', new Uint8Array(64 * 1024 * 1024))
    const putting = circle.begin('phone', 'put', path, 'family/')
    let size = 64 * 1024 * 1024
    let over = false
    void putting.ended.then(() => (over = true))
    while (!over)
      await truncate(path, (size += 1)).then(() => new Promise((resolve) => setTimeout(resolve, 5)))
    const ended = await putting.ended
    expectError(ended, 6, /changed while it was read/)
    expect((await circle.warren('phone', 'ls', 'family/growing')).code).toBe(5)
    await rm(path)
  })

  test('get that is stopped leaves no file, and goes on where it was', async () => {
    const content = new Uint8Array(48 * 1024 * 1024).map((_, i) => (i * 7) ^ (i >> 11))
    await circle.done('phone', 'put', await circle.file('film', content), 'family/film')
    let sent = 0
    const half = (path: string, body: Buffer) => {
      if (path.includes('/chunks/')) sent++
      return sent > 7 ? Buffer.alloc(0) : body
    }
    const broken = await through(half, () =>
      circle.warren('phone', 'get', 'family/film', circle.path('back')),
    )
    expect(broken).toMatchObject({ code: 7 })
    expect(await readdir(circle.directory)).not.toContain('back')
    let fetched = 0
    const count = (path: string, body: Buffer) => {
      if (path.includes('/chunks/')) fetched++
      return body
    }
    const ended = await through(count, () =>
      circle.warren('phone', 'get', 'family/film', circle.path('back')),
    )
    expect(ended.code).toBe(0)
    expect(fetched).toBeLessThan(12)
    expect(Buffer.compare(await readFile(circle.path('back')), content)).toBe(0)
    expect((await readdir(circle.directory)).filter((name) => name.startsWith('.warren'))).toEqual([])
  })

  test('a signal ends a command with 130, and no file appears', async () => {
    const waiting = circle.begin('phone', 'device', 'add')
    await waiting.line(/^http/)
    waiting.stop('SIGINT')
    expect((await waiting.ended).code).toBe(130)
    await circle.done('phone', 'ls')
  })
})
