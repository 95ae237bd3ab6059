import { systemClock } from '@warren/primitives/clock'
import { systemRng } from '@warren/primitives/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  approveRecovery,
  createSpace,
  findSpace,
  grantAccess,
  openSpace,
  promote,
  refresh,
  removeMembers,
  requestRecovery,
  type Session,
  type Space,
  setUpRecovery,
  upload,
  wordsOfRecovery,
} from '../src/client/index.ts'
import { appendToAccount, appendToSpace } from '../src/client/write-log.ts'
import { chunkIds, encodeChunkBatch, type FileVersion } from '../src/protocol/index.ts'
import { type Circle, openCircle, source } from './circle.ts'

// What was taken back is gone at the service, at once; what removal cannot undo is in docs/threat-model.md.

const DAY_MS = 24 * 3600 * 1000

let circle: Circle
let alice: Session
let bob: Session
let shiftMs = 0

beforeAll(async () => {
  const clock = { ...systemClock, now: () => systemClock.now() + shiftMs }
  circle = await openCircle((transport) => transport, clock)
  alice = await circle.person('Alice')
  bob = await circle.person('Bob')
}, 30_000)
afterAll(() => circle.close())

async function spaceWith(owner: Session, name: string): Promise<Space> {
  const space = await openSpace(owner, await createSpace(owner, name))
  return upload(owner, space, [source('file', systemRng.bytes(100))])
}

function versionIn(space: Space): FileVersion {
  const node = space.tree.nodes.get('file' as Parameters<typeof space.tree.nodes.get>[0])
  if (node?.kind !== 'file') throw new Error('no file')
  return (node.versions[0] as { version: FileVersion }).version
}

describe('a recovery user who was removed', () => {
  it('her key is gone from the graph, and her approval is refused on both sides', async () => {
    const carol = await circle.person('Carol')
    const dave = await circle.person('Dave')
    const [bobsAccount, davesAccount] = await Promise.all([
      carol.accounts.find('Bob'),
      carol.accounts.find('Dave'),
    ])
    const first = await setUpRecovery(carol, [bobsAccount, davesAccount], 1)
    const keysTo = async () =>
      (await carol.api.edges()).edges.filter((edge) => edge.purpose === 'recovery-out').map(({ to }) => to)
    const nodeOf = (account: typeof bobsAccount) => account.devices.get(account.primary)?.node
    expect(new Set(await keysTo())).toEqual(new Set([nodeOf(bobsAccount), nodeOf(davesAccount)]))

    await setUpRecovery(carol, [davesAccount], 1)
    expect(await keysTo()).toEqual([nodeOf(davesAccount)])

    const { environment, device } = await circle.newDevice('Carol new phone')
    const { pending, status } = await requestRecovery(environment, device, 'Carol')
    const words = wordsOfRecovery(status).join(' ')
    await expect(approveRecovery(bob, pending.id, words)).rejects.toMatchObject({
      kind: expect.stringMatching(/auth-failed|not-found/) as unknown,
    })
    // A client of hers that asks nobody: the service does not take an approval from whom the setup does not name.
    const open = bob.api.recovery.bind(bob.api)
    bob.api.recovery = () => dave.api.recovery(pending.id)
    const account = bob.accounts.account.bind(bob.accounts)
    bob.accounts.account = async (id, again) => {
      const state = await account(id, again)
      return id === carol.account ? { ...state, recovery: { ...first, id: status.setup as never } } : state
    }
    await expect(approveRecovery(bob, pending.id, words)).rejects.toMatchObject({
      kind: expect.stringMatching(/auth-failed|not-found/) as unknown,
    })
    bob.api.recovery = open
    bob.accounts.account = account
    expect((await approveRecovery(dave, pending.id, words)).state).toBe('ready')
  })
})

