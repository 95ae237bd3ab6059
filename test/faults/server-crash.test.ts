import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64urlText } from '@warren/primitives/encoding'
import { randomBelow, systemRng } from '@warren/primitives/rng'
import { chunkIds, decodeLogEntry, hashLogEntry } from '@warren/vault/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { append, commitOf, send, text } from '../../packages/vault/test/server/household.ts'
import { type RemoteWorld, remoteWorld, startVault } from './server-spawn.ts'

const ROUNDS = 25

let directory: string
let world: RemoteWorld
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warren-crash-'))
  world = await remoteWorld(directory)
})
afterEach(async () => {
  await world.close()
  await rm(directory, { recursive: true, force: true })
})

describe('kill −9 of the server', () => {
  it(`loses nothing that it acknowledged, ${ROUNDS} times at random moments`, async () => {
    const chunks = new Map<string, Uint8Array>()
    const committed = new Map<number, string>()
    const uploads = `/v1/spaces/${world.space.id}/chunks`
    let stopped = false

    async function upload(): Promise<void> {
      while (!stopped) {
        const id = chunkIds.random(world.rng)
        const bytes = world.rng.bytes(20_000 + randomBelow(systemRng, 80_000))
        const answer = await send(world, world.device, 'PUT', `${uploads}/${id}`, bytes)
        if (answer.status === 201) chunks.set(id, bytes)
      }
    }

    async function write(): Promise<void> {
      while (!stopped) {
        const change = {
          kind: 'operations',
          epoch: 0,
          salt: world.rng.bytes(16),
          sealed: world.rng.bytes(500),
        } as const
        const { space } = world
        const made = await append(world, world.device, { kind: 'space', id: space.id }, space.tip, change)
        const answer = await send(
          world,
          world.device,
          'POST',
          '/v1/commit',
          commitOf({ appends: [made.append] }),
        )
        if (answer.status !== 200) throw new Error(`commit: ${answer.status}`)
        committed.set(made.tip.sequence, made.append.entries[0] as string)
        world.space.tip = made.tip
      }
    }

    for (let round = 0; round < ROUNDS; round++) {
      stopped = false
      // A broken connection ends the work of this round.
      const work = Promise.allSettled([upload(), upload(), upload(), write()])
      await new Promise((resolve) => setTimeout(resolve, 20 + randomBelow(systemRng, 250)))
      await world.running.stop('SIGKILL')
      stopped = true
      await work
      world.running = await startVault(directory)

      // The log: what was acknowledged stands; at most one more entry, whose answer was cut off.
      const answer = await send(world, world.device, 'GET', `/v1/log/space/${world.space.id}`)
      const entries = answer.body['entries'] as string[]
      for (const [sequence, entry] of committed) expect(entries[sequence]).toBe(entry)
      const last = base64urlText.decode(entries.at(-1) as string)
      const { sequence } = decodeLogEntry(last).unverified
      expect(sequence - world.space.tip.sequence).toBeLessThanOrEqual(1)
      world.space.tip = { sequence, hash: hashLogEntry(last) }
    }
    expect(chunks.size).toBeGreaterThan(ROUNDS)
    expect(committed.size).toBeGreaterThan(ROUNDS / 4)
    for (const [id, bytes] of chunks) {
      const { bytes: read } = await send(world, world.device, 'GET', `${uploads}/${id}`)
      expect(text(read)).toBe(text(bytes))
    }
  })

  it('ends in good order when it is asked to, with what runs finished', async () => {
    const id = chunkIds.random(world.rng)
    const url = `/v1/spaces/${world.space.id}/chunks/${id}`
    const putting = send(world, world.device, 'PUT', url, world.rng.bytes(4_000_000))
    await new Promise((resolve) => setTimeout(resolve, 15))
    const [answer] = await Promise.all([putting, world.running.stop('SIGTERM')])
    world.running = await startVault(directory)
    const found = await send(world, world.device, 'HEAD', url)
    expect(found.status).toBe(answer.status === 201 ? 200 : 404)
  })
})
