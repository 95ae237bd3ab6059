import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeDeviceIdentity } from '@warren/identity'
import { systemClock } from '@warren/primitives/clock'
import { base64urlText } from '@warren/primitives/encoding'
import { Secret } from '@warren/primitives/secret'
import { loadSuite } from '@warren/reencryption'
import { testRng } from '@warren/testkit/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatLink, type RecoverySetup, setupIds, signApproval } from '../../src/protocol/index.ts'
import { openFileBlobs } from '../../src/server/blobs/file-blobs-node.ts'
import { createVaultServer, type VaultServer } from '../../src/server/index.ts'
import { inlineWork } from '../../src/server/reencryptor/work.ts'
import { openSqliteStore } from '../../src/server/store/sqlite-node.ts'
import {
  append,
  commitOf,
  edge,
  genesis,
  injectInto,
  invite,
  joinVault,
  makeDevice,
  newSpace,
  send,
  type TestDevice,
  text,
  type Tip,
  type World,
} from './household.ts'

// Between the check of a request and its writing others act: what they were acknowledged has the last word.

let world: World & { server: VaultServer }
let directory: string
/** Runs once, after the next commit was checked against the records and before it is written. */
let meanwhile: (() => Promise<void>) | undefined
let alice: { device: TestDevice; tip: Tip }
let bob: { device: TestDevice; tip: Tip }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warren-races-'))
  const rng = testRng('races')
  const suite = await loadSuite('cai-liu')
  const inner = inlineWork(suite, rng)
  const setupSecret = new Secret(rng.bytes(32))
  const server = await createVaultServer({
    store: openSqliteStore(directory),
    blobs: await openFileBlobs(join(directory, 'blobs')),
    suite,
    suiteId: 'cai-liu',
    clock: systemClock,
    rng,
    setupSecret,
    work: {
      ...inner,
      async check(checks) {
        const others = meanwhile
        meanwhile = undefined
        await others?.()
        await inner.check(checks)
      },
    },
  })
  const { id } = (await server.app.inject({ url: '/v1/vault' })).json<{ id: string }>()
  world = {
    server,
    suite,
    rng,
    clock: systemClock,
    vaultId: id,
    deliver: injectInto(() => server.app),
    setupLink: () =>
      formatLink({
        kind: 'invitation',
        url: 'http://vault.example',
        secret: setupSecret,
        inviter: undefined,
      }),
  }
  alice = await joinVault(world, 'Alice')
  bob = await joinVault(world, 'Bob', alice.device)
})
afterAll(async () => {
  await world.server.close()
  await rm(directory, { recursive: true })
})

const commit = (device: TestDevice, parts: Parameters<typeof commitOf>[0]) =>
  send(world, device, 'POST', '/v1/commit', commitOf(parts))
const ownLog = (device: TestDevice) => ({ kind: 'account' as const, id: device.account })

