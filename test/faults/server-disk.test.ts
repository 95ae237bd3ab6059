import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithTools } from '@warren/testkit/tools-node'
import { chunkIds } from '@warren/vault/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { append, commitOf, send, text } from '../../packages/vault/test/server/household.ts'
import { type RemoteWorld, remoteWorld, startVault } from './server-spawn.ts'

const mayMount = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v mount']).status === 0
// oxlint-disable-next-line vitest/no-disabled-tests -- mounting needs root: the name says so
const describeAsRoot = mayMount ? describe : describe.skip

let directory: string
let world: RemoteWorld
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warren-disk-'))
})
afterEach(async () => {
  await world.close()
  if (mayMount) spawnSync('umount', ['-l', directory])
  await rm(directory, { recursive: true, force: true })
})

const uploads = () => `/v1/spaces/${world.space.id}/chunks`

async function put(bytes: Uint8Array) {
  const id = chunkIds.random(world.rng)
  const { status, body } = await send(world, world.device, 'PUT', `${uploads()}/${id}`, bytes)
  return { id, status, code: body['code'] }
}

async function expectThere(chunks: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [id, bytes] of chunks) {
    const { bytes: read } = await send(world, world.device, 'GET', `${uploads()}/${id}`)
    expect(text(read)).toBe(text(bytes))
  }
}

describeAsRoot('a full disk (needs root, for a small tmpfs)', () => {
  it('refuses with 507, leaves no half file, goes on reading, and takes more once there is room', async () => {
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]).status).toBe(0)
    world = await remoteWorld(join(directory, 'vault'))
    const kept = new Map<string, Uint8Array>()
    let full = false
    for (let i = 0; i < 40; i++) {
      const bytes = world.rng.bytes(300_000)
      const { id, status, code } = await put(bytes)
      if (status === 201) kept.set(id, bytes)
      else {
        expect([status, code]).toEqual([507, 'vault/disk-full'])
        full = true
      }
    }
    expect(full).toBe(true)
    expect(kept.size).toBeGreaterThan(2)
    expect(readdirSync(join(directory, 'vault/blobs/incoming'))).toEqual([])
    await expectThere(kept)
    const drop = [...kept.keys()].slice(0, 2)
    const dropped = await send(
      world,
      world.device,
      'POST',
      '/v1/commit',
      commitOf({ space: world.space.id, dropChunks: drop }),
    )
    expect(dropped.status).toBe(200)
    for (const id of drop) kept.delete(id)
    expect((await put(world.rng.bytes(100_000))).status).toBe(201)
    await world.running.stop('SIGKILL')
    world.running = await startVault(join(directory, 'vault'))
    await expectThere(kept)
  })
})

describeWithTools(['fiu-run'], 'a disk that fails now and then', () => {
  it('is told in clean errors, and loses nothing that was acknowledged', async () => {
    mkdirSync(directory, { recursive: true })
    // Set up on a sound disk, then go on on one where one write in 50 finds it full and one fsync in 50 fails. Only
    // positional writes: libuv ends the process when it cannot write to its own event descriptor.
    world = await remoteWorld(directory)
    await world.running.stop('SIGTERM')
    const faults = [
      'enable_random name=posix/io/rw/pwrite,probability=0.02,failinfo=28',
      'enable_random name=posix/io/sync/fsync,probability=0.02,failinfo=5',
      'enable_random name=posix/io/sync/fdatasync,probability=0.02,failinfo=5',
    ]
    const wrapper = ['fiu-run', '-x', ...faults.flatMap((fault) => ['-c', fault])]
    for (let attempt = 0; ; attempt++)
      try {
        world.running = await startVault(directory, wrapper)
        break
      } catch (error) {
        // A start may find the disk failing too: it says so and ends.
        if (attempt > 10) throw error
      }
    const kept = new Map<string, Uint8Array>()
    const failures = new Set<number>()
    for (let i = 0; i < 150; i++)
      try {
        const bytes = world.rng.bytes(2000)
        const { id, status } = await put(bytes)
        if (status === 201) kept.set(id, bytes)
        else failures.add(status)
        if (i % 5 === 0) {
          const { space } = world
          const change = {
            kind: 'operations',
            epoch: 0,
            salt: world.rng.bytes(16),
            sealed: world.rng.bytes(50),
          } as const
          const made = await append(world, world.device, { kind: 'space', id: space.id }, space.tip, change)
          const commit = commitOf({ appends: [made.append] })
          const answer = await send(world, world.device, 'POST', '/v1/commit', commit)
          if (answer.status === 200) space.tip = made.tip
          else failures.add(answer.status)
        }
      } catch {
        // A connection can end with its answer: what was in it does not count as acknowledged.
      }
    await world.running.stop('SIGKILL')
    world.running = await startVault(directory)
    // The faults did strike: some 600 calls at 2 % each leave none of them with probability 5e-6.
    expect(failures.size).toBeGreaterThan(0)
    expect(kept.size).toBeGreaterThan(20)
    expect([...failures].every((status) => status === 507 || status === 500 || status === 409)).toBe(true)
    await expectThere(kept)
    const log = await send(world, world.device, 'GET', `/v1/log/space/${world.space.id}`)
    expect((log.body['entries'] as string[]).length).toBeGreaterThan(world.space.tip.sequence)
  })
})