describe('a device that was removed', () => {
  it('cannot fetch, commit or approve', async () => {
    const erin = await circle.person('Erin')
    const tablet = await circle.secondDevice(erin, 'Erin tablet')
    await setUpRecovery(alice, [await alice.accounts.find('Erin')], 1)
    await spaceWith(erin, 'Erins')
    const seen = await findSpace(tablet, 'Erins')
    const [chunk = chunkIds.random(systemRng)] = versionIn(seen).chunks
    expect(await tablet.api.getChunk(seen.state.id, chunk, new Uint8Array(1000))).toHaveLength(128)

    const account = await erin.accounts.account(erin.account, true)
    const author = { account: erin.account, device: erin.device, nowMs: erin.clock.now() }
    const removed = { kind: 'device-removed', device: tablet.device.id } as const
    await erin.api.commit({ appends: [await appendToAccount(erin.account, account.head, [removed], author)] })

    const refused = { kind: 'auth-failed' }
    await expect(tablet.api.getChunk(seen.state.id, chunk, new Uint8Array(1000))).rejects.toMatchObject(
      refused,
    )
    await expect(tablet.api.epochKey(seen.state.id, 0)).rejects.toMatchObject(refused)
    await expect(tablet.api.spaces()).rejects.toMatchObject(refused)
    const batch = encodeChunkBatch([{ id: chunk, sealed: new Uint8Array(40) }])
    await expect(tablet.api.putChunks(seen.state.id, batch)).rejects.toMatchObject(refused)
    const late = await appendToSpace(
      seen.state.id,
      seen.state.head,
      [{ kind: 'operations', epoch: 0, salt: new Uint8Array(16), sealed: new Uint8Array(32) }],
      { account: erin.account, device: tablet.device, nowMs: erin.clock.now() },
    )
    await expect(tablet.api.commit({ appends: [late] })).rejects.toMatchObject(refused)
    // Nor does a device that is still in bring such an entry in for it.
    await expect(erin.api.commit({ appends: [late] })).rejects.toMatchObject({ kind: 'auth-failed' })

    const { environment, device } = await circle.newDevice('Alice new phone')
    const { pending, status } = await requestRecovery(environment, device, 'Alice')
    await expect(
      approveRecovery(tablet, pending.id, wordsOfRecovery(status).join(' ')),
    ).rejects.toMatchObject(refused)
    await alice.api.cancelRecovery(pending.id)
  })
})

describe('a share with an end', () => {
  it('is not followed after it, from the graph or from the cache', async () => {
    const space = await spaceWith(alice, 'Until tomorrow')
    const receiver = await alice.accounts.find('Bob')
    await expect(
      grantAccess(alice, space, { receiver, role: 'reader', untilMs: systemClock.now() - 1 }),
    ).rejects.toMatchObject({ code: 'vault/bad-request' })
    await grantAccess(alice, space, { receiver, role: 'reader', untilMs: systemClock.now() + DAY_MS })
    const tablet = await circle.secondDevice(bob, 'Bob tablet')
    expect((await findSpace(bob, 'Until tomorrow')).keys.size).toBe(1)
    shiftMs = 2 * DAY_MS
    try {
      // Bob's own device has its capsule in the cache; his tablet never asked before.
      for (const session of [bob, tablet])
        await expect(session.api.epochKey(space.state.id, 0)).rejects.toMatchObject({
          code: 'vault/no-chain',
        })
      expect((await alice.api.epochKey(space.state.id, 0)).capsule).not.toBe('')
    } finally {
      shiftMs = 0
    }
  })

  it('keeps its end when somebody else is removed, and when the member changes her primary device', async () => {
    const space = await spaceWith(alice, 'Until the day after')
    const receiver = await alice.accounts.find('Bob')
    const zoe = await circle.person('Zoe')
    const untilMs = systemClock.now() + DAY_MS
    const shared = await grantAccess(alice, space, { receiver, role: 'reader', untilMs })
    const both = await grantAccess(alice, shared, {
      receiver: await alice.accounts.find('Zoe'),
      role: 'reader',
    })
    const ends = async () =>
      (await alice.api.edges()).edges
        .filter((edge) => edge.purpose === 'share' && edge.space === space.state.id)
        .map((edge) => [edge.account === bob.account, edge.epoch, edge.untilMs])
    await removeMembers(alice, both, [zoe.account])
    expect(await ends()).toContainEqual([true, 1, untilMs])
    const laptop = await circle.secondDevice(bob, 'Bob laptop')
    await promote(laptop, false)
    await refresh(alice)
    expect((await ends()).filter(([, epoch]) => epoch === 1)).toEqual([
      [true, 1, untilMs],
      [true, 1, untilMs],
    ])

    shiftMs = 2 * DAY_MS
    try {
      await removeMembers(alice, await findSpace(alice, 'Until the day after'), [])
      expect((await ends()).filter(([, epoch]) => epoch === 2)).toEqual([])
      await promote(bob, false)
      await refresh(alice)
      expect((await ends()).filter(([, epoch]) => epoch === 2)).toEqual([])
    } finally {
      shiftMs = 0
    }
  })
})
