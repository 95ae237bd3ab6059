import { softwareSigner } from '@warren/identity'
import { Secret } from '@warren/primitives/secret'
import { virtualClock } from '@warren/testkit/clock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessRequestContext,
  chunkIds,
  encodeAccessRequest,
  encodeChunkBatch,
  MAX_BATCH_CHUNKS,
  invitationHash,
  spaceIds,
} from '../../src/protocol/index.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import {
  append,
  commitOf,
  edge,
  genesis,
  invite,
  joinVault,
  makeDevice,
  makeEpoch,
  newSpace,
  send,
  signed,
  type TestDevice,
  type TestSpace,
  type Tip,
  text,
} from './household.ts'

const clock = virtualClock()
let world: EmbeddedWorld
let alice: { device: TestDevice; tip: Tip }
let bob: { device: TestDevice; tip: Tip }
let space: TestSpace

beforeAll(async () => {
  world = await embeddedWorld('refusals', { clock })
  alice = await joinVault(world, 'Alice')
  bob = await joinVault(world, 'Bob', alice.device)
  const made = await newSpace(world, alice.device)
  space = made.space
  await send(world, alice.device, 'POST', '/v1/commit', commitOf(made.commit))
})
afterAll(() => world.remove())

const commit = (device: TestDevice, parts: Parameters<typeof commitOf>[0]) =>
  send(world, device, 'POST', '/v1/commit', commitOf(parts))
const log = () => ({ kind: 'space' as const, id: space.id })
const operations = (epoch = 0) => ({
  kind: 'operations' as const,
  epoch,
  salt: world.rng.bytes(16),
  sealed: world.rng.bytes(64),
})

describe('who may speak', () => {
  it('refuses requests without, with another’s, with an old, a replayed or a foreign signature', async () => {
    expect((await world.server.app.inject({ url: '/v1/spaces' })).statusCode).toBe(401)
    const thief = { ...alice.device, signer: softwareSigner(new Secret(world.rng.bytes(32))) }
    expect((await send(world, thief, 'GET', '/v1/spaces')).status).toBe(401)
    const request = await signed(world, alice.device, 'GET', '/v1/spaces')
    expect((await world.deliver(request)).status).toBe(200)
    expect((await world.deliver(request)).status).toBe(401)
    const late = await signed(world, alice.device, 'GET', '/v1/spaces')
    await clock.advance(301_000)
    expect((await world.deliver(late)).status).toBe(401)
    const elsewhere = { ...world, vaultId: spaceIds.random(world.rng) }
    expect((await send(elsewhere, alice.device, 'GET', '/v1/spaces')).status).toBe(401)
    const moved = await signed(world, alice.device, 'GET', '/v1/spaces')
    expect((await world.deliver({ ...moved, url: '/v1/accounts' })).status).toBe(401)
  })

  it('refuses a document that is not the one that was signed', async () => {
    const request = await signed(world, alice.device, 'POST', '/v1/commit', commitOf({}))
    const other = Buffer.from(JSON.stringify(commitOf({ chunks: [chunkIds.random(world.rng)] })))
    request.headers['content-length'] = String(other.length)
    expect((await world.deliver({ ...request, payload: other })).status).toBe(401)
  })

  it('lets a device that no account has do nothing else', async () => {
    const stranger = makeDevice(world, 'stranger')
    for (const url of ['/v1/accounts', '/v1/spaces', '/v1/edges', '/v1/recoveries', '/v1/events'])
      expect((await send(world, stranger, 'GET', url)).status).toBe(401)
    expect((await commit(stranger, {})).status).toBe(401)
    const big = { ...commitOf({}), sharePackages: Array.from({ length: 2 }, () => 'A'.repeat(60_000)) }
    expect((await send(world, stranger, 'POST', '/v1/commit', big)).status).toBe(413)
  })

  it('answers bad input with one code, and nothing of its inside', async () => {
    const post = (body: unknown) => send(world, alice.device, 'POST', '/v1/commit', body)
    for (const body of [[], {}, 'text', { ...commitOf({}), more: 1 }, commitOf({ edges: ['AAAA'] })]) {
      const answer = await post(body)
      expect(answer).toMatchObject({ status: 400, body: { code: 'vault/bad-request' } })
      expect(Object.keys(answer.body)).toEqual(['code', 'message'])
    }
    const raw = await signed(world, alice.device, 'POST', '/v1/commit', { a: 1 })
    const broken = Buffer.from('{"a":1,')
    raw.headers['content-length'] = String(broken.length)
    expect((await world.deliver({ ...raw, payload: broken })).status).toBe(400)
    for (const url of ['/v1/log/space/x', `/v1/log/space/${space.id}?from=-1`, '/v1/nothing'])
      expect([400, 404]).toContain((await send(world, alice.device, 'GET', url)).status)
    const chunks = `/v1/spaces/${space.id}/chunks`
    const whole = encodeChunkBatch([{ id: chunkIds.random(world.rng), sealed: world.rng.bytes(50) }])
    const one = new Uint8Array(20 * (MAX_BATCH_CHUNKS + 1))
    const many = one.map((_, i) => (i % 20 < 4 ? Math.floor(i / 20) >> (8 * (i % 20)) : 0))
    for (const batch of [whole.subarray(0, 60), whole.subarray(0, 10), Buffer.concat([whole, whole]), many])
      expect(await send(world, alice.device, 'POST', chunks, batch)).toMatchObject({ status: 400 })
    for (const range of ['bytes=5-2', 'bytes=-', 'lines=1-2', 'bytes=999-'])
      expect(
        (
          await send(world, alice.device, 'GET', `${chunks}/${chunkIds.random(world.rng)}`, undefined, {
            range,
          })
        ).status,
      ).toBe(404)
  })
})

