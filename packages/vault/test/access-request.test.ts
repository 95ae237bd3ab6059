import { concatBytes } from '@warren/primitives/bytes'
import { expectExactLength } from '@warren/testkit/decoder'
import { testRng } from '@warren/testkit/rng'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessRequests,
  askForAccess,
  createSpace,
  dismissRequest,
  encodeBytes,
  findSpace,
  grantAccess,
  newestVersion,
  nodeAt,
  openSpace,
  promote,
  readFile,
  type Session,
  upload,
} from '../src/client/index.ts'
import {
  accessRequestContext,
  accountIds,
  decodeAccessRequest,
  decodeAccessWish,
  encodeAccessRequest,
  encodeAccessWish,
  parseSpacePath,
  primaryOf,
} from '../src/protocol/index.ts'
import { type Circle, openCircle, source } from './circle.ts'

describe('the encoding', () => {
  const rng = testRng('access request')
  const request = {
    from: accountIds.random(rng),
    to: accountIds.random(rng),
    capsule: rng.bytes(96),
    sealed: rng.bytes(40),
  }

  it('a request comes back as it went; any other length is refused', () => {
    const encoded = encodeAccessRequest(request)
    expect(decodeAccessRequest(encoded)).toEqual(request)
    expectExactLength(encoded, decodeAccessRequest)
    expect(() => decodeAccessRequest(Uint8Array.of(2, ...encoded.subarray(1)))).toThrow('version')
  })

  it('bounds the capsule and what is sealed', () => {
    for (const big of [{ capsule: new Uint8Array(4097) }, { sealed: new Uint8Array(513) }])
      expect(() => decodeAccessRequest(encodeAccessRequest({ ...request, ...big }))).toThrow(Error)
  })

  it('a wish comes back as it went; any other length, role or name is refused', () => {
    for (const role of ['reader', 'writer'] as const) {
      const wish = { spaceName: 'Föten 2026', role }
      expect(decodeAccessWish(encodeAccessWish(wish))).toEqual(wish)
      expectExactLength(encodeAccessWish(wish), decodeAccessWish)
    }
    const encoded = encodeAccessWish({ spaceName: 'x', role: 'reader' })
    for (const role of [0, 3, 255])
      expect(() => decodeAccessWish(Uint8Array.of(...encoded.subarray(0, -1), role))).toThrow('role')
    expect(() => encodeAccessWish({ spaceName: 'a\u202eb', role: 'reader' })).toThrow('invisible')
    expect(() => decodeAccessWish(Uint8Array.of(0, 3, 0x65, 0xcc, 0x81, 1))).toThrow('normal form')
  })

  it('no bytes make the decoders throw anything but an error of theirs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeAccessRequest, decodeAccessWish])
          try {
            decode(bytes)
          } catch (error) {
            expect((error as Error).name).toMatch(/^(DecodeError|VaultError)$/)
          }
      }),
    )
  })
})

describe('protocol 1 (3): the grant that is asked for', () => {
  let circle: Circle
  let alice: Session
  let bob: Session
  let carol: Session
  beforeAll(async () => {
    circle = await openCircle()
    alice = await circle.person('Alice')
    bob = await circle.person('Bob')
    carol = await circle.person('Carol')
  }, 30_000)
  afterAll(() => circle.close())

  const wishes = async (session: Session) =>
    (await accessRequests(session)).map(({ from, wish }) => [from.name, wish?.spaceName, wish?.role])

  it('Bob asks, Alice sees it on each of her devices and grants, Bob reads', async () => {
    const content = testRng('asked for').bytes(1000)
    await upload(alice, await openSpace(alice, await createSpace(alice, 'Holiday')), [source('sea', content)])
    const owner = await bob.accounts.find('Alice')
    await askForAccess(bob, owner, 'Holiday', 'writer')
    await askForAccess(bob, owner, 'Holiday', 'reader')
    const laptop = await circle.secondDevice(alice, 'Alice laptop')
    for (const device of [alice, laptop]) expect(await wishes(device)).toEqual([['Bob', 'Holiday', 'reader']])

    // After R1 too: the request was for the primary device of before.
    await promote(laptop, false)
    expect(await wishes(laptop)).toEqual([['Bob', 'Holiday', 'reader']])
    await promote(alice, false)

    const [request] = await accessRequests(alice)
    if (request?.wish === undefined) throw new Error('nothing to grant')
    const space = await findSpace(alice, request.wish.spaceName)
    await grantAccess(alice, space, { receiver: request.from, role: request.wish.role })
    await dismissRequest(alice, request.from.id)
    expect(await wishes(alice)).toEqual([])

    const seen = await findSpace(bob, 'Holiday')
    const node = nodeAt(seen.tree, parseSpacePath('sea'))
    if (node?.kind !== 'file') throw new Error('not a file')
    const parts: Uint8Array[] = []
    for await (const part of readFile(bob, seen.state.id, 'sea', newestVersion(node).version))
      parts.push(part)
    expect(concatBytes(...parts)).toEqual(content)
  })

  it('a stranger neither sees nor removes it, and asks in nobody else’s name', async () => {
    await askForAccess(bob, await bob.accounts.find('Alice'), 'Diary', 'reader')
    expect(await wishes(carol)).toEqual([])
    await expect(dismissRequest(carol, bob.account)).rejects.toMatchObject({ code: 'vault/not-found' })
    const forged = await made(bob, alice)
    await expect(carol.api.askForAccess({ request: forged })).rejects.toMatchObject({
      code: 'vault/forbidden',
    })
    expect(await wishes(alice)).toEqual([['Bob', 'Diary', 'reader']])
    await dismissRequest(alice, bob.account)
    await expect(dismissRequest(alice, bob.account)).rejects.toMatchObject({ code: 'vault/not-found' })
  })

  it('refuses a capsule for another key or context, an owner who is not there, and oneself', async () => {
    for (const request of [
      await made(carol, alice, { key: bob }),
      await made(carol, alice, { context: accessRequestContext(bob.account, alice.account) }),
    ])
      await expect(carol.api.askForAccess({ request })).rejects.toMatchObject({ code: 'vault/bad-request' })
    const nobody = accountIds.random(testRng('nobody'))
    await expect(
      carol.api.askForAccess({ request: await made(carol, alice, { to: nobody }) }),
    ).rejects.toMatchObject({ code: 'vault/not-found' })
    await expect(
      askForAccess(alice, await alice.accounts.find('Alice'), 'Diary', 'reader'),
    ).rejects.toMatchObject({ code: 'vault/bad-request' })
  })

  it('one that does not open is shown without its wish, and hides no other', async () => {
    await carol.api.askForAccess({ request: await made(carol, alice) })
    await askForAccess(bob, await bob.accounts.find('Alice'), 'Diary', 'writer')
    expect(new Set((await wishes(alice)).map(String))).toEqual(new Set(['Carol,,', 'Bob,Diary,writer']))
  })

  /** A request with a good capsule unless told otherwise, and nothing that opens sealed under it. */
  async function made(
    from: Session,
    to: Session,
    over: { key?: Session; context?: Uint8Array; to?: typeof to.account } = {},
  ): Promise<string> {
    const suite = await from.suite()
    const keyOf = await from.accounts.account((over.key ?? to).account, true)
    const { capsule } = suite.encapsulate(
      primaryOf(keyOf).identity.encryptionKey,
      over.context ?? accessRequestContext(from.account, over.to ?? to.account),
      from.rng,
    )
    return encodeBytes(
      encodeAccessRequest({
        from: from.account,
        to: over.to ?? to.account,
        capsule,
        sealed: new Uint8Array(40),
      }),
    )
  }
})
