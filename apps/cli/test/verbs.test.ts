import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Circle } from './circle.ts'

// Processes share the machine with other tests: this bounds a hang, it is no expectation.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

// Every verb as people call it: a process each, a home for each device, and a vault process. In the order of a story,
// because what one verb makes the next one needs.

let circle: Circle
beforeAll(async () => {
  circle = await Circle.start()
  await circle.done('phone', 'init', circle.link, '--name', 'Alice', '--device', 'phone', '--unprotected')
  await circle.join('bob', 'Bob', 'phone')
  await mkdir(circle.path('photos', 'summer'), { recursive: true })
  await writeFile(circle.path('photos', 'summer', 'sea.jpg'), new Uint8Array(70_000).fill(7))
  await writeFile(circle.path('photos', 'run.sh'), '#!/bin/sh\n')
  await chmod(circle.path('photos', 'run.sh'), 0o755)
  await writeFile(circle.path('photos', 'empty'), '')
  await utimes(circle.path('photos', 'empty'), 1_600_000_000, 1_600_000_000)
})
afterAll(() => circle.end())

describe('files', () => {
  test('mkdir makes a space, put stores a folder, ls shows both', async () => {
    await circle.done('phone', 'mkdir', 'family')
    const { files, bytes } = await circle.json<{ files: number; bytes: number }>(
      'phone',
      'put',
      circle.path('photos'),
      'family/',
    )
    expect({ files, bytes }).toEqual({ files: 3, bytes: 70_010 })
    const { spaces } = await circle.json<{ spaces: unknown[] }>('phone', 'ls')
    expect(spaces).toMatchObject([{ name: 'family', owner: 'Alice', role: 'owner', files: 3 }])
    expect(await circle.done('phone', 'ls', '/family/photos/summer')).toMatch(/sea\.jpg/)
  })

  test('put again sends nothing', async () => {
    const again = await circle.json<{ files: number; unchanged: number }>(
      'phone',
      'put',
      circle.path('photos'),
      'family/',
    )
    expect(again).toMatchObject({ files: 0, unchanged: 3 })
  })

  test('get brings back contents, times and the executable bit; again it fetches nothing', async () => {
    await circle.done('phone', 'get', 'family/photos', circle.path('back'))
    const back = (name: string) => circle.path('back', name)
    expect(await readFile(back('summer/sea.jpg'))).toEqual(Buffer.alloc(70_000, 7))
    expect((await stat(back('empty'))).mtimeMs).toBe(1_600_000_000_000)
    expect((await stat(back('run.sh'))).mode & 0o100).toBe(0o100)
    expect((await stat(back('empty'))).mode & 0o111).toBe(0)
    expect((await readdir(circle.path('back'))).toSorted()).toEqual(['empty', 'run.sh', 'summer'])
    const again = await circle.json('phone', 'get', 'family/photos', circle.path('back'))
    expect(again).toMatchObject({ files: 0, unchanged: 3 })
  })

  test('get writes to standard output, whole and in part, and nothing else', async () => {
    await circle.file('note', '0123456789')
    await circle.done('phone', 'put', circle.path('note'), 'family/note')
    expect(await circle.done('phone', 'get', 'family/note', '-')).toBe('0123456789')
    expect(await circle.done('phone', 'get', 'family/note', '-', '--range', '2-4')).toBe('234')
    expect(await circle.done('phone', 'get', 'family/note', '-', '--range', '-3')).toBe('789')
  })

  test('versions are kept through change and deletion, and come back', async () => {
    await circle.file('note', 'second version')
    await circle.done('phone', 'put', circle.path('note'), 'family/note')
    await circle.done('phone', 'rm', 'family/note')
    expect((await circle.warren('phone', 'get', 'family/note', '-')).code).toBe(5)
    expect(await circle.done('phone', 'ls', 'family', '--deleted')).toMatch(/note/)
    const { versions, deleted } = await circle.json<{ versions: unknown[]; deleted: boolean }>(
      'phone',
      'versions',
      'family/note',
    )
    expect({ count: versions.length, deleted }).toEqual({ count: 2, deleted: true })
    await circle.done('phone', 'restore', 'family/note')
    expect(await circle.done('phone', 'get', 'family/note', '-')).toBe('second version')
    await circle.done('phone', 'restore', 'family/note', '--version', '1')
    expect(await circle.done('phone', 'get', 'family/note', '-')).toBe('0123456789')
  })

  test('mv renames, and moves into a folder that is there', async () => {
    await circle.done('phone', 'mkdir', 'family/a/b')
    await circle.done('phone', 'mv', 'family/note', 'family/a/b')
    await circle.done('phone', 'mv', 'family/a', 'family/c')
    expect(await circle.done('phone', 'get', 'family/c/b/note', '-')).toBe('0123456789')
    await circle.done('phone', 'rm', '-r', 'family/c')
    await circle.done('phone', 'restore', 'family/c')
    expect(await circle.done('phone', 'get', 'family/c/b/note', '-')).toBe('0123456789')
  })

  test('a name is the same however its letters are composed, and mkdir -p makes no second one', async () => {
    await circle.done('phone', 'mkdir', 'Caf\u00e9')
    await circle.done('phone', 'mkdir', '-p', 'Cafe\u0301')
    await circle.done('phone', 'put', circle.path('note'), 'Cafe\u0301/men\u00fc')
    expect(await circle.done('phone', 'get', 'Caf\u00e9/menu\u0308', '-')).toBe('second version')
  })

  test('help of a verb, either way, has its flags and the exit codes', async () => {
    const help = await circle.done('phone', 'help', 'restore')
    expect(help).toBe(await circle.done('phone', 'restore', '--help'))
    expect(help).toMatch(/--version <n>[^]*130 cancelled/)
  })

  test('a link below a folder is left out, and said: partly done', async () => {
    await mkdir(circle.path('linked'))
    await circle.file('linked/a', 'a')
    await symlink('/etc/passwd', circle.path('linked', 'b'))
    const ended = await circle.warren('phone', 'put', circle.path('linked'), 'family/')
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(/linked\/b/)
    expect(await circle.done('phone', 'ls', 'family/linked')).not.toMatch(/b$/m)
  })
})

