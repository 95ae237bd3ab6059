import type { IncomingMessage } from 'node:http'
import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import type { PrivateService } from '@warren/private-service'
import type { ClientId } from '@warren/private-service/protocol'
import { testRng } from '@warren/testkit/rng'
import { accountIds } from '@warren/vault/protocol'
import { describe, expect, test } from 'vitest'
import { ClientRegister } from '../src/private/clients.ts'

const NETWORK = Uint8Array.of(1, 2, 3)
const rng = testRng('client register')
const [alice, bob] = [accountIds.random(rng), accountIds.random(rng)]

/** The private service under the register: its clients, and which of them are connected. */
function fakeService() {
  const known = new Map<ClientId, { createdMs: number; circuits: number }>()
  let made = 0
  const service = {
    async invite() {
      const id = `client ${++made}` as ClientId
      known.set(id, { createdMs: made, circuits: 0 })
      return { id, credential: Uint8Array.of(made) }
    },
    async remove(id: ClientId) {
      if (!known.delete(id)) throw new Error('no such client')
    },
    clients: () => [...known].map(([id, client]) => ({ id, label: '', ...client })),
  } as unknown as PrivateService
  return { service, known }
}

/** A register over a disk in memory, which may fail. */
function stage() {
  const disk: { bytes: Uint8Array | undefined; isFull: boolean; saves: number } = {
    bytes: undefined,
    isFull: false,
    saves: 0,
  }
  const failures: unknown[] = []
  const flip = (bytes: Uint8Array) => Promise.resolve(bytes.map((byte) => byte ^ 0xa5))
  const { service, known } = fakeService()
  const open = async () => {
    const register = await ClientRegister.open({
      network: NETWORK,
      store: {
        load: () => Promise.resolve(disk.bytes),
        async save(bytes) {
          if (disk.isFull) throw new Error('the disk is full')
          disk.bytes = Uint8Array.from(bytes)
          disk.saves++
        },
      },
      sealer: { seal: flip, open: flip },
      failed: (error) => failures.push(error),
    })
    register.serve(service)
    return register
  }
  const over = (socket: object) => ({ socket }) as unknown as IncomingMessage
  const plain = async () => fromUtf8(await flip(disk.bytes ?? new Uint8Array(0)))
  return { disk, failures, open, service, known, over, plain, flip }
}

/** All that was begun is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the register of private clients', () => {
  test('makes clients with what reaches the vault, durably, and remembers for whom', async () => {
    const { open, disk } = stage()
    const register = await open()
    const reach = await register.make(alice)
    expect(reach).toEqual({ network: NETWORK, credential: Uint8Array.of(1) })
    expect(disk.saves).toBe(1)
    const expected = [{ id: 'client 1', maker: alice, account: undefined, createdMs: 1, connected: false }]
    expect(register.list()).toEqual(expected)
    expect((await open()).list()).toEqual(expected)
  })

  test('gives no link away that a restart would forget', async () => {
    const { open, disk } = stage()
    const register = await open()
    disk.isFull = true
    await expect(register.make(alice)).rejects.toThrow('full')
    disk.isFull = false
    // What failed does not stand in the way of the next.
    expect((await register.make(bob)).credential).toEqual(Uint8Array.of(2))
  })

  test('learns whose a client is from the first request over its connection, and keeps that', async () => {
    const { open, over, known } = stage()
    const register = await open()
    await register.make(alice)
    const [socket, other] = [{}, {}]
    register.connected(socket, 'client 1')
    known.set('client 1' as ClientId, { createdMs: 1, circuits: 2 })
    // A connection that came another way, as over a port.
    register.noteAccount(over(other), alice)
    expect(register.list()[0]).toMatchObject({ account: undefined, connected: true })
    register.noteAccount(over(socket), bob)
    register.noteAccount(over(socket), alice)
    expect(register.list()[0]).toMatchObject({ account: bob, maker: alice })
    await settled()
    expect((await open()).list()[0]).toMatchObject({ account: bob, maker: alice })
  })

  test('reports that it could not write down whose a client is, and goes on', async () => {
    const { open, over, disk, failures } = stage()
    const register = await open()
    await register.make(alice)
    const socket = {}
    register.connected(socket, 'client 1')
    disk.isFull = true
    register.noteAccount(over(socket), bob)
    await settled()
    expect(failures).toHaveLength(1)
    expect(register.list()[0]).toMatchObject({ account: bob })
    disk.isFull = false
    // The next that is written has it.
    await register.make(alice)
    expect((await open()).list()[0]).toMatchObject({ account: bob })
  })

  test('removes the clients that are named, at the service and on disk, and no others', async () => {
    const { open, known, plain, over } = stage()
    const register = await open()
    for (const maker of [alice, alice, bob]) await register.make(maker)
    const socket = {}
    register.connected(socket, 'client 2')
    await register.remove(['client 2', 'client 9'])
    expect([...known.keys()]).toEqual(['client 1', 'client 3'])
    expect(register.list().map(({ id }) => id)).toEqual(['client 1', 'client 3'])
    expect(Object.keys((JSON.parse(await plain()) as { clients: object }).clients)).toEqual([
      'client 1',
      'client 3',
    ])
    // A request that was on its way brings nothing back.
    register.noteAccount(over(socket), bob)
    await settled()
    expect(register.list().map(({ account }) => account)).toEqual([undefined, undefined])
    expect((await open()).list()).toHaveLength(2)
  })

  test('gives the set-up link one client, in the place of all that an earlier start made', async () => {
    const { open, known } = stage()
    await (await open()).makeFirst()
    const register = await open()
    expect(await register.makeFirst()).toEqual({ network: NETWORK, credential: Uint8Array.of(2) })
    expect([...known.keys()]).toEqual(['client 2'])
    expect((await open()).list()).toMatchObject([{ id: 'client 2', maker: undefined, account: undefined }])
  })

  test('writes one state after the other: the last is the one that is kept', async () => {
    const { open, disk, plain } = stage()
    const register = await open()
    await Promise.all([register.make(alice), register.make(bob), register.make(alice)])
    expect(disk.saves).toBe(3)
    expect(Object.keys((JSON.parse(await plain()) as { clients: object }).clients)).toHaveLength(3)
  })

  test('lies on the disk sealed, and is refused when a newer program wrote it', async () => {
    const { open, disk, flip } = stage()
    await (await open()).make(alice)
    expect(fromUtf8((disk.bytes as Uint8Array).map((byte) => byte & 0x7f))).not.toContain(alice)
    disk.bytes = await flip(utf8('{"version":2,"clients":{}}'))
    await expect(open()).rejects.toMatchObject({ code: 'cli/private', kind: 'bad-input' })
  })

  test('has nothing to give before the service runs', async () => {
    const { disk, flip } = stage()
    const register = await ClientRegister.open({
      network: NETWORK,
      store: { load: () => Promise.resolve(disk.bytes), save: () => Promise.resolve() },
      sealer: { seal: flip, open: flip },
      failed: () => {},
    })
    expect(() => register.list()).toThrow(expect.objectContaining({ code: 'cli/private', kind: 'transient' }))
    await expect(register.make(alice)).rejects.toMatchObject({ kind: 'transient' })
    await expect(register.remove(['client 1'])).rejects.toMatchObject({ kind: 'transient' })
  })
})
