import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithTools } from '@warren/testkit/tools-node'
import { chunkIds } from '@warren/vault/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { append, commitOf, send } from '../../packages/vault/test/server/household.ts'
import { type RemoteWorld, remoteWorld } from './server-spawn.ts'

// docs/formats/store.md, order: what the kernel sees, in time, from the body of a chunk to its answer.
describeWithTools(['strace'], 'order on disk', () => {
  let directory: string
  let world: RemoteWorld
  const trace = () => join(directory, 'trace')
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'warren-order-'))
    const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg'
    const strace = ['strace', '-f', '-y', '-s', '64', '-e', calls, '-o', trace()]
    world = await remoteWorld(join(directory, 'vault'), strace)
  })
  afterEach(async () => {
    await world.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Line numbers of the first call after `from` that matches each pattern, in turn. */
  function inOrder(lines: readonly string[], patterns: readonly RegExp[], from: number): number[] {
    const found: number[] = []
    for (const pattern of patterns) {
      const at = lines.findIndex((line, i) => i > (found.at(-1) ?? from) && pattern.test(line))
      expect(at, `${pattern} in order`).toBeGreaterThan(-1)
      found.push(at)
    }
    return found
  }

  it('a chunk is fsynced, renamed, its directory and then its row fsynced, and only then acknowledged', async () => {
    const before = (await readFile(trace(), 'utf8')).split('\n').length
    const id = chunkIds.random(world.rng)
    const url = `/v1/spaces/${world.space.id}/chunks/${id}`
    expect((await send(world, world.device, 'PUT', url, world.rng.bytes(50_000))).status).toBe(201)
    const lines = (await readFile(trace(), 'utf8')).split('\n')
    const [, , , , reply] = inOrder(
      lines,
      [
        /fsync\(\d+<[^>]*\/blobs\/incoming\/[0-9a-f]{32}>/,
        /rename\w*\(.*\/blobs\/incoming\/([0-9a-f]{32})", .*\/blobs\/[0-9a-f]{2}\/[0-9a-f]{32}"/,
        /fsync\(\d+<[^>]*\/blobs\/[0-9a-f]{2}>/,
        /(fsync|fdatasync)\(\d+<[^>]*vault\.sqlite-wal>/,
        /HTTP\/1\.1 201/,
      ],
      before - 2,
    )
    const early = lines.slice(before - 1, reply).filter((line) => line.includes('HTTP/1.1 201'))
    expect(early).toEqual([])
  })

  it('a commit is acknowledged after the database’s log is fsynced', async () => {
    const before = (await readFile(trace(), 'utf8')).split('\n').length
    const { space } = world
    const change = {
      kind: 'operations',
      epoch: 0,
      salt: world.rng.bytes(16),
      sealed: world.rng.bytes(100),
    } as const
    const made = await append(world, world.device, { kind: 'space', id: space.id }, space.tip, change)
    const answer = await send(world, world.device, 'POST', '/v1/commit', commitOf({ appends: [made.append] }))
    expect(answer.status).toBe(200)
    const lines = (await readFile(trace(), 'utf8')).split('\n')
    inOrder(lines, [/(fsync|fdatasync)\(\d+<[^>]*vault\.sqlite-wal>/, /HTTP\/1\.1 200/], before - 2)
  })
})
