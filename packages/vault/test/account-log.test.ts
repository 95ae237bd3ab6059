import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import {
  type AccountState,
  applyAccountEntry,
  decodeLogEntry,
  type RecoverySetup,
  setupIds,
  signApproval,
} from '../src/protocol/index.ts'
import { accountEntry, advance, context, genesis, type TestDevice, testDevice } from './devices.ts'

const phone = testDevice('phone')
const laptop = testDevice('laptop')
const stranger = testDevice('stranger')
const bobs = testDevice('bobs')
const erins = testDevice('erins')
const fresh = testDevice('new phone')

const setup = (users: AccountState[], threshold: number): RecoverySetup => ({
  id: setupIds.random(testRng('setup')),
  threshold,
  users: users.map((user) => user.id),
  commitments: threshold > 1 ? users.map(() => users.map((_, i) => new Uint8Array(32).fill(i))) : [],
})

function approve(of: AccountState, by: AccountState, device: TestDevice, newDevice = fresh) {
  const id = of.recovery?.id
  if (id === undefined) throw new Error('no recovery set up')
  return signApproval(
    {
      account: of.id,
      setup: id,
      newDevice: newDevice.id,
      approver: { account: by.id, device: device.id },
      approverSequence: by.head.sequence,
    },
    device.signer,
  )
}

const refuses = async (state: AccountState, entry: Promise<Uint8Array>, ...others: AccountState[]) => {
  const decoded = decodeLogEntry(await entry)
  expect(() => applyAccountEntry(state, decoded, context(...others))).toThrow(
    expect.objectContaining({ code: 'vault/log' }),
  )
}

describe('account log', () => {
  it('follows devices in, out and to the front', async () => {
    const alice = await genesis('Alice', phone)
    const two = await advance(alice, phone, { kind: 'device-added', device: laptop.enrolled })
    expect([...two.devices.keys()]).toEqual([phone.id, laptop.id])
    const promoted = await advance(two, laptop, { kind: 'primary-changed', primary: laptop.id })
    expect(promoted.primary).toBe(laptop.id)
    const lost = await advance(promoted, laptop, { kind: 'device-removed', device: phone.id })
    expect(lost.devices.get(phone.id)?.removedAt).toBe(3)
    await refuses(lost, accountEntry(lost, phone, { kind: 'primary-changed', primary: phone.id }))
  })

  it('refuses an entry by a stranger, out of order, of another log, or changed', async () => {
    const alice = await genesis('Alice', phone)
    const bob = await genesis('Bob', bobs)
    const added = { kind: 'device-added', device: stranger.enrolled } as const
    await refuses(alice, accountEntry(alice, stranger, added))
    await refuses(alice, accountEntry(alice, phone, added, { sequence: 2 }))
    await refuses(alice, accountEntry(alice, phone, added, { previous: new Uint8Array(32) }))
    await refuses(alice, accountEntry(alice, phone, added, { log: { kind: 'account', id: bob.id } }))
    await refuses(alice, accountEntry(alice, phone, added, { author: { account: bob.id, device: bobs.id } }))
    const genuine = await accountEntry(alice, phone, added)
    genuine[genuine.length - 100] = (genuine.at(-100) as number) ^ 1
    await refuses(alice, Promise.resolve(genuine))
  })

  it('lets a secondary device neither add devices nor remove others', async () => {
    const two = await advance(await genesis('Alice', phone), phone, {
      kind: 'device-added',
      device: laptop.enrolled,
    })
    await refuses(two, accountEntry(two, laptop, { kind: 'device-added', device: stranger.enrolled }))
    await refuses(two, accountEntry(two, laptop, { kind: 'device-removed', device: phone.id }))
    await refuses(two, accountEntry(two, phone, { kind: 'device-added', device: laptop.enrolled }))
    const left = await advance(two, laptop, { kind: 'device-removed', device: laptop.id })
    expect(left.devices.get(laptop.id)?.removedAt).toBe(2)
  })

  it('cannot begin under the id of another first entry', async () => {
    const alice = await genesis('Alice', phone)
    const change = {
      kind: 'genesis',
      name: 'Alice',
      salt: new Uint8Array(16),
      device: stranger.enrolled,
    } as const
    const entry = await accountEntry(alice, stranger, change, { sequence: 0, previous: new Uint8Array(32) })
    expect(() => applyAccountEntry(undefined, decodeLogEntry(entry), context())).toThrow(/id is not that/)
  })

  it('brings an account back with one recovery user (R2)', async () => {
    const bob = await genesis('Bob', bobs)
    const alice = await advance(await genesis('Alice', phone), phone, {
      kind: 'recovery-set-up',
      setup: setup([bob], 1),
    })
    const approvals = [await approve(alice, bob, bobs)]
    const change = {
      kind: 'recovered',
      device: fresh.enrolled,
      setup: setup([bob], 1).id,
      approvals,
    } as const
    const back = await advance(alice, fresh, change, bob)
    expect(back.primary).toBe(fresh.id)
    expect(back.devices.get(phone.id)?.removedAt).toBe(2)
  })

  it('asks for the threshold (R3): t − 1 approvals, one twice, a stranger’s or for another device do not do', async () => {
    const bob = await genesis('Bob', bobs)
    const erin = await genesis('Erin', erins)
    const eve = await genesis('Eve', stranger)
    const chosen = setup([bob, erin], 2)
    const alice = await advance(await genesis('Alice', phone), phone, {
      kind: 'recovery-set-up',
      setup: chosen,
    })
    const recovered = (...approvals: Uint8Array[]) =>
      ({ kind: 'recovered', device: fresh.enrolled, setup: chosen.id, approvals }) as const
    const fromBob = await approve(alice, bob, bobs)
    const fromErin = await approve(alice, erin, erins)
    const everybody = [bob, erin, eve]
    await refuses(alice, accountEntry(alice, fresh, recovered(fromBob)), ...everybody)
    await refuses(alice, accountEntry(alice, fresh, recovered(fromBob, fromBob)), ...everybody)
    await refuses(
      alice,
      accountEntry(alice, fresh, recovered(fromBob, await approve(alice, eve, stranger))),
      ...everybody,
    )
    await refuses(
      alice,
      accountEntry(alice, fresh, recovered(fromBob, await approve(alice, erin, stranger))),
      ...everybody,
    )
    const other = await approve(alice, erin, erins, laptop)
    await refuses(alice, accountEntry(alice, fresh, recovered(fromBob, other)), ...everybody)
    await refuses(alice, accountEntry(alice, stranger, recovered(fromBob, fromErin)), ...everybody)
    expect((await advance(alice, fresh, recovered(fromBob, fromErin), ...everybody)).primary).toBe(fresh.id)
  })

  it('counts an approval against the approver’s devices of when it was signed', async () => {
    const bob = await advance(await genesis('Bob', bobs), bobs, {
      kind: 'device-added',
      device: erins.enrolled,
    })
    const alice = await advance(await genesis('Alice', phone), phone, {
      kind: 'recovery-set-up',
      setup: setup([bob], 1),
    })
    const before = await approve(alice, bob, erins)
    const without = await advance(bob, bobs, { kind: 'device-removed', device: erins.id })
    const after = await approve(alice, without, erins)
    const change = (approval: Uint8Array) =>
      ({
        kind: 'recovered',
        device: fresh.enrolled,
        setup: setup([bob], 1).id,
        approvals: [approval],
      }) as const
    expect((await advance(alice, fresh, change(before), without)).primary).toBe(fresh.id)
    await refuses(alice, accountEntry(alice, fresh, change(after)), without)
  })
})
