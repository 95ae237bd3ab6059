import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWarren, type Warren } from './client-spawn.ts'

const mayMount = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v mount']).status === 0
// oxlint-disable-next-line vitest/no-disabled-tests -- mounting needs root: the name says so
const describeAsRoot = mayMount ? describe : describe.skip

describeAsRoot('a full disk under a device (needs root, for a small tmpfs)', () => {
  let directory: string
  let server: Warren
  const small = () => join(directory, 'small')
  const fill = () => {
    try {
      writeFileSync(join(small(), 'fill'), new Uint8Array(1 << 20))
    } catch {
      // What fits of it is there, and nothing more does.
    }
  }
  const run = (...args: string[]) => startWarren([...args, '--home', join(small(), 'home')]).ended

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'warren-client-disk-'))
    mkdirSync(small())
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small()])
    server = startWarren(['serve', '--listen', '127.0.0.1:0', '--data', join(directory, 'vault'), '--json'])
    const { link } = JSON.parse(await server.line(/^\{/)) as { link: string }
    await run('init', link, '--name', 'Alice', '--unprotected')
    await run('mkdir', 'family')
    writeFileSync(join(directory, 'note'), 'a note')
  })
  afterAll(async () => {
    server.kill('SIGTERM')
    await server.ended
    spawnSync('umount', ['-l', small()])
    await rm(directory, { recursive: true, force: true })
  })

  it('reads on, says what is wrong when something has to be kept, and goes on once there is room', async () => {
    expect((await run('ls')).code).toBe(0)
    fill()
    const listed = await run('ls')
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('family') as string })
    const put = await run('put', join(directory, 'note'), 'family/')
    expect(put).toMatchObject({ code: 1, stdout: '' })
    expect(put.stderr).toMatch(/^warren: .*disk.* full/m)
    expect(put.stderr.trim().split('\n')).toHaveLength(1)
    rmSync(join(small(), 'fill'))
    expect((await run('put', join(directory, 'note'), 'family/')).code).toBe(0)
    expect((await run('get', 'family/note', '-')).stdout).toBe('a note')
  })
})