describe('invitations', () => {
  it('count once, until their end, and only if they were made', async () => {
    const invitation = await invite(world, alice.device)
    const carol = makeDevice(world, 'carol phone')
    const first = await genesis(world, carol, 'Carol')
    expect((await commit(carol, { appends: [first.append] })).status).toBe(403)
    const unknown = text(world.rng.bytes(32))
    expect((await commit(carol, { appends: [first.append], invitation: unknown })).status).toBe(403)
    expect((await commit(carol, { appends: [first.append], invitation })).status).toBe(200)
    const again = makeDevice(world, 'again')
    const second = await genesis(world, again, 'Someone')
    expect(await commit(again, { appends: [second.append], invitation })).toMatchObject({
      status: 403,
      body: { code: 'vault/invitation' },
    })
    const late = await invite(world, alice.device)
    await clock.advance(3_700_000)
    expect((await commit(again, { appends: [second.append], invitation: late })).status).toBe(403)
  })

  it('keep the name of an account for one, also in look-alike letters', async () => {
    for (const name of ['alice', 'A1ice', 'ALICE']) {
      const device = makeDevice(world, 'other')
      const { append: entry } = await genesis(world, device, name)
      const answer = await commit(device, {
        appends: [entry],
        invitation: await invite(world, alice.device),
      })
      expect([400, 409]).toContain(answer.status)
    }
  })

  it('cannot be made without end, nor the set-up link used again', async () => {
    expect(world.server.setupLink('http://x.example')).toBeUndefined()
    const hash = text(invitationHash(new Secret(world.rng.bytes(32))))
    const expiresMs = Math.floor(clock.now()) + 400 * 24 * 3_600_000
    expect((await send(world, alice.device, 'POST', '/v1/invitations', { hash, expiresMs })).status).toBe(400)
  })
})

