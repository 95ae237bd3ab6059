import { concatBytes } from '@warren/primitives/bytes'
import { systemRng } from '@warren/primitives/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  approveRecovery,
  completeRecovery,
  createSpace,
  type FileNode,
  findSpace,
  grantAccess,
  newestVersion,
  nodeAt,
  openSession,
  openSpace,
  promote,
  readFile,
  refresh,
  removeMembers,
  requestRecovery,
  type Session,
  type Space,
  setUpRecovery,
  upload,
  wordsOfRecovery,
} from '../src/client/index.ts'
import { parseSpacePath } from '../src/protocol/index.ts'
import { type Circle, openCircle, source } from './circle.ts'

let circle: Circle
let alice: Session
let bob: Session

const content = systemRng.bytes(5 * 1024 * 1024 + 17)

beforeAll(async () => {
  circle = await openCircle()
  alice = await circle.person('Alice')
  bob = await circle.person('Bob')
}, 30_000)
afterAll(() => circle.close())

async function read(session: Session, space: Space, path: string): Promise<Uint8Array> {
  const node = nodeAt(space.tree, parseSpacePath(path))
  if (node?.kind !== 'file') throw new Error(`${path} is not a file`)
  const parts: Uint8Array[] = []
  const { version } = newestVersion(node satisfies FileNode)
  for await (const part of readFile(session, space.state.id, path, version)) parts.push(Uint8Array.from(part))
  return concatBytes(...parts)
}

async function spaceWith(owner: Session, name: string): Promise<Space> {
  const space = await openSpace(owner, await createSpace(owner, name))
  return upload(owner, space, [
    source('a/big', content),
    source('a/small', content.subarray(0, 100)),
    source('empty', new Uint8Array(0)),
  ])
}

async function recoverWith(name: string, approvers: Session[]): Promise<Session> {
  const { environment, device } = await circle.newDevice(`${name} new phone`)
  const { pending, status } = await requestRecovery(environment, device, name)
  const words = wordsOfRecovery(status).join(' ')
  for (const approver of approvers) await approveRecovery(approver, pending.id, words)
  const account = await completeRecovery(environment, device, pending, () => undefined)
  const session = openSession(environment, device, account, pending.vaultId)
  await refresh(session)
  return session
}

describe('protocol 1', () => {
  it('(0)–(4): what one puts, a member and her second device read, byte by byte', async () => {
    const space = await spaceWith(alice, 'Holiday')
    expect(await read(alice, space, 'a/big')).toEqual(content)
    await grantAccess(alice, space, { receiver: await alice.accounts.find('Bob'), role: 'reader' })
    const seen = await findSpace(bob, 'Holiday')
    expect(await read(bob, seen, 'a/big')).toEqual(content)
    expect(await read(bob, seen, 'empty')).toHaveLength(0)
    const tablet = await circle.secondDevice(bob, 'Bob tablet')
    const there = await findSpace(tablet, 'Holiday')
    expect(await read(tablet, there, 'a/small')).toEqual(content.subarray(0, 100))
    await expect(upload(bob, seen, [source('b', content)])).rejects.toMatchObject({ code: 'vault/forbidden' })
  })

  it('a writer writes, and the owner reads it', async () => {
    const space = await spaceWith(alice, 'Club')
    await grantAccess(alice, space, { receiver: await alice.accounts.find('Bob'), role: 'writer' })
    await upload(bob, await findSpace(bob, 'Club'), [source('from bob', content.subarray(7, 99))])
    const seen = await openSpace(alice, space.state.id)
    expect(await read(alice, seen, 'from bob')).toEqual(content.subarray(7, 99))
  })

  it('two devices that write at once both get their files in', async () => {
    const space = await spaceWith(alice, 'Race')
    const laptop = await circle.secondDevice(alice, 'Alice laptop')
    const other = await findSpace(laptop, 'Race')
    await Promise.all([
      ...[1, 2, 3].map((n) => upload(alice, space, [source(`phone ${n}`, content.subarray(0, n))])),
      ...[1, 2, 3].map((n) => upload(laptop, other, [source(`laptop ${n}`, content.subarray(0, n))])),
    ])
    const names = [...(await openSpace(circle.again(alice), space.state.id)).tree.nodes.keys()]
    for (const n of [1, 2, 3]) expect(names).toEqual(expect.arrayContaining([`phone ${n}`, `laptop ${n}`]))
  })

  it('a member who was removed reads nothing that comes later', async () => {
    const carol = await circle.person('Carol')
    const space = await spaceWith(alice, 'Board')
    const shared = await grantAccess(alice, space, {
      receiver: await alice.accounts.find('Carol'),
      role: 'reader',
    })
    expect(await read(carol, await findSpace(carol, 'Board'), 'a/small')).toHaveLength(100)
    const closed = await removeMembers(alice, shared, [carol.account])
    await upload(alice, closed, [source('later', content.subarray(0, 9))])
    await expect(openSpace(carol, space.state.id)).rejects.toMatchObject({ code: 'vault/not-found' })
    await expect(carol.api.epochKey(space.state.id, 1)).rejects.toMatchObject({ code: 'vault/not-found' })
    expect(await read(alice, await openSpace(alice, space.state.id), 'later')).toHaveLength(9)
  })
})

