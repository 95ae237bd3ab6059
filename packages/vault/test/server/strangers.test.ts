import { encodeDeviceIdentity } from '@warren/identity'
import { Secret } from '@warren/primitives/secret'
import { virtualClock } from '@warren/testkit/clock'
import { afterEach, describe, expect, it } from 'vitest'
import {
  accessRequestContext,
  chunkIds,
  encodeAccessRequest,
  invitationHash,
} from '../../src/protocol/index.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import {
  append,
  commitOf,
  edge,
  genesis,
  joinVault,
  makeDevice,
  newSpace,
  send,
  signed,
  text,
} from './household.ts'

// What people can do to a vault who are not in it, who listen on the way, or who are in it and want too much.

const DAY_MS = 24 * 3600 * 1000

let world: EmbeddedWorld
afterEach(() => world.remove())

describe('strangers', () => {
  it('fill their own memory of nonces, not that of those who are in', async () => {
    world = await embeddedWorld('nonces', { limits: { replayNoncesOfNewcomers: 3 } })
    const { device: alice } = await joinVault(world, 'Alice')
    const ask = async () => {
      const stranger = makeDevice(world, 'stranger')
      const answer = await send(world, stranger, 'POST', '/v1/recoveries', {
        account: 'Nobody',
        identity: text(encodeDeviceIdentity(stranger.identity)),
        possession: text(stranger.enrolled.possession),
      })
      return answer.status
    }
    const asked = []
    for (let i = 0; i < 5; i++) asked.push(await ask())
    // Alice was a stranger too when she came.
    expect(asked).toEqual([404, 404, 503, 503, 503])
    expect((await send(world, alice, 'GET', '/v1/spaces')).status).toBe(200)
  })

  it('are told what a removed device is told', async () => {
    world = await embeddedWorld('unknown')
    const { device: alice } = await joinVault(world, 'Alice')
    const stranger = makeDevice(world, 'stranger')
    const refused = await send(world, stranger, 'GET', '/v1/spaces')
    expect(refused).toMatchObject({ status: 401, body: { message: expect.stringContaining('any more') } })
    // One that is known and does not sign as it should learns something else: it is not this.
    const forged = await send(world, { ...alice, signer: stranger.signer }, 'GET', '/v1/spaces')
    expect(forged).toMatchObject({ status: 401, body: { message: expect.stringContaining('verify') } })
  })
})