describe('commits', () => {
  it('of two devices at once: one stands, the other is told so', async () => {
    const make = () => append(world, alice.device, log(), space.tip, operations())
    const [one, two] = [await make(), await make()]
    const answers = await Promise.all([
      commit(alice.device, { appends: [one.append] }),
      commit(alice.device, { appends: [two.append] }),
    ])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    space.tip = answers[0]?.status === 200 ? one.tip : two.tip
    expect((await commit(alice.device, { appends: [one.append] })).status).toBe(409)
  })

  it('refuses entries of strangers, forged ones, and those of somebody else', async () => {
    const byBob = await append(world, bob.device, log(), space.tip, operations())
    expect((await commit(bob.device, { appends: [byBob.append] })).status).toBe(403)
    expect((await commit(alice.device, { appends: [byBob.append] })).status).toBe(403)
    const forger = { ...alice.device, signer: bob.device.signer }
    const forged = await append(world, forger, log(), space.tip, operations())
    expect((await commit(alice.device, { appends: [forged.append] })).status).toBe(403)
    const old = await append(world, alice.device, log(), space.tip, operations(7))
    expect((await commit(alice.device, { appends: [old.append] })).status).toBe(403)
  })

  it('does all of it or nothing', async () => {
    const made = await append(world, alice.device, log(), space.tip, operations())
    const missing = chunkIds.random(world.rng)
    expect(
      (await commit(alice.device, { appends: [made.append], space: space.id, chunks: [missing] })).status,
    ).toBe(404)
    const page = await send(world, alice.device, 'GET', `/v1/log/space/${space.id}?from=${made.tip.sequence}`)
    expect(page.body['entries']).toEqual([])
    expect((await commit(alice.device, { appends: [made.append] })).status).toBe(200)
    space.tip = made.tip
  })

  it('checks every edge: author, ends, key, and that an epoch has one for its owner', async () => {
    const purpose = {
      kind: 'share',
      space: space.id,
      epoch: 0,
      account: bob.device.account,
      untilMs: undefined,
    } as const
    const share = await edge(world, alice.device, space.keys, bob.device.keys.publicKey, purpose)
    // Not a member yet.
    expect((await commit(alice.device, { edges: [share] })).status).toBe(403)
    const member = await append(world, alice.device, log(), space.tip, {
      kind: 'member-in',
      account: bob.device.account,
      role: 'writer',
    })
    const byBob = await edge(world, bob.device, space.keys, bob.device.keys.publicKey, purpose)
    expect((await commit(bob.device, { edges: [byBob] })).status).toBe(403)
    const toOther = await edge(world, alice.device, space.keys, alice.device.keys.publicKey, purpose)
    expect((await commit(alice.device, { appends: [member.append], edges: [toOther] })).status).toBe(403)
    const wrongKey = await edge(world, alice.device, alice.device.keys, bob.device.keys.publicKey, purpose)
    expect((await commit(alice.device, { appends: [member.append], edges: [wrongKey] })).status).toBe(403)
    // The right ends around a key that was made for others.
    const swapped = { publicKey: space.keys.publicKey, secretKey: alice.device.keys.secretKey }
    const lie = await edge(world, alice.device, swapped, bob.device.keys.publicKey, purpose)
    expect((await commit(alice.device, { appends: [member.append], edges: [lie] })).status).toBe(400)
    const answer = await commit(alice.device, { appends: [member.append], edges: [share] })
    expect(answer.status).toBe(200)
    space.tip = member.tip

    const next = makeEpoch(world, space.id, alice.device, 1)
    const epoch = await append(world, alice.device, log(), space.tip, { kind: 'epoch', epoch: next.epoch })
    expect((await commit(alice.device, { appends: [epoch.append] })).status).toBe(400)
  })

  it('lets nobody but the owner drop chunks', async () => {
    const drop = { space: space.id, dropChunks: [chunkIds.random(world.rng)] }
    expect(await commit(bob.device, drop)).toMatchObject({ status: 403, body: { code: 'vault/forbidden' } })
    expect((await commit(alice.device, drop)).status).toBe(200)
  })

  it('takes a removed member’s keys and rights', async () => {
    const key = `/v1/spaces/${space.id}/epochs/0/key`
    expect((await send(world, bob.device, 'GET', key)).status).toBe(200)
    const gone = await append(world, alice.device, log(), space.tip, {
      kind: 'member-out',
      account: bob.device.account,
    })
    expect((await commit(alice.device, { appends: [gone.append] })).status).toBe(200)
    space.tip = gone.tip
    expect((await send(world, bob.device, 'GET', key)).status).toBe(404)
    expect((await send(world, bob.device, 'GET', `/v1/log/space/${space.id}`)).status).toBe(404)
    const edges = (await send(world, alice.device, 'GET', '/v1/edges')).body['edges'] as { purpose: string }[]
    expect(edges.filter(({ purpose }) => purpose === 'share')).toEqual([])
  })

  it('adds a second device and takes it out again', async () => {
    const laptop = makeDevice(world, 'laptop')
    const own = { kind: 'account' as const, id: alice.device.account }
    const added = await append(world, alice.device, own, alice.tip, {
      kind: 'device-added',
      device: laptop.enrolled,
    })
    const toLaptop = await edge(world, alice.device, alice.device.keys, laptop.keys.publicKey, {
      kind: 'device',
      account: alice.device.account,
    })
    expect((await commit(alice.device, { appends: [added.append], edges: [toLaptop] })).status).toBe(200)
    laptop.account = alice.device.account
    const key = `/v1/spaces/${space.id}/epochs/0/key`
    const served = await send(world, laptop, 'GET', key)
    expect(served.status).toBe(200)
    expect(served.body['chain']).toHaveLength(3)
    const out = await append(world, alice.device, own, added.tip, {
      kind: 'device-removed',
      device: laptop.id,
    })
    expect((await commit(alice.device, { appends: [out.append] })).status).toBe(200)
    alice.tip = out.tip
    expect((await send(world, laptop, 'GET', key)).status).toBe(401)
    // Neither an invitation nor another account takes it back.
    const back = await genesis(world, laptop, 'Mallory')
    const invitation = await invite(world, alice.device)
    expect((await commit(laptop, { appends: [back.append], invitation })).status).toBe(401)
    const steal = await append(world, bob.device, { kind: 'account', id: bob.device.account }, bob.tip, {
      kind: 'device-added',
      device: alice.device.enrolled,
    })
    expect((await commit(bob.device, { appends: [steal.append] })).status).toBe(409)
  })

  it('does not take a space that begins twice', async () => {
    const made = await newSpace(world, alice.device)
    expect((await commit(alice.device, made.commit)).status).toBe(200)
    expect((await commit(alice.device, made.commit)).status).toBe(409)
  })
})