describe('protocol 2', () => {
  it('(R1) a secondary device becomes primary, and everybody reads old and new', async () => {
    const dora = await circle.person('Dora')
    const laptop = await circle.secondDevice(dora, 'Dora laptop')
    const space = await spaceWith(dora, 'R1')
    await grantAccess(dora, space, { receiver: await dora.accounts.find('Bob'), role: 'reader' })
    const bobs = await spaceWith(bob, 'Bob to Dora')
    await grantAccess(bob, bobs, { receiver: await bob.accounts.find('Dora'), role: 'reader' })
    await promote(laptop, true)
    const mine = await findSpace(laptop, 'R1')
    expect(await read(laptop, mine, 'a/small')).toHaveLength(100)
    await upload(laptop, mine, [source('after', content.subarray(0, 50))])
    expect(await read(bob, await findSpace(bob, 'R1'), 'after')).toHaveLength(50)
    // Along the old primary's key until Bob's device has made a new one by itself.
    expect(await read(laptop, await findSpace(laptop, 'Bob to Dora'), 'a/small')).toHaveLength(100)
    expect((await refresh(bob)).edges).toBeGreaterThan(0)
    await expect(dora.api.spaces()).rejects.toMatchObject({ kind: 'auth-failed' })
  })

  it('(R2) one recovery user brings the account back', async () => {
    const emma = await circle.person('Emma')
    const space = await spaceWith(emma, 'R2')
    await setUpRecovery(emma, [await emma.accounts.find('Bob')], 1)
    const back = await recoverWith('Emma', [bob])
    expect(back.account).toBe(emma.account)
    const found = await findSpace(back, 'R2')
    expect(found.state.id).toBe(space.state.id)
    expect(await read(back, found, 'a/big')).toEqual(content)
    await upload(back, found, [source('after', content.subarray(0, 50))])
    await expect(emma.api.spaces()).rejects.toMatchObject({ kind: 'auth-failed' })
  })

  it('(R3) any two of three bring it back; a wrong share is refused and its sender named', async () => {
    const frank = await circle.person('Frank')
    const grace = await circle.person('Grace')
    await spaceWith(frank, 'R3')
    const users = await Promise.all(['Alice', 'Bob', 'Grace'].map((name) => frank.accounts.find(name)))
    await setUpRecovery(frank, users, 2)
    const { environment, device } = await circle.newDevice('Frank new phone')
    const { pending, status } = await requestRecovery(environment, device, 'Frank')
    const words = wordsOfRecovery(status).join(' ')
    await expect(
      approveRecovery(bob, pending.id, 'abandon ability able about above absent absorb abstract'),
    ).rejects.toMatchObject({
      code: 'vault/recovery',
    })
    const honest = grace.api.approve.bind(grace.api)
    grace.api.approve = (id, request) =>
      honest(id, {
        ...request,
        shares: request.shares.map((share) => `${share[0] === 'A' ? 'B' : 'A'}${share.slice(1)}`),
      })
    await expect(approveRecovery(grace, pending.id, words)).rejects.toMatchObject({
      code: 'vault/wrong-share',
    })
    expect((await approveRecovery(alice, pending.id, words)).state).toBe('waiting')
    const ready = await approveRecovery(bob, pending.id, words)
    expect(ready.state).toBe('ready')
    expect(ready.rejected.map((entry) => entry.user)).toEqual([grace.account])
    const account = await completeRecovery(environment, device, pending, () => undefined)
    const back = openSession(environment, device, account, pending.vaultId)
    expect((await refresh(back)).recovery).toBe(true)
    expect(await read(back, await findSpace(back, 'R3'), 'a/big')).toEqual(content)
  })
})
