import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { encodeDeviceIdentity } from '@warren/identity'
import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { combineShares, splitSecret } from '@warren/primitives/shamir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AccountChange,
  commitToShare,
  type EdgePurpose,
  encodeSharePackage,
  encodeShares,
  epochKeyContext,
  nodeIdOf,
  type RecoverySetup,
  setupIds,
  sharePackageContext,
  signApproval,
  signEdge,
} from '../../src/protocol/index.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import {
  append,
  commitOf,
  edge,
  joinVault,
  makeDevice,
  newSpace,
  send,
  signed,
  type TestDevice,
  type TestSpace,
  type Tip,
  text,
} from './household.ts'

let world: EmbeddedWorld
beforeAll(async () => {
  world = await embeddedWorld('recovery')
})
afterAll(() => world.remove())

interface Person {
  device: TestDevice
  tip: Tip
}

/** Sets recovery up with these users; gives each user's shares as they are inside her package. */
async function setUp(owner: Person, users: readonly Person[], threshold: number) {
  const id = setupIds.random(world.rng)
  const accounts = users.map(({ device }) => device.account)
  const purpose = (user: Person): EdgePurpose => ({
    kind: 'recovery-out',
    account: owner.device.account,
    setup: id,
    user: user.device.account,
    locked: threshold > 1,
  })
  const { suite, rng } = world
  const shares: Uint8Array[][] = users.map(() => [])
  const commitments: Uint8Array[][] = []
  const edges: string[] = []
  for (const [key, user] of users.entries()) {
    if (threshold === 1) {
      edges.push(
        await edge(world, owner.device, owner.device.keys, user.device.keys.publicKey, purpose(user)),
      )
      continue
    }
    const rk = suite.reencryptionKey(owner.device.keys.secretKey, user.device.keys.publicKey, rng)
    const { locked, secret } = suite.lockReencryptionKey(rk, rng)
    const parts = await splitSecret(secret, users.length, threshold)
    commitments.push(parts.map((part, i) => commitToShare(id, key, i, part)))
    for (const [i, part] of parts.entries()) shares[i]?.push(part)
    const { account, id: device, keys, signer } = owner.device
    edges.push(
      text(
        await signEdge(
          {
            from: keys.publicKey,
            to: user.device.keys.publicKey,
            purpose: purpose(user),
            author: { account, device },
            reencryptionKey: locked,
          },
          signer,
        ),
      ),
    )
  }
  const setup: RecoverySetup = { id, threshold, users: accounts, commitments }
  const sharePackages =
    threshold === 1
      ? []
      : users.map(({ device }, i) => {
          const context = sharePackageContext(id, device.account)
          const { capsule } = suite.encapsulate(device.keys.publicKey, context, rng)
          return text(
            encodeSharePackage({
              setup: id,
              owner: owner.device.account,
              user: device.account,
              recipient: nodeIdOf(device.keys.publicKey),
              capsule,
              sealed: encodeShares(shares[i] ?? []),
            }),
          )
        })
  const change: AccountChange = { kind: 'recovery-set-up', setup }
  const made = await append(
    world,
    owner.device,
    { kind: 'account', id: owner.device.account },
    owner.tip,
    change,
  )
  const answer = await send(
    world,
    owner.device,
    'POST',
    '/v1/commit',
    commitOf({ appends: [made.append], edges, sharePackages }),
  )
  expect(answer).toMatchObject({ status: 200 })
  owner.tip = made.tip
  return { setup, shares }
}

async function ask(name: string) {
  const device = makeDevice(world, 'new phone')
  const answer = await send(world, device, 'POST', '/v1/recoveries', {
    account: name,
    identity: text(encodeDeviceIdentity(device.identity)),
    possession: text(device.enrolled.possession),
  })
  expect(answer).toMatchObject({ status: 201, body: { state: 'waiting' } })
  return { device, id: answer.body['id'] as string }
}

async function approve(
  user: Person,
  owner: Person,
  setup: RecoverySetup,
  asked: Awaited<ReturnType<typeof ask>>,
  shares: readonly Uint8Array[],
) {
  const { account, id: device, signer } = user.device
  const approval = await signApproval(
    {
      account: owner.device.account,
      setup: setup.id,
      newDevice: asked.device.id,
      approver: { account, device },
      approverSequence: user.tip.sequence,
    },
    signer,
  )
  const into = await edge(world, user.device, user.device.keys, asked.device.keys.publicKey, {
    kind: 'recovery-in',
    account: owner.device.account,
    setup: setup.id,
    user: account,
  })
  return send(world, user.device, 'POST', `/v1/recoveries/${asked.id}/approvals`, {
    approval: text(approval),
    edge: into,
    shares: shares.map(text),
  })
}

