import { testRng } from '@warren/testkit/rng'
import type { PrivateService } from '@warren/private-service'
import { IntroductionGroups } from '@warren/private-service/protocol'
import { accountIds } from '@warren/vault/protocol'
import { describe, expect, test } from 'vitest'
import { countByAccount, countByGroup } from '../src/private/client-counts.ts'
import { ClientRegister } from '../src/private/clients.ts'

const rng = testRng('private clients')
const [alice, bob] = [accountIds.random(rng), accountIds.random(rng)]

/** As much of a private service as the register asks for; its groups are judged by the real rules. */
function fakeService() {
  const groups = new IntroductionGroups()
  const clients: { id: string; group: string; createdMs: number; label: string; circuits: number }[] = []
  const service = {
    invite: async (label: string, { group = 'common' }: { group?: string } = {}) => {
      const id = `client ${clients.length}`
      clients.push({ id, group: groups.obtain(group).name, createdMs: clients.length, label, circuits: 0 })
      return { id, credential: rng.bytes(65) }
    },
    clients: () => clients,
  }
  return { clients, service: service as unknown as PrivateService }
}

async function register() {
  let held: Uint8Array | undefined
  const same = (bytes: Uint8Array) => Promise.resolve(bytes)
  const store = {
    load: () => Promise.resolve(held),
    save: (bytes: Uint8Array) => {
      held = Uint8Array.from(bytes)
      return Promise.resolve()
    },
  }
  const open = () =>
    ClientRegister.open({
      network: new Uint8Array(1),
      store,
      sealer: { seal: same, open: same },
      failed: (error) => {
        throw error
      },
    })
  const { service, clients } = fakeService()
  const first = await open()
  first.serve(service)
  await first.makeFirst()
  /** A request of the account's over a connection of that client. */
  const comes = (client: string, account: typeof alice) => {
    const socket = {}
    first.connected(socket, client)
    first.noteAccount({ socket } as never, account)
  }
  comes('client 0', alice)
  return { register: first, clients, comes }
}

describe('the register of private clients', () => {
  test('a link is of the group of who makes it, unless its maker names another', async () => {
    const { register: own, clients, comes } = await register()
    await own.make(alice)
    await own.make(alice, 'choir')
    comes('client 2', bob)
    await own.make(bob)
    expect(clients.map(({ group }) => group)).toEqual(['common', 'common', 'choir', 'choir'])
    // Of two clients of hers, the one that was made first counts.
    comes('client 1', bob)
    await own.make(bob)
    expect(clients.at(-1)?.group).toBe('common')
    expect(own.list().map(({ account, group }) => [account, group])).toEqual([
      [alice, 'common'],
      [bob, 'common'],
      [bob, 'choir'],
      [undefined, 'choir'],
      [undefined, 'common'],
    ])
  })

  test('what is wrong with a group is said to who asks', async () => {
    const { register: own } = await register()
    await expect(own.make(alice, 'The Choir')).rejects.toMatchObject({
      code: 'vault/bad-request',
      message: expect.stringMatching(/lower-case letters/),
    })
    for (let i = 0; i < 15; i++) await own.make(alice, `group-${i}`)
    await expect(own.make(alice, 'one-more')).rejects.toMatchObject({ code: 'vault/conflict' })
  })
})

test('clients are counted by person and by group; without groups nothing is said of them', () => {
  const grouped = [
    { account: alice, group: 'common', createdMs: 0, connected: true },
    { account: bob, group: 'choir', createdMs: 0, connected: true },
    { account: bob, group: 'guests', createdMs: 0, connected: true },
    { group: 'choir', createdMs: 0, connected: false },
  ]
  expect(Object.fromEntries(countByAccount(grouped))).toEqual({
    [alice]: { clients: 1, groups: ['common'] },
    [bob]: { clients: 2, groups: ['choir', 'guests'] },
    undefined: { clients: 1, groups: ['choir'] },
  })
  expect(countByGroup(grouped)).toEqual([
    { name: 'common', clients: 1 },
    { name: 'choir', clients: 2 },
    { name: 'guests', clients: 1 },
  ])
  const plain = grouped.map(({ account, createdMs, connected }) => ({
    ...(account === undefined ? {} : { account }),
    createdMs,
    connected,
  }))
  expect(countByAccount(plain).get(bob)).toEqual({ clients: 2, groups: [] })
  expect(countByGroup(plain)).toEqual([])
})
