import { systemRng } from '@warren/primitives/rng'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  approveRecovery,
  completeRecovery,
  createSpace,
  deviceLink,
  findSpace,
  grantAccess,
  joinAsSecondaryDevice,
  leaveSpace,
  openSpace,
  promote,
  registerSecondaryDevice,
  requestRecovery,
  type Session,
  setUpRecovery,
  upload,
  wordsOfRecovery,
} from '../src/client/index.ts'
import { type Circle, openCircle, source } from './circle.ts'

// A command can be stopped after the service acknowledged and before the device took note of it: called again, it goes
// on. And what an older state of the space made is not blamed on the service.

let circle: Circle
let alice: Session
let bob: Session

beforeAll(async () => {
  circle = await openCircle()
  alice = await circle.person('Alice')
  bob = await circle.person('Bob')
}, 30_000)
afterAll(() => circle.close())

describe('called again', () => {
  it('a device that was let in joins; another one with the same link does not', async () => {
    const link = deviceLink(alice, circle.url)
    const { environment, device } = await circle.newDevice('tablet')
    const joining = joinAsSecondaryDevice(environment, device, link)
    await registerSecondaryDevice(alice, link)
    const first = await joining
    expect(await joinAsSecondaryDevice(environment, device, link)).toEqual(first)
    const other = await circle.newDevice('thief')
    await expect(joinAsSecondaryDevice(other.environment, other.device, link)).rejects.toMatchObject({
      code: 'vault/conflict',
    })
  })

  it('a recovery that is done says so', async () => {
    const carol = await circle.person('Carol')
    await setUpRecovery(carol, [await carol.accounts.find('Alice')], 1)
    const { environment, device } = await circle.newDevice('Carol new phone')
    const { pending, status } = await requestRecovery(environment, device, 'Carol')
    await approveRecovery(alice, pending.id, wordsOfRecovery(status).join(' '))
    const finish = () => completeRecovery(environment, device, pending, () => undefined)
    expect(await finish()).toBe(carol.account)
    expect(await finish()).toBe(carol.account)
  })
})

describe('a space', () => {
  it('is left without an error, once', async () => {
    const space = await openSpace(alice, await createSpace(alice, 'Left'))
    await grantAccess(alice, space, { receiver: await alice.accounts.find('Bob'), role: 'reader' })
    const hers = await findSpace(bob, 'Left')
    await leaveSpace(bob, hers)
    expect((await openSpace(alice, space.state.id)).state.members.size).toBe(0)
    await expect(findSpace(bob, 'Left')).rejects.toMatchObject({ code: 'vault/not-found' })
  })

  it('is found by a name however it is composed, and so are people', async () => {
    await createSpace(alice, 'Caf\u00e9')
    expect((await findSpace(alice, 'Cafe\u0301')).tree.name).toBe('Caf\u00e9')
    await circle.person('Jos\u00e9')
    expect((await alice.accounts.find(' Jose\u0301')).name).toBe('Jos\u00e9')
  })

  it('is shared from a state before the primary device changed', async () => {
    const dave = await circle.person('Dave')
    const laptop = await circle.secondDevice(dave, 'Dave laptop')
    const before = await openSpace(dave, await createSpace(dave, 'Daves'))
    await upload(dave, before, [source('file', systemRng.bytes(10))])
    await promote(laptop, false)
    await grantAccess(dave, before, { receiver: await dave.accounts.find('Bob'), role: 'reader' })
    expect((await findSpace(bob, 'Daves')).tree.nodes.size).toBe(1)
  })
})