describe('quotas and lists', () => {
  it('refuses chunks past the quota with 507, and still reads', async () => {
    const small = await embeddedWorld('quota', { limits: { totalBytes: 1000 } })
    try {
      const { device } = await joinVault(small, 'Alice')
      const made = await newSpace(small, device)
      expect((await send(small, device, 'POST', '/v1/commit', commitOf(made.commit))).status).toBe(200)
      const url = `/v1/spaces/${made.space.id}/chunks`
      const id = chunkIds.random(small.rng)
      expect((await send(small, device, 'PUT', `${url}/${id}`, small.rng.bytes(900))).status).toBe(201)
      const over = await send(
        small,
        device,
        'PUT',
        `${url}/${chunkIds.random(small.rng)}`,
        small.rng.bytes(200),
      )
      expect(over).toMatchObject({ status: 507, body: { code: 'vault/disk-full' } })
      // Of two that fit one by one, one comes in.
      const both = [40, 70].map((length) =>
        send(small, device, 'PUT', `${url}/${chunkIds.random(small.rng)}`, small.rng.bytes(length)),
      )
      expect((await Promise.all(both)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        201, 507,
      ])
      expect((await send(small, device, 'PUT', `${url}/${id}`, small.rng.bytes(30))).status).toBe(200)
      expect((await send(small, device, 'GET', `${url}/${id}`)).status).toBe(200)
      const dropped = await send(
        small,
        device,
        'POST',
        '/v1/commit',
        commitOf({ space: made.space.id, dropChunks: [id] }),
      )
      expect(dropped.status).toBe(200)
      expect((await send(small, device, 'GET', `${url}/${id}`)).status).toBe(404)
      expect((await send(small, device, 'PUT', `${url}/${id}`, small.rng.bytes(900))).status).toBe(201)
    } finally {
      await small.remove()
    }
  })

  it('holds as many requests for access as an owner may have, and still takes a new one for an old', async () => {
    const small = await embeddedWorld('requests', { limits: { accessRequestsPerAccount: 1 } })
    try {
      const { device: alice } = await joinVault(small, 'Alice')
      const { device: bob } = await joinVault(small, 'Bob', alice)
      const { device: carol } = await joinVault(small, 'Carol', alice)
      const ask = async (asker: typeof bob) => {
        const context = accessRequestContext(asker.account, alice.account)
        const { capsule } = small.suite.encapsulate(alice.keys.publicKey, context, small.rng)
        const request = { from: asker.account, to: alice.account, capsule, sealed: small.rng.bytes(30) }
        return send(small, asker, 'POST', '/v1/access-requests', {
          request: text(encodeAccessRequest(request)),
        })
      }
      expect((await ask(bob)).status).toBe(201)
      expect(await ask(carol)).toMatchObject({ status: 503, body: { code: 'vault/busy' } })
      expect((await ask(bob)).status).toBe(201)
      const { body } = await send(small, alice, 'GET', '/v1/access-requests')
      expect(body['requests']).toHaveLength(1)
    } finally {
      await small.remove()
    }
  })

  it('documents every route, and counts', async () => {
    const openapi = (await world.server.app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, object>
    }>()
    const routes = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    for (const route of [
      'get /v1/vault',
      'post /v1/commit',
      'put /v1/spaces/{id}/chunks/{chunk}',
      'post /v1/recoveries/{id}/approvals',
      'get /v1/share-packages/{owner}',
    ])
      expect(routes).toContain(route)
    const metrics = await world.server.app.inject({ url: '/metrics' })
    expect(metrics.body).toContain('warren_accounts ')
    const forwarded = await world.server.app.inject({
      url: '/metrics',
      headers: { 'x-forwarded-for': '192.0.2.1' },
    })
    expect(forwarded.statusCode).toBe(404)
  })
})
