import type { IncomingMessage } from 'node:http'
import { base64urlText } from '@warren/primitives/encoding'
import { testRng } from '@warren/testkit/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccountId, accountIds } from '../../src/protocol/index.ts'
import type { KnownPrivateClient, PrivateClients } from '../../src/server/private-clients.ts'
import { type EmbeddedWorld, embeddedWorld } from './embedded.ts'
import { type Answer, joinVault, makeDevice, send, signed, type TestDevice } from './household.ts'

/** The private service under the vault. A request says in a header which client it came through. */
class FakeClients implements PrivateClients {
  readonly known = new Map<string, KnownPrivateClient>()
  readonly #rng = testRng('private clients')

  add(maker: AccountId | undefined, group = 'common'): string {
    const id = `client ${this.known.size}`
    this.known.set(id, { id, maker, group, account: undefined, createdMs: 7, connected: false })
    return id
  }
  make(maker: AccountId, group?: string) {
    this.add(maker, group)
    return Promise.resolve({ network: this.#rng.bytes(40), credential: this.#rng.bytes(65) })
  }
  list() {
    return [...this.known.values()]
  }
  noteAccount({ headers }: IncomingMessage, account: AccountId) {
    const client = this.known.get(String(headers['x-came-through']))
    if (client !== undefined) client.account ??= account
  }
  remove(ids: readonly string[]) {
    for (const id of ids) this.known.delete(id)
    return Promise.resolve()
  }
}

let world: EmbeddedWorld
let clients: FakeClients
let [alice, bob, carol]: TestDevice[] = []

const through = (client: string) => ({ 'x-came-through': client })
const ask = (device: TestDevice | undefined, client = '') =>
  send(world, device as TestDevice, 'GET', '/v1/private-clients', undefined, through(client))
const make = (device: TestDevice | undefined, body: object = {}) =>
  send(world, device as TestDevice, 'POST', '/v1/private-clients', body)
const remove = (device: TestDevice | undefined, account: string) =>
  send(world, device as TestDevice, 'DELETE', `/v1/private-clients/${account}`)
const accountsOf = ({ body }: Answer) =>
  (body['clients'] as { account?: string; maker?: string }[]).map(({ account, maker }) => [account, maker])

beforeAll(async () => {
  clients = new FakeClients()
  world = await embeddedWorld('private clients', { privateClients: clients })
  clients.add(undefined)
  alice = (await joinVault(world, 'Alice')).device
  bob = (await joinVault(world, 'Bob', alice)).device
  carol = (await joinVault(world, 'Carol', alice)).device
})
afterAll(() => world.remove())

describe('the clients of a private vault', () => {
  it('belong to whose request came through them first, and to nobody before', async () => {
    expect(accountsOf(await ask(alice))).toEqual([[undefined, undefined]])
    await ask(alice, 'client 0')
    await ask(bob, 'client 0')
    expect(accountsOf(await ask(alice))).toEqual([[alice?.account, undefined]])
  })

  it('are made for who asks, with the credential in the answer and nowhere else', async () => {
    const made = await make(bob)
    expect(made.status).toBe(201)
    expect(base64urlText.decode(made.body['network'] as string)).toHaveLength(40)
    expect(base64urlText.decode(made.body['credential'] as string)).toHaveLength(65)
    const listed = await ask(carol)
    expect(accountsOf(listed)).toEqual([
      [alice?.account, undefined],
      [undefined, bob?.account],
    ])
    expect(JSON.stringify(listed.body)).not.toContain(made.body['credential'])
    // A name of a client at the private service is of no use to anybody but the vault.
    expect(JSON.stringify(listed.body)).not.toContain('client 1')
  })

  it('are not for strangers, nor for devices that nobody enrolled', async () => {
    const stranger = makeDevice(world, 'stranger')
    for (const answer of [
      await ask(stranger),
      await make(stranger),
      await remove(stranger, `${bob?.account}`),
    ])
      expect([401, 403]).toContain(answer.status)
    const unsigned = await world.server.app.inject({ url: '/v1/private-clients' })
    expect(unsigned.statusCode).toBe(401)
    // A request that was refused makes no client anybody's.
    await ask(stranger, 'client 1')
    expect(clients.known.get('client 1')?.account).toBeUndefined()
  })

  it('are bounded: nobody collects more than a hundred unused ones', async () => {
    for (let i = 0; i < 100; i++) expect((await make(carol)).status).toBe(201)
    expect((await make(carol)).body).toMatchObject({ code: 'vault/busy' })
    expect((await make(bob)).status).toBe(201)
  })

  it('are not made, nor taken away, by somebody who heard it done and says it again after a restart', async () => {
    const making = await signed(world, bob as TestDevice, 'POST', '/v1/private-clients', {})
    expect((await world.deliver(making)).status).toBe(201)
    const dave = (await joinVault(world, 'Dave', alice)).device
    await make(dave)
    const removal = await signed(world, alice as TestDevice, 'DELETE', `/v1/private-clients/${dave.account}`)
    expect((await world.deliver(removal)).body).toEqual({ removed: 1 })
    await make(dave)
    const before = clients.list()
    await world.restart()
    for (const heard of [making, removal]) expect(await world.deliver(heard)).toMatchObject({ status: 401 })
    expect(clients.list()).toEqual(before)
    expect((await remove(alice, dave.account)).body).toEqual({ removed: 1 })
  })

  it('are taken away by the account that set the vault up, and by nobody else', async () => {
    expect((await remove(bob, `${carol?.account}`)).status).toBe(403)
    expect((await remove(bob, `${bob?.account}`)).status).toBe(403)
    expect((await remove(alice, `${alice?.account}`)).status).toBe(409)
    expect((await remove(alice, accountIds.random(world.rng))).status).toBe(404)
    expect((await remove(alice, 'not-an-account')).status).toBe(400)
    expect(clients.known.size).toBe(104)
  })

  it('go with a person: hers, and the unused ones that she made, but none that another uses', async () => {
    const [first, second] = clients.list().filter(({ maker }) => maker === bob?.account)
    await ask(carol, first?.id)
    const removed = await remove(alice, `${bob?.account}`)
    expect(removed).toMatchObject({ status: 200, body: { removed: 2 } })
    expect(clients.known.has(`${second?.id}`)).toBe(false)
    expect(clients.known.get(`${first?.id}`)?.account).toBe(carol?.account)
    expect(await remove(alice, `${carol?.account}`)).toMatchObject({ status: 200, body: { removed: 101 } })
    expect(accountsOf(await ask(alice))).toEqual([[alice?.account, undefined]])
    expect(await remove(alice, `${carol?.account}`)).toMatchObject({ status: 200, body: { removed: 0 } })
  })
})

describe('introduction groups', () => {
  const groupsOf = ({ body }: Answer) => (body['clients'] as { group?: string }[]).map(({ group }) => group)

  it('are chosen by the account that set the vault up, and by nobody else', async () => {
    expect(await make(bob, { group: 'choir' })).toMatchObject({
      status: 403,
      body: { code: 'vault/forbidden' },
    })
    expect((await make(alice, { group: 'x'.repeat(65) })).status).toBe(400)
    expect((await make(alice, { group: 7 })).status).toBe(400)
    expect(clients.list().every(({ group }) => group === 'common')).toBe(true)
    // With one for all there is nothing to say of groups.
    expect(groupsOf(await ask(alice))).toEqual([undefined])
    expect((await make(alice, { group: 'choir' })).status).toBe(201)
    expect(clients.list().at(-1)).toMatchObject({ maker: alice?.account, group: 'choir' })
  })

  it('are listed to that account, and to nobody else', async () => {
    expect(groupsOf(await ask(alice))).toEqual(['common', 'choir'])
    expect(groupsOf(await ask(bob))).toEqual([undefined, undefined])
  })
})

describe('a vault that listens on a port', () => {
  it('has no such clients', async () => {
    const plain = await embeddedWorld('plain')
    try {
      const { device } = await joinVault(plain, 'Alice')
      for (const [method, url] of [
        ['GET', '/v1/private-clients'],
        ['POST', '/v1/private-clients'],
        ['DELETE', `/v1/private-clients/${device.account}`],
      ] as const)
        expect(await send(plain, device, method, url, method === 'POST' ? {} : undefined)).toMatchObject({
          status: 404,
          body: { code: 'vault/not-found' },
        })
    } finally {
      await plain.remove()
    }
  })
})
