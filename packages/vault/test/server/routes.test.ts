import { base64urlText } from '@warren/primitives/encoding'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunkIds, encodeChunkBatch, epochKeyContext } from '../../src/protocol/index.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import { append, commitOf, edge, joinVault, newSpace, send } from './household.ts'

let world: EmbeddedWorld
beforeAll(async () => {
  world = await embeddedWorld('routes')
})
afterAll(() => world.remove())

describe('the whole way', () => {
  it('sets up, makes a space, takes chunks, shares, serves capsules', async () => {
    const { device: alice } = await joinVault(world, 'Alice')
    const { device: bob } = await joinVault(world, 'Bob', alice)
    const { space, commit } = await newSpace(world, alice)
    expect(await send(world, alice, 'POST', '/v1/commit', commitOf(commit))).toMatchObject({ status: 200 })

    const chunk = chunkIds.random(world.rng)
    const url = `/v1/spaces/${space.id}/chunks`
    const bytes = world.rng.bytes(100_000)
    expect((await send(world, alice, 'PUT', `${url}/${chunk}`, bytes)).status).toBe(201)
    expect((await send(world, alice, 'PUT', `${url}/${chunk}`, bytes)).status).toBe(200)
    expect((await send(world, bob, 'GET', `${url}/${chunk}`)).status).toBe(404)
    const batch = [1, 2, 3].map((n) => ({ id: chunkIds.random(world.rng), sealed: world.rng.bytes(n * 100) }))
    expect((await send(world, alice, 'POST', url, encodeChunkBatch(batch))).status).toBe(201)

    const member = await append(world, alice, { kind: 'space', id: space.id }, space.tip, {
      kind: 'member-in',
      account: bob.account,
      role: 'reader',
    })
    const share = await edge(world, alice, space.keys, bob.keys.publicKey, {
      kind: 'share',
      space: space.id,
      epoch: 0,
      account: bob.account,
      untilMs: undefined,
    })
    const shared = await send(
      world,
      alice,
      'POST',
      '/v1/commit',
      commitOf({
        appends: [member.append],
        edges: [share],
        space: space.id,
        chunks: [chunk, ...batch.map(({ id }) => id)],
      }),
    )
    expect(shared).toMatchObject({ status: 200 })

    expect((await send(world, bob, 'GET', `${url}/${chunk}`)).bytes.equals(bytes)).toBe(true)
    const part = await send(world, bob, 'GET', `${url}/${chunk}`, undefined, { range: 'bytes=10-19' })
    expect(part.status).toBe(206)
    expect(part.bytes.equals(bytes.subarray(10, 20))).toBe(true)
    const fetched = await send(world, bob, 'POST', `${url}/fetch`, { chunks: batch.map(({ id }) => id) })
    expect(fetched.bytes.equals(encodeChunkBatch(batch))).toBe(true)
    expect((await send(world, bob, 'PUT', `${url}/${chunkIds.random(world.rng)}`, bytes)).status).toBe(403)

    for (const device of [alice, bob]) {
      const answer = await send(world, device, 'GET', `/v1/spaces/${space.id}/epochs/0/key`)
      expect(answer.status).toBe(200)
      const capsule = base64urlText.decode(answer.body['capsule'] as string)
      const key = world.suite.decapsulate(device.keys.secretKey, capsule, epochKeyContext(space.id, 0))
      expect(key.equals(space.epochKey)).toBe(true)
    }
    await world.restart()
    expect((await send(world, bob, 'GET', `${url}/${chunk}`)).bytes.equals(bytes)).toBe(true)
    expect((await send(world, bob, 'GET', '/v1/spaces')).body['spaces']).toHaveLength(1)
  })
})
