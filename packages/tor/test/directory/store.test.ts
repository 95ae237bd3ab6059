import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directoryStore } from '../../src/directory/store-node.ts'

let path: string
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'warren-tor-store-'))
})
afterAll(() => rm(path, { recursive: true }))

const textIn = async (name: 'guards' | 'consensus') => {
  const bytes = await directoryStore(join(path, 'state')).read(name)
  return bytes === undefined ? undefined : fromUtf8(bytes)
}

describe('what a client keeps on disk', () => {
  it('is nothing at first, then what was written, for its owner alone', async () => {
    const store = directoryStore(join(path, 'state'))
    expect(await store.read('guards')).toBeUndefined()
    await store.write('guards', utf8('one'))
    expect(await textIn('guards')).toBe('one')
    expect((await stat(join(path, 'state'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(path, 'state', 'guards'))).mode & 0o777).toBe(0o600)
  })

  it('is the last of many writes made at once, and whole at every moment', async () => {
    const store = directoryStore(join(path, 'state'))
    const text = (i: number) => `${i} `.repeat(20_000 + i)
    const writes = Promise.all(Array.from({ length: 40 }, (_, i) => store.write('guards', utf8(text(i)))))
    let isOver = false
    void writes.finally(() => {
      isOver = true
    })
    const valid = new Set(['one', ...Array.from({ length: 40 }, (_, i) => text(i))])
    while (!isOver) expect(valid.has((await textIn('guards')) ?? '')).toBe(true)
    await writes
    expect(await textIn('guards')).toBe(text(39))
    expect(await readdir(join(path, 'state'))).toEqual(['guards'])
  })

  it('can be written again after a write that failed', async () => {
    const store = directoryStore(join(path, 'state', 'guards', 'not a directory'))
    await expect(store.write('consensus', utf8('x'))).rejects.toThrow('ENOTDIR')
    await expect(store.write('consensus', utf8('x'))).rejects.toThrow('ENOTDIR')
    const good = directoryStore(join(path, 'state'))
    await good.write('consensus', utf8('x'))
    expect(await textIn('consensus')).toBe('x')
  })
})