async function complete(owner: Person, setup: RecoverySetup, asked: Awaited<ReturnType<typeof ask>>) {
  const status = await send(world, asked.device, 'GET', `/v1/recoveries/${asked.id}`)
  const approvals = (status.body['approvals'] as string[]).map((bytes) => base64urlText.decode(bytes))
  asked.device.account = owner.device.account
  const made = await append(world, asked.device, { kind: 'account', id: owner.device.account }, owner.tip, {
    kind: 'recovered',
    device: asked.device.enrolled,
    setup: setup.id,
    approvals,
  })
  const answer = await send(world, asked.device, 'POST', '/v1/commit', commitOf({ appends: [made.append] }))
  return { answer, tip: made.tip }
}

async function readsEpoch(device: TestDevice, space: TestSpace): Promise<boolean> {
  const answer = await send(world, device, 'GET', `/v1/spaces/${space.id}/epochs/0/key`)
  if (answer.status !== 200) return false
  const capsule = base64urlText.decode(answer.body['capsule'] as string)
  return world.suite
    .decapsulate(device.keys.secretKey, capsule, epochKeyContext(space.id, 0))
    .equals(space.epochKey)
}

describe('recovery', () => {
  const people: Record<string, Person> = {}
  const person = (name: string) => people[name] as Person
  let space: TestSpace

  beforeAll(async () => {
    people['Alice'] = await joinVault(world, 'Alice')
    for (const name of ['Bob', 'Carol', 'Dave'])
      people[name] = await joinVault(world, name, person('Alice').device)
    const made = await newSpace(world, person('Alice').device)
    space = made.space
    await send(world, person('Alice').device, 'POST', '/v1/commit', commitOf(made.commit))
  })

  it('R2: one recovery user lets a new device in, and it reads what the lost one read', async () => {
    const alice = person('Alice')
    const { setup } = await setUp(alice, [person('Bob'), person('Carol')], 1)
    const asked = await ask('Alice')
    // Nothing happens before the approval.
    expect((await send(world, asked.device, 'GET', `/v1/log/account/${alice.device.account}`)).status).toBe(
      403,
    )
    expect((await complete(alice, setup, asked)).answer.status).toBe(403)
    expect(await approve(person('Bob'), alice, setup, asked, [])).toMatchObject({
      status: 200,
      body: { state: 'ready' },
    })
    expect((await send(world, asked.device, 'GET', `/v1/log/account/${alice.device.account}`)).status).toBe(
      200,
    )
    expect(await readsEpoch(asked.device, space)).toBe(false)
    const { answer, tip } = await complete(alice, setup, asked)
    expect(answer).toMatchObject({ status: 200 })
    expect(await readsEpoch(asked.device, space)).toBe(true)
    // The lost device is out.
    expect((await send(world, alice.device, 'GET', '/v1/spaces')).status).toBe(401)
    people['Alice'] = { device: asked.device, tip }
  })

  it('R3: two of three, while one sends a wrong share', async () => {
    const alice = person('Alice')
    const { setup, shares } = await setUp(alice, [person('Bob'), person('Carol'), person('Dave')], 2)
    const asked = await ask(alice.device.account)
    const wrong = (shares[0] ?? []).map((share) => share.map((byte) => byte ^ 1))
    const refused = await approve(person('Bob'), alice, setup, asked, wrong)
    expect(refused).toMatchObject({ status: 422, body: { code: 'vault/wrong-share' } })
    expect(refused.body['message']).toContain(person('Bob').device.account)
    expect(await approve(person('Carol'), alice, setup, asked, shares[1] ?? [])).toMatchObject({
      status: 200,
      body: { state: 'waiting', rejected: [{ user: person('Bob').device.account }] },
    })
    expect((await complete(alice, setup, asked)).answer.status).toBe(403)
    await world.restart()
    expect(await approve(person('Dave'), alice, setup, asked, shares[2] ?? [])).toMatchObject({
      status: 200,
      body: { state: 'ready' },
    })
    const { answer, tip } = await complete(alice, setup, asked)
    expect(answer).toMatchObject({ status: 200 })
    // Over two recoveries now: space → first phone → Bob → second → one of three → third.
    expect(await readsEpoch(asked.device, space)).toBe(true)
    people['Alice'] = { device: asked.device, tip }
  })

  it('is stopped by the veto of a device of the account', async () => {
    const alice = person('Alice')
    const { setup } = await setUp(alice, [person('Bob')], 1)
    const asked = await ask('Alice')
    expect((await send(world, person('Bob').device, 'DELETE', `/v1/recoveries/${asked.id}`)).status).toBe(404)
    expect(await send(world, alice.device, 'DELETE', `/v1/recoveries/${asked.id}`)).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    })
    expect((await approve(person('Bob'), alice, setup, asked, [])).status).toBe(409)
  })

  it('a veto takes back what the approvals brought: keys in, the unlocked key, shares', async () => {
    const alice = person('Alice')
    const users = [person('Bob'), person('Carol')]
    const { setup, shares } = await setUp(alice, users, 2)
    const asked = await ask('Alice')
    for (const [i, user] of users.entries()) await approve(user, alice, setup, asked, shares[i] ?? [])
    const rows = () => {
      const database = new DatabaseSync(join(world.directory, 'vault.sqlite'), { readOnly: true })
      const count = (sql: string) => (database.prepare(sql).get(setup.id) as { n: number }).n
      const found = {
        into: count(`select count(*) n from edges where purpose like '%recovery-in%' || ? || '%'`),
        unlocked: count(`select count(*) n from edges where usable = 1 and purpose like '%' || ? || '%'`),
        shares: count(
          'select count(*) n from approvals join recoveries on id = recovery where setup = ? and length(shares) > 0',
        ),
      }
      database.close()
      return found
    }
    expect(rows()).toEqual({ into: 2, unlocked: 3, shares: 0 })
    expect((await send(world, alice.device, 'DELETE', `/v1/recoveries/${asked.id}`)).status).toBe(200)
    expect(rows()).toEqual({ into: 0, unlocked: 0, shares: 0 })
    expect((await complete(alice, setup, asked)).answer.status).toBe(403)
    // The same people bring her back another time.
    const again = await ask('Alice')
    const both = await Promise.all(
      users.map((user, i) => approve(user, alice, setup, again, shares[i] ?? [])),
    )
    // Both may be the last of two: neither is told of a conflict.
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    const { answer, tip } = await complete(alice, setup, again)
    expect(answer).toMatchObject({ status: 200 })
    expect(await readsEpoch(again.device, space)).toBe(true)
    people['Alice'] = { device: again.device, tip }
  })

  it('that was withdrawn or stopped does not come back when its request is sent again, restart or not', async () => {
    await setUp(person('Alice'), [person('Bob')], 1)
    const device = makeDevice(world, 'heard')
    const request = await signed(world, device, 'POST', '/v1/recoveries', {
      account: 'Alice',
      identity: text(encodeDeviceIdentity(device.identity)),
      possession: text(device.enrolled.possession),
    })
    const asked = await world.deliver(request)
    expect(asked.status).toBe(201)
    const withdrawal = await signed(world, device, 'DELETE', `/v1/recoveries/${asked.body['id'] as string}`)
    expect((await world.deliver(withdrawal)).status).toBe(200)
    for (const heard of [request, withdrawal]) {
      expect((await world.deliver(heard)).status).toBe(401)
      await world.restart()
      expect((await world.deliver(heard)).status).toBe(401)
    }
    const { body } = await send(world, person('Alice').device, 'GET', '/v1/recoveries')
    const states = body['recoveries'] as { id: string; state: string }[]
    expect(states.filter(({ state }) => state === 'waiting')).toEqual([])
  })

  it('who asks and takes it back leaves nothing, as often as she likes', async () => {
    await setUp(person('Alice'), [person('Bob')], 1)
    for (let i = 0; i < 3; i++) {
      const asked = await ask('Alice')
      expect((await send(world, asked.device, 'DELETE', `/v1/recoveries/${asked.id}`)).status).toBe(200)
      expect((await send(world, person('Bob').device, 'GET', `/v1/recoveries/${asked.id}`)).status).toBe(404)
    }
  })

  it('refuses approvals of strangers, for another device, and setups that are not whole', async () => {
    const alice = person('Alice')
    const { setup } = await setUp(alice, [person('Bob')], 1)
    const asked = await ask('Alice')
    const other = { ...asked, device: makeDevice(world, 'other') }
    expect((await approve(person('Carol'), alice, setup, asked, [])).status).toBe(404)
    expect((await approve(person('Bob'), alice, setup, other, [])).status).toBe(403)
    const bare: RecoverySetup = {
      id: setupIds.random(world.rng),
      threshold: 1,
      users: [person('Bob').device.account],
      commitments: [],
    }
    const log = { kind: 'account' as const, id: alice.device.account }
    const made = await append(world, alice.device, log, alice.tip, { kind: 'recovery-set-up', setup: bare })
    const answer = await send(world, alice.device, 'POST', '/v1/commit', commitOf({ appends: [made.append] }))
    expect(answer.status).toBe(400)
  })

  it('has shares that fit together', async () => {
    const secret = new Secret(world.rng.bytes(32))
    const parts = await splitSecret(secret, 3, 2)
    expect((await combineShares(parts.slice(1))).equals(secret)).toBe(true)
  })
})