describe('meanwhile', () => {
  it('a device is removed: what it was writing is refused, though its signature was good when it began', async () => {
    const tablet = makeDevice(world, 'tablet')
    tablet.account = alice.device.account
    const added = await append(world, alice.device, ownLog(alice.device), alice.tip, {
      kind: 'device-added',
      device: tablet.enrolled,
    })
    expect((await commit(alice.device, { appends: [added.append] })).status).toBe(200)
    alice.tip = added.tip
    const { space, commit: wanted } = await newSpace(world, tablet)
    // The space's keys have to be for the primary device: chunks and edges alone show it as well.
    expect((await commit(tablet, { dropChunks: [], chunks: [] })).status).toBe(200)
    meanwhile = async () => {
      const removed = await append(world, alice.device, ownLog(alice.device), alice.tip, {
        kind: 'device-removed',
        device: tablet.id,
      })
      expect((await commit(alice.device, { appends: [removed.append] })).status).toBe(200)
      alice.tip = removed.tip
    }
    expect(await commit(tablet, { chunks: [], dropChunks: [] })).toMatchObject({
      status: 401,
      body: { code: 'vault/unauthenticated' },
    })
    expect(meanwhile).toBeUndefined()
    expect((await commit(tablet, wanted)).status).toBe(401)
    expect((await send(world, alice.device, 'GET', `/v1/log/space/${space.id}`)).status).toBe(404)
  })

  it('a veto is acknowledged: the recovery that was being completed is refused', async () => {
    const setup: RecoverySetup = {
      id: setupIds.random(world.rng),
      threshold: 1,
      users: [bob.device.account],
      commitments: [],
    }
    const { account } = alice.device
    const toBob = await edge(world, alice.device, alice.device.keys, bob.device.keys.publicKey, {
      kind: 'recovery-out',
      account,
      setup: setup.id,
      user: bob.device.account,
      locked: false,
    })
    const made = await append(world, alice.device, ownLog(alice.device), alice.tip, {
      kind: 'recovery-set-up',
      setup,
    })
    expect((await commit(alice.device, { appends: [made.append], edges: [toBob] })).status).toBe(200)
    alice.tip = made.tip

    const thief = makeDevice(world, 'thief')
    const asked = await send(world, thief, 'POST', '/v1/recoveries', {
      account: 'Alice',
      identity: text(encodeDeviceIdentity(thief.identity)),
      possession: text(thief.enrolled.possession),
    })
    const path = `/v1/recoveries/${asked.body['id'] as string}`
    const approver = { account: bob.device.account, device: bob.device.id }
    const approval = await signApproval(
      { account, setup: setup.id, newDevice: thief.id, approver, approverSequence: bob.tip.sequence },
      bob.device.signer,
    )
    const into = await edge(world, bob.device, bob.device.keys, thief.keys.publicKey, {
      kind: 'recovery-in',
      account,
      setup: setup.id,
      user: bob.device.account,
    })
    expect(
      await send(world, bob.device, 'POST', `${path}/approvals`, {
        approval: text(approval),
        edge: into,
        shares: [],
      }),
    ).toMatchObject({ body: { state: 'ready' } })

    thief.account = account
    const { append: recovered } = await append(world, thief, { kind: 'account', id: account }, alice.tip, {
      kind: 'recovered',
      device: thief.enrolled,
      setup: setup.id,
      approvals: [approval],
    })
    meanwhile = async () => {
      expect((await send(world, alice.device, 'DELETE', path)).status).toBe(200)
    }
    expect((await commit(thief, { appends: [recovered] })).status).toBe(403)
    expect((await send(world, alice.device, 'GET', '/v1/spaces')).status).toBe(200)
    // The key that the approval brought is gone with it.
    const { body } = await send(world, bob.device, 'GET', '/v1/edges')
    expect((body['edges'] as { purpose: string }[]).map(({ purpose }) => purpose)).toEqual(['recovery-out'])
  })

  it('an invitation is used by two at once: one of them is in', async () => {
    const invitation = await invite(world, alice.device)
    const tries = await Promise.all(
      ['Carol', 'Dave', 'Erin'].map(async (name) => {
        const device = makeDevice(world, name)
        const first = await genesis(world, device, name)
        return (await commit(device, { appends: [first.append], invitation })).status
      }),
    )
    expect(tries.toSorted((a, b) => a - b)).toEqual([200, 403, 403])
    const { body } = await send(world, alice.device, 'GET', '/v1/accounts')
    expect(body['accounts']).toHaveLength(3)
  })

  it('a log moves on: one of two writers is told, and nothing of hers is kept', async () => {
    const made = await newSpace(world, alice.device)
    expect((await commit(alice.device, made.commit)).status).toBe(200)
    const { space } = made
    const write = () =>
      append(world, alice.device, { kind: 'space', id: space.id }, space.tip, {
        kind: 'operations',
        epoch: 0,
        salt: world.rng.bytes(16),
        sealed: world.rng.bytes(64),
      })
    const [one, two] = [await write(), await write()]
    const statuses = await Promise.all(
      [one, two].map(async ({ append: entry }) => (await commit(alice.device, { appends: [entry] })).status),
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409])
    const { body } = await send(world, alice.device, 'GET', `/v1/log/space/${space.id}`)
    const entries = (body['entries'] as string[]).map((entry) => base64urlText.decode(entry))
    expect(entries).toHaveLength(2)
  })
})