describe('whoever listened', () => {
  it('cannot ask again, after a restart, for access that was declined: the nonces of such requests are kept', async () => {
    const clock = virtualClock(Date.UTC(2026, 0, 1))
    world = await embeddedWorld('declined', { clock })
    const { device: alice } = await joinVault(world, 'Alice')
    const { device: bob } = await joinVault(world, 'Bob', alice)
    const context = accessRequestContext(bob.account, alice.account)
    const { capsule } = world.suite.encapsulate(alice.keys.publicKey, context, world.rng)
    const sealed = world.rng.bytes(30)
    const document = encodeAccessRequest({ from: bob.account, to: alice.account, capsule, sealed })
    const asking = await signed(world, bob, 'POST', '/v1/access-requests', { request: text(document) })
    expect((await world.deliver(asking)).status).toBe(201)
    const waiting = async () =>
      (await send(world, alice, 'GET', '/v1/access-requests')).body['requests'] as unknown[]
    expect(await waiting()).toHaveLength(1)
    const decline = await signed(world, alice, 'DELETE', `/v1/access-requests/${bob.account}`)
    expect((await world.deliver(decline)).status).toBe(200)
    for (let restart = 0; restart < 3; restart++) {
      await world.restart()
      await clock.advance(99_000)
      expect(await world.deliver(asking)).toMatchObject({
        status: 401,
        body: { message: expect.stringContaining('seen before') },
      })
      expect(await waiting()).toEqual([])
    }
    // Then the signature itself is too old, for good.
    await clock.advance(24 * 3_600_000)
    await send(world, bob, 'POST', '/v1/access-requests', { request: text(document) })
    expect(await world.deliver(asking)).toMatchObject({
      status: 401,
      body: { message: expect.stringContaining('too long ago') },
    })
  })

  it('changes nothing by sending again after a restart what is not remembered over it', async () => {
    world = await embeddedWorld('replay')
    const { device: alice, tip } = await joinVault(world, 'Alice')
    const { device: bob } = await joinVault(world, 'Bob', alice)
    const { space, commit } = await newSpace(world, alice)
    const log = { kind: 'space' as const, id: space.id }
    const heard: Awaited<ReturnType<typeof signed>>[] = []
    const say = async (device: typeof alice, method: 'POST' | 'PUT', url: string, body: unknown) => {
      const request = await signed(world, device, method, url, body)
      heard.push(request)
      const { status } = await world.deliver(request)
      expect([200, 201]).toContain(status)
    }
    const write = (parts: Parameters<typeof commitOf>[0]) => say(alice, 'POST', '/v1/commit', commitOf(parts))

    await write(commit)
    const letIn = await append(world, alice, log, space.tip, {
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
    await write({ appends: [letIn.append], edges: [share] })
    await write({ edges: [share] })
    const out = await append(world, alice, log, letIn.tip, { kind: 'member-out', account: bob.account })
    await write({ appends: [out.append] })
    const secret = new Secret(world.rng.bytes(32))
    await say(alice, 'POST', '/v1/invitations', {
      hash: text(invitationHash(secret)),
      expiresMs: Math.floor(world.clock.now()) + 3_600_000,
    })
    const carol = makeDevice(world, 'Carol')
    const first = await genesis(world, carol, 'Carol')
    await say(
      carol,
      'POST',
      '/v1/commit',
      commitOf({ appends: [first.append], invitation: text(secret.reveal()) }),
    )

    const state = async () => ({
      accounts: new Set((await send(world, alice, 'GET', '/v1/accounts')).body['accounts'] as unknown[]),
      log: (await send(world, alice, 'GET', `/v1/log/space/${space.id}`)).body,
      edges: (await send(world, alice, 'GET', '/v1/edges')).body,
      bob: (await send(world, bob, 'GET', `/v1/spaces/${space.id}/epochs/0/key`)).status,
    })
    const before = await state()
    expect(before.bob).toBe(404)
    await world.restart()
    for (const request of heard) await world.deliver(request)
    expect(await state()).toEqual(before)
    // The invitation stays used.
    const late = makeDevice(world, 'Dave')
    const lateFirst = await genesis(world, late, 'Dave')
    const again = { appends: [lateFirst.append], invitation: text(secret.reveal()) }
    expect((await send(world, late, 'POST', '/v1/commit', commitOf(again))).status).toBe(403)
    expect(tip.sequence).toBe(0)
  })
})

describe('one account', () => {
  it('makes no more spaces than the vault bears', async () => {
    world = await embeddedWorld('spaces', { limits: { spacesPerAccount: 2 } })
    const { device: alice } = await joinVault(world, 'Alice')
    const { device: bob } = await joinVault(world, 'Bob', alice)
    const make = async (device: typeof alice) => {
      const { commit } = await newSpace(world, device)
      return (await send(world, device, 'POST', '/v1/commit', commitOf(commit))).status
    }
    expect([await make(alice), await make(alice), await make(alice)]).toEqual([200, 200, 413])
    expect(await make(bob)).toBe(200)
  })
})

describe('the quota', () => {
  it('gets back what was never referred to, without a restart', async () => {
    const clock = virtualClock()
    world = await embeddedWorld('quota', { clock, limits: { totalBytes: 150, abandonedMs: 1000 } })
    const { device: alice } = await joinVault(world, 'Alice')
    const { space, commit } = await newSpace(world, alice)
    await send(world, alice, 'POST', '/v1/commit', commitOf(commit))
    const put = async () => {
      const url = `/v1/spaces/${space.id}/chunks/${chunkIds.random(world.rng)}`
      return (await send(world, alice, 'PUT', url, world.rng.bytes(100))).status
    }
    expect([await put(), await put()]).toEqual([201, 507])
    await clock.advance(DAY_MS + 1)
    await expect.poll(put).toBe(201)
    expect(await put()).toBe(507)
  })
})
