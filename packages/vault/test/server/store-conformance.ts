import type { DeviceId } from '@warren/identity'
import { testRng } from '@warren/testkit/rng'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AccountId,
  accountIds,
  chunkIds,
  edgeIds,
  enrolmentIds,
  nodeIds,
  recoveryIds,
  setupIds,
  spaceIds,
} from '../../src/protocol/index.ts'
import { blobIdFrom } from '../../src/server/blobs/blobs.ts'
import type { Store, StoredEdge } from '../../src/server/store/store.ts'

/** What every store must do. `open` gives the same store again after it was closed; `remove` forgets it. */
export function storeConformance(
  name: string,
  backend: { open(): Promise<Store>; remove(): Promise<void> },
): void {
  describe(`store: ${name}`, () => {
    const rng = testRng(`store ${name}`)
    const account = accountIds.random(rng)
    const space = spaceIds.random(rng)
    const log = `space/${space}` as const
    const device = (text: string) => text as DeviceId
    const head = (sequence: number) => ({ sequence, hash: new Uint8Array(32).fill(sequence) })
    let store: Store
    beforeEach(async () => {
      store = await backend.open()
    })
    afterEach(async () => {
      await store.close()
      await backend.remove()
    })

    it('keeps what it acknowledged when it is opened again', async () => {
      await store.transact((tables) => tables.meta.set('a', '1'))
      await store.transact((tables) => tables.meta.set('a', '2'))
      await store.close()
      store = await backend.open()
      expect(await store.view.meta.get('a')).toBe('2')
      expect(await store.view.meta.get('b')).toBeUndefined()
    })

    it('does all of a transaction or nothing, and the next one is not harmed', async () => {
      const failing = store.transact(async (tables) => {
        await tables.meta.set('half', 'done')
        throw new Error('on purpose')
      })
      const next = store.transact((tables) => tables.meta.set('next', 'done'))
      await expect(failing).rejects.toThrow('on purpose')
      await next
      expect(await store.view.meta.get('half')).toBeUndefined()
      expect(await store.view.meta.get('next')).toBe('done')
    })

    it('shows a transaction its own writes, and nobody else before they are durable', async () => {
      let seen: string | undefined = 'not looked'
      await store.transact(async (tables) => {
        await tables.meta.set('x', 'y')
        expect(await tables.meta.get('x')).toBe('y')
        seen = await store.view.meta.get('x')
      })
      expect(seen).toBeUndefined()
      expect(await store.view.meta.get('x')).toBe('y')
    })

    it('runs transactions one after another, in groups or not', async () => {
      const counts = Array.from({ length: 200 }, () =>
        store.transact(async (tables) => {
          const count = Number((await tables.meta.get('count')) ?? 0)
          await tables.meta.set('count', String(count + 1))
          return count
        }),
      )
      expect(await Promise.all(counts)).toEqual(Array.from({ length: 200 }, (_, i) => i))
      expect(await store.view.meta.get('count')).toBe('200')
    })

    it('appends to logs and reads them in bounded pages', async () => {
      const entries = Array.from({ length: 150 }, (_, i) => new Uint8Array(100).fill(i))
      await store.transact((tables) => tables.logs.append(log, entries.slice(0, 100), head(99)))
      await store.transact((tables) => tables.logs.append(log, entries.slice(100), head(149)))
      expect(await store.view.logs.head(log)).toEqual(head(149))
      expect(await store.view.logs.head(`account/${account}`)).toBeUndefined()
      const all = await store.view.logs.read(log, 0, 1e6)
      expect(all.entries.map((entry) => Uint8Array.from(entry))).toEqual(entries)
      expect(all.more).toBe(false)
      const page = await store.view.logs.read(log, 10, 1000)
      expect([page.entries.length, page.more]).toEqual([10, true])
      expect((await store.view.logs.read(log, 149, 1)).entries).toHaveLength(1)
      expect(await store.view.logs.read(log, 150, 1)).toEqual({ entries: [], more: false })
      expect(await store.view.logs.names()).toEqual([log])
    })

    it('lets a name and a device exist once', async () => {
      await store.transact((tables) => tables.names.claimNames(account, ['alice', 'ALICE']))
      const other = accountIds.random(rng)
      await expect(
        store.transact((tables) => tables.names.claimNames(other, ['x', 'ALICE'])),
      ).rejects.toMatchObject({ code: 'vault/name' })
      await store.transact((tables) => tables.names.claimDevice(account, device('d')))
      await expect(
        store.transact((tables) => tables.names.claimDevice(other, device('d'))),
      ).rejects.toMatchObject({ code: 'vault/conflict' })
    })

    it('keeps one request for access for each asker and owner', async () => {
      const recipient = nodeIds.fromBytes(new Uint8Array(16))
      const [asker, other] = [accountIds.random(rng), accountIds.random(rng)]
      const request = (from: AccountId, byte: number) => ({
        owner: account,
        asker: from,
        recipient,
        encoded: Uint8Array.of(byte),
      })
      await store.transact(async ({ accessRequests }) => {
        await accessRequests.put(request(asker, 1))
        await accessRequests.put(request(other, 2))
        await accessRequests.put(request(asker, 3))
      })
      const { accessRequests } = store.view
      expect(new Set((await accessRequests.of(account)).map(({ encoded }) => encoded[0]))).toEqual(
        new Set([2, 3]),
      )
      expect(await accessRequests.of(asker)).toEqual([])
      expect(await accessRequests.countOthers(account, asker)).toBe(1)
      expect(await store.transact((tables) => tables.accessRequests.delete(account, asker))).toBe(true)
      expect(await store.transact((tables) => tables.accessRequests.delete(account, asker))).toBe(false)
    })

    it('replaces an edge with the same ends and purpose, unlocks and deletes', async () => {
      const edge = (untilMs?: number): StoredEdge => ({
        id: edgeIds.random(rng),
        from: nodeIds.fromBytes(new Uint8Array(16)),
        to: nodeIds.fromBytes(new Uint8Array(16).fill(1)),
        purpose: { kind: 'share', space, epoch: 0, account, untilMs },
        usable: false,
      })
      const [first, second] = [edge(), edge(5)]
      const bytes = new Uint8Array([1, 2, 3])
      await store.transact((tables) => tables.edges.put(first, bytes))
      await store.transact((tables) => tables.edges.put(second, bytes))
      const all: StoredEdge[] = []
      for await (const stored of store.view.edges.all()) all.push(stored)
      expect(all).toEqual([second])
      expect(await store.view.edges.get(first.id)).toBeUndefined()
      await store.transact((tables) => tables.edges.unlock(second.id, new Uint8Array([9])))
      const unlocked = await store.view.edges.get(second.id)
      expect([...(unlocked?.unlocked ?? [])]).toEqual([9])
      await store.transact((tables) => tables.edges.delete([second.id, first.id]))
      expect(await store.view.edges.get(second.id)).toBeUndefined()
    })

    it('keeps chunks: the first bytes stay, what nobody kept is dropped', async () => {
      const ids = Array.from({ length: 1200 }, () => chunkIds.random(rng))
      const blob = blobIdFrom(rng.bytes(16))
      const rows = ids.map((id, i) => ({ id, blob, offset: i * 10, length: 10 }))
      expect(await store.transact((tables) => tables.chunks.add(space, rows, 1000))).toEqual({
        chunks: 1200,
        bytes: 12_000,
      })
      const late = { id: ids[0] as (typeof ids)[0], blob: blobIdFrom(rng.bytes(16)), offset: 0, length: 1 }
      const other = { id: chunkIds.random(rng), blob: late.blob, offset: 1, length: 3 }
      expect(await store.transact((tables) => tables.chunks.add(space, [late], 2000))).toEqual({
        chunks: 0,
        bytes: 0,
      })
      await expect(
        store.transact(async (tables) => {
          expect(await tables.chunks.add(space, [late, other], 2000)).toEqual({ chunks: 1, bytes: 3 })
          throw new Error('undone')
        }),
      ).rejects.toThrow('undone')
      expect(await store.view.chunks.find(space, late.id)).toEqual({ blob, offset: 0, length: 10 })
      expect(await store.view.chunks.find(spaceIds.random(rng), late.id)).toBeUndefined()
      expect((await store.view.chunks.findAll(space, ids)).size).toBe(1200)
      expect(await store.view.chunks.totalBytes()).toBe(12_000)
      const keep = ids.slice(0, 700)
      const kept = store.transact((tables) =>
        tables.chunks.keep(space, [...keep, ...keep, chunkIds.random(rng)]),
      )
      expect(await kept).toBe(700)
      expect(await store.transact((tables) => tables.chunks.dropAbandoned(1000))).toBe(0)
      expect(await store.transact((tables) => tables.chunks.dropAbandoned(1001))).toBe(500)
      expect(await store.view.chunks.unreferenced([blob, late.blob])).toEqual([late.blob])
      await store.transact((tables) => tables.chunks.drop(space, keep))
      expect(await store.view.chunks.unreferenced([blob])).toEqual([blob])
    })

    it('burns an invitation once, and never brings it back', async () => {
      const use = (nowMs: number) => store.transact((tables) => tables.invitations.use('hash', nowMs))
      const put = () => store.transact((tables) => tables.invitations.put('hash', account, 100))
      await put()
      expect(await store.view.invitations.open(account, 50)).toBe(1)
      expect(await use(100)).toBe(false)
      expect(await use(99)).toBe(true)
      await put()
      expect(await use(99)).toBe(false)
      expect(await store.view.invitations.open(account, 50)).toBe(0)
      await store.transact((tables) => tables.invitations.dropExpired(100))
    })

    it('holds enrolments until they are taken or old', async () => {
      const enrolment = {
        id: enrolmentIds.random(rng),
        account,
        device: device('new'),
        identity: new Uint8Array([1]),
        possession: new Uint8Array([2]),
        tag: new Uint8Array([3]),
      }
      const put = (value: typeof enrolment) => store.transact((tables) => tables.enrolments.put(value, 10))
      await put(enrolment)
      await put(enrolment)
      await expect(put({ ...enrolment, device: device('other') })).rejects.toMatchObject({
        code: 'vault/conflict',
      })
      expect(await store.view.enrolments.countWaiting(account)).toBe(1)
      expect((await store.view.enrolments.byDevice(device('new')))?.id).toBe(enrolment.id)
      await store.transact((tables) => tables.enrolments.dropOlder(11))
      expect(await store.view.enrolments.get(enrolment.id)).toBeUndefined()
    })

    it('holds recoveries with their approvals, and forgets the shares', async () => {
      const id = recoveryIds.random(rng)
      const user: AccountId = accountIds.random(rng)
      const recovery = {
        id,
        account,
        setup: setupIds.random(rng),
        device: device('lost'),
        identity: new Uint8Array([1]),
        possession: new Uint8Array([2]),
        requestedMs: 5,
        state: 'waiting' as const,
      }
      const bytes = (n: number) => new Uint8Array([n])
      await store.transact(async (tables) => {
        await tables.recoveries.put(recovery)
        await tables.recoveries.approve(id, { user, approval: bytes(1), edge: bytes(2), shares: bytes(3) })
        await tables.recoveries.approve(id, { user, approval: bytes(4), edge: bytes(5), shares: bytes(6) })
        await tables.recoveries.reject(id, user, 'wrong')
        await tables.recoveries.reject(id, user, 'wrong again')
      })
      expect((await store.view.recoveries.approvals(id)).map(({ shares }) => [...shares])).toEqual([[6]])
      expect(await store.view.recoveries.rejected(id)).toEqual([{ user, reason: 'wrong again' }])
      expect((await store.view.recoveries.open()).map((open) => open.id)).toEqual([id])
      await store.transact(async (tables) => {
        await tables.recoveries.setState(id, 'done')
        await tables.recoveries.forgetShares(id)
        await tables.recoveries.clearRejection(id, user)
      })
      expect((await store.view.recoveries.approvals(id)).map(({ shares }) => shares.length)).toEqual([0])
      expect(await store.view.recoveries.rejected(id)).toEqual([])
      expect(await store.view.recoveries.open()).toEqual([])
      expect((await store.view.recoveries.byDevice(device('lost')))[0]?.state).toBe('done')
      const waiting = { ...recovery, id: recoveryIds.random(rng), requestedMs: 6 }
      await store.transact((tables) => tables.recoveries.put(waiting))
      const left = async () => (await store.view.recoveries.byAccount(account)).map((row) => row.id)
      await store.transact((tables) => tables.recoveries.dropOld(5, 6))
      expect((await left()).toSorted()).toEqual([id, waiting.id].toSorted())
      await store.transact((tables) => tables.recoveries.dropOld(6, 6))
      expect(await left()).toEqual([waiting.id])
      expect(await store.view.recoveries.approvals(id)).toEqual([])
      await store.transact((tables) => tables.recoveries.dropOld(0, 7))
      expect(await left()).toEqual([])
      await store.transact((tables) => tables.recoveries.put(waiting))
      await store.transact((tables) => tables.recoveries.delete(waiting.id))
      expect(await left()).toEqual([])
    })

    it('remembers a nonce of a device until it has ended, over a restart too', async () => {
      const add = (of: string, nonce: string, untilMs: number, nowMs: number) =>
        store.transact((tables) => tables.nonces.add(device(of), nonce, untilMs, nowMs))
      expect(await add('phone', 'a', 100, 0)).toBe(true)
      expect(await add('phone', 'a', 200, 0)).toBe(false)
      expect(await add('laptop', 'a', 100, 0)).toBe(true)
      expect(await add('phone', 'b', 300, 0)).toBe(true)
      await store.close()
      store = await backend.open()
      expect(await add('phone', 'a', 200, 99)).toBe(false)
      expect(await add('phone', 'a', 200, 100)).toBe(true)
      expect(await add('phone', 'b', 300, 100)).toBe(false)
    })

    it('caches capsules within a bound, and forgets them by account and by member', async () => {
      const cached = (source: string, own: AccountId) => ({
        source,
        device: device('phone'),
        account: own,
        space,
        capsule: new Uint8Array([1, 2]),
        chain: [new Uint8Array([3]), new Uint8Array([4, 5])],
        untilMs: undefined,
      })
      const other = accountIds.random(rng)
      await store.transact(async (tables) => {
        for (let i = 0; i < 10; i++) await tables.capsules.put(cached(`s${i}`, account))
        await tables.capsules.put(cached('mine', other))
        await tables.capsules.trim(5)
      })
      const found = await store.view.capsules.get('mine', device('phone'))
      expect(found?.chain.map((key) => [...key])).toEqual([[3], [4, 5]])
      expect(await store.view.capsules.get('s0', device('phone'))).toBeUndefined()
      expect(await store.view.capsules.get('s9', device('phone'))).toBeDefined()
      await store.transact((tables) => tables.capsules.dropMember(space, account))
      expect(await store.view.capsules.get('s9', device('phone'))).toBeUndefined()
      await store.transact((tables) => tables.capsules.dropAccount(other))
      expect(await store.view.capsules.get('mine', device('phone'))).toBeUndefined()
    })
  })
}