describe('people, spaces, devices', () => {
  test('share lets somebody read; words are compared; unshare ends it', async () => {
    await circle.done('phone', 'share', 'family', 'Bob')
    expect(await circle.done('bob', 'get', 'family/photos/run.sh', '-')).toBe('#!/bin/sh\n')
    expect((await circle.warren('bob', 'put', circle.path('note'), 'family/mine')).code).toBe(4)
    await circle.done('phone', 'share', 'family', 'Bob', '--write')
    await circle.done('bob', 'put', circle.path('note'), 'family@Alice/mine')

    const everybody = await circle.json<{ people: { name: string; words: string[] }[] }>('phone', 'people')
    const words = everybody.people.find((person) => person.name === 'Bob')?.words.join(' ') ?? ''
    await circle.done('phone', 'verify', '--person', 'Bob', '--words', words)
    expect(await circle.done('phone', 'people')).toMatch(/Bob .*words compared/)

    await circle.done('phone', 'unshare', 'family', 'Bob')
    expect((await circle.warren('bob', 'ls', 'family')).code).toBe(5)
  })

  test('a member leaves by herself', async () => {
    await circle.done('phone', 'share', 'family', 'Bob')
    expect(await circle.done('bob', 'unshare', 'family', 'Bob')).toMatch(/Bob cannot read/)
    expect(await circle.json('bob', 'ls')).toMatchObject({ spaces: [], unreadable: 0 })
  })

  test('share --ask: the owner sees who asks for what, grants or declines', async () => {
    await circle.done('bob', 'share', '--ask', 'Alice', 'family')
    expect(await circle.done('phone', 'status')).toMatch(/Somebody asks you for access/)
    expect(await circle.done('phone', 'share', '--requests')).toMatch(/Bob asks to read family/)
    await circle.done('phone', 'share', 'family', 'Bob')
    expect(await circle.done('bob', 'get', 'family/photos/run.sh', '-')).toBe('#!/bin/sh\n')
    expect(await circle.json('phone', 'share', '--requests')).toMatchObject({ requests: [] })
    await circle.done('bob', 'share', '--ask', 'Alice', 'family', '--write')
    await circle.done('phone', 'share', '--decline', 'Bob')
    expect(await circle.json('phone', 'status')).toMatchObject({ accessRequests: 0 })
    expect((await circle.warren('phone', 'share', '--requests', 'family')).code).toBe(2)
    await circle.done('phone', 'unshare', 'family', 'Bob')
  })

  test('device add brings a second device in; promote and remove', async () => {
    const adding = circle.begin('phone', 'device', 'add')
    await circle.done('laptop', 'join', await adding.line(/^http/), '--device', 'laptop', '--unprotected')
    expect((await adding.ended).code).toBe(0)
    expect(await circle.done('laptop', 'get', 'family/photos/run.sh', '-')).toBe('#!/bin/sh\n')
    await circle.done('laptop', 'device', 'promote')
    expect(await circle.done('laptop', 'device', 'list')).toMatch(/laptop .*primary, this one/)
    await circle.done('phone', 'device', 'promote')
    expect((await circle.warren('phone', 'device', 'remove', 'laptop')).code).toBe(2)
    await circle.done('phone', 'device', 'remove', 'laptop', '--yes')
    expect((await circle.warren('laptop', 'ls')).code).toBe(4)
  })

  test('recovery: set up, asked for, approved; status says whether it would work', async () => {
    await circle.done('bob', 'mkdir', 'diary')
    await circle.done('bob', 'put', circle.path('note'), 'diary/')
    expect(await circle.done('bob', 'recovery', 'status')).toMatch(/not set up/)
    await circle.done('bob', 'recovery', 'setup', 'Alice')
    expect(await circle.json('bob', 'status')).toMatchObject({ recovery: { couldRecover: true } })

    const recovering = circle.begin('bob-new', 'recover', circle.url, '--account', 'Bob', '--unprotected')
    const words = await recovering.line(/^([a-z]+ ){7}[a-z]+$/)
    const wrong = `abandon ${words.split(' ').slice(1).join(' ')}`
    expect((await circle.warren('phone', 'recovery', 'approve', '--words', wrong)).code).toBe(4)
    expect(await circle.done('phone', 'recovery', 'status')).toMatch(/Bob, waiting/)
    await circle.done('phone', 'recovery', 'approve', '--words', words)
    expect((await recovering.ended).code).toBe(0)
    expect(await circle.done('bob-new', 'get', 'diary/note', '-')).toBe('second version')
    expect((await circle.warren('bob', 'ls')).code).toBe(4)
  })

  test('verify, sync, status and doctor find everything in order', async () => {
    expect(await circle.json('phone', 'verify', '--content')).toMatchObject({ ok: true })
    expect(await circle.json('phone', 'sync')).toMatchObject({ accounts: 2, spaces: 2, unreadable: 0 })
    expect(await circle.done('phone', 'status')).toMatch(/phone, the primary one/)
    expect(await circle.json('phone', 'doctor')).toMatchObject({ ok: true })
  })

  test('the home is closed to others', async () => {
    for (const name of await readdir(circle.path('phone', 'config')))
      expect((await stat(join(circle.path('phone', 'config'), name))).mode & 0o077).toBe(0)
    expect((await stat(circle.path('phone', 'state'))).mode & 0o077).toBe(0)
    await chmod(circle.path('phone', 'state'), 0o755)
    expect((await circle.warren('phone', 'doctor')).code).toBe(1)
    await chmod(circle.path('phone', 'state'), 0o700)
  })

  test('two commands of one home wait for one another', async () => {
    const many = await Promise.all(
      ['1', '2', '3'].map((name) => circle.warren('phone', 'mkdir', `family/at once ${name}`)),
    )
    expect(many.map((ended) => ended.code)).toEqual([0, 0, 0])
    const listed = await circle.done('phone', 'ls', 'family')
    expect(listed.match(/at once/g)).toHaveLength(3)
    await appendFile(circle.path('note'), '.')
  })
})
