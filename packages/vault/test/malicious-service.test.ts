import { encodeDeviceIdentity } from '@warren/identity'
import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { base64urlText } from '@warren/primitives/encoding'
import { systemRng } from '@warren/primitives/rng'
import { loadSuite } from '@warren/reencryption'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { enrolledDevice } from '../src/client/device-secrets.ts'
import {
  approveRecovery,
  createSpace,
  decodeBytes,
  deviceLink,
  download,
  encodeBytes,
  type FileNode,
  findSpace,
  grantAccess,
  joinAsSecondaryDevice,
  newestVersion,
  nodeAt,
  openSession,
  openSpace,
  readFile,
  registerSecondaryDevice,
  removeMembers,
  requestRecovery,
  type Session,
  setUpRecovery,
  type Space,
  type TransportRequest,
  type TransportResponse,
  upload,
  verifySpace,
  wordsOfRecovery,
} from '../src/client/index.ts'
import { appendToAccount, appendToSpace } from '../src/client/write-log.ts'
import {
  chunkIds,
  decodeChunkBatch,
  encodeChunkBatch,
  hashLogEntry,
  epochKeyContext,
  type FileVersion,
  ownerKeysContext,
  parseSpacePath,
} from '../src/protocol/index.ts'
import { type Circle, memoryState, openCircle, source } from './circle.ts'

// The attacks of docs/threat-model.md, one test each: between the devices and a real vault stands a transport that does
// what a malicious service could. Each changes what one honest answer says, and is told of in the error it must get.

/** Gives the bytes to answer with instead; undefined leaves the answer as it is. */
type Attack = (request: TransportRequest, honest: Uint8Array) => Uint8Array | undefined
let attack: Attack | undefined

async function answer(request: TransportRequest, honest: TransportResponse): Promise<TransportResponse> {
  if (attack === undefined || honest.status > 299) return honest
  const bytes = await honest.bytes(2 ** 26)
  const forged = attack(request, bytes) ?? bytes
  return { ...honest, bytes: () => Promise.resolve(forged) }
}

let circle: Circle
let alice: Session
let bob: Session
let mallory: Session

const content = systemRng.bytes(4 * 1024 * 1024 + 17)

beforeAll(async () => {
  circle = await openCircle((inner) => ({
    request: async (request) => answer(request, await inner.request(request)),
    close: () => inner.close(),
  }))
  alice = await circle.person('Alice')
  bob = await circle.person('Bob')
  mallory = await circle.person('Mallory')
}, 30_000)
afterAll(() => circle.close())
afterEach(() => {
  attack = undefined
})

/** Changes the JSON answers to one path. */
function forging(
  path: string,
  change: (document: Record<string, unknown>, request: TransportRequest) => unknown,
): Attack {
  return (request, honest) =>
    request.path.split('?')[0] === path
      ? utf8(JSON.stringify(change(JSON.parse(fromUtf8(honest)) as Record<string, unknown>, request)))
      : undefined
}

/** A space of Alice's that Bob reads, with two small files in it, and one of two chunks where it is needed. */
async function shared(name: string, large = false): Promise<Space> {
  const space = await openSpace(alice, await createSpace(alice, name))
  const filled = await upload(alice, space, [
    ...(large ? [source('large', content)] : []),
    source('one', content.subarray(0, 100)),
    source('two', content.subarray(100, 200)),
  ])
  return grantAccess(alice, filled, { receiver: await alice.accounts.find('Bob'), role: 'reader' })
}

function versionOf(space: Space, path: string): FileVersion {
  return newestVersion(nodeAt(space.tree, parseSpacePath(path)) as FileNode).version
}

async function readAll(session: Session, space: Space, path: string): Promise<void> {
  for await (const _part of readFile(session, space.state.id, path, versionOf(space, path))) {
    // Only that it opens matters here.
  }
}

const nowhere = () =>
  Promise.resolve({
    write: async () => undefined,
    finish: async () => undefined,
    abandon: async () => undefined,
  })

/** What a new device sees, which remembers nothing yet. */
function forgetful(session: Session, name: string): Promise<Session> {
  return circle.secondDevice(session, name)
}

const logOf = (space: Space) => `/v1/log/space/${space.state.id}`

describe('logs', () => {
  it('rolled back: the newest entries are withheld from who has seen them', async () => {
    const space = await shared('Rollback')
    const seen = await openSpace(bob, space.state.id)
    attack = forging(logOf(space), () => ({ entries: [], more: false, before: null }))
    await expect(openSpace(circle.again(bob), seen.state.id)).rejects.toMatchObject({
      code: 'vault/rollback',
    })
  })

  it('an account rolled back: a removed device cannot be hidden', async () => {
    await bob.accounts.account(alice.account, true)
    attack = forging(`/v1/log/account/${alice.account}`, () => ({ entries: [], more: false, before: null }))
    await expect(bob.accounts.account(alice.account, true)).rejects.toMatchObject({ code: 'vault/rollback' })
  })

  it('forked: another entry, well signed, in the place of one that was seen', async () => {
    const space = await shared('Fork')
    const before = space.state.head
    const author = { account: alice.account, device: alice.device, nowMs: alice.clock.now() }
    const [other = ''] = (
      await appendToSpace(
        space.state.id,
        { sequence: before.sequence - 1, hash: new Uint8Array(32) },
        [{ kind: 'member-in', account: mallory.account, role: 'writer' }],
        author,
      )
    ).entries
    await openSpace(bob, space.state.id)
    const instead = base64urlText.encode(hashLogEntry(base64urlText.decode(other)))
    attack = forging(logOf(space), () => ({ entries: [], more: false, before: instead }))
    await expect(openSpace(circle.again(bob), space.state.id)).rejects.toMatchObject({ code: 'vault/fork' })
    // Nor does it help to speak of the entry that was seen, and to go on with one that follows another.
    attack = forging(logOf(space), (document) => ({ ...document, entries: [other] }))
    await expect(openSpace(circle.again(bob), space.state.id)).rejects.toMatchObject({ code: 'vault/log' })
  })

  it('two histories for one device: `verify` compares what is shown now with what was', async () => {
    const space = await shared('Two views')
    await openSpace(bob, space.state.id)
    let asked = 0
    const other = await shared('Other')
    const page = await alice.api.log({ kind: 'space', id: other.state.id }, 0)
    attack = forging(logOf(space), (document) => (asked++ === 0 ? page : document))
    await expect(verifySpace(bob, space.state.id, { content: false })).rejects.toMatchObject({
      code: 'vault/log',
    })
  })

  it('two histories of different lengths: `verify` does not take the one for a part of the other', async () => {
    const space = await shared('Two lengths')
    await openSpace(bob, space.state.id)
    // Who has not seen the last entry is never shown it, and so not what else may stand there.
    const { sequence } = space.state.head
    attack = forging(logOf(space), (document, { path }) =>
      Number(path.split('from=')[1]) <= sequence
        ? { ...document, entries: (document['entries'] as string[]).slice(0, -1) }
        : document,
    )
    await expect(verifySpace(bob, space.state.id, { content: false })).rejects.toMatchObject({
      code: 'vault/conflict',
    })
  })

  it('entries left out, put in another order, or cut', async () => {
    const space = await shared('Order')
    const entriesOf = (document: Record<string, unknown>) => document['entries'] as string[]
    const tablet = await forgetful(bob, 'Bob tablet')
    const tampered: ((entries: string[]) => string[])[] = [
      (entries) => entries.filter((_, n) => n !== 1),
      (entries) => entries.with(1, entries[2] ?? '').with(2, entries[1] ?? ''),
      (entries) => entries.map((entry, n) => (n === 1 ? entry.slice(0, -4) : entry)),
      (entries) =>
        entries.map((entry, n) =>
          n === 1 ? `${entry.slice(0, 200)}${entry[200] === 'A' ? 'B' : 'A'}${entry.slice(201)}` : entry,
        ),
    ]
    for (const change of tampered) {
      attack = forging(logOf(space), (document) => ({ ...document, entries: change(entriesOf(document)) }))
      await expect(openSpace(tablet, space.state.id)).rejects.toMatchObject({ kind: 'integrity' })
    }
    attack = undefined
    expect((await openSpace(tablet, space.state.id)).ignored).toEqual([])
  })

  it('an entry of somebody who is not a member', async () => {
    const space = await shared('Injected')
    await openSpace(bob, space.state.id)
    const author = { account: mallory.account, device: mallory.device, nowMs: 0 }
    const change = {
      kind: 'operations',
      epoch: 0,
      salt: new Uint8Array(16),
      sealed: new Uint8Array(40),
    } as const
    const { entries } = await appendToSpace(space.state.id, space.state.head, [change], author)
    attack = forging(logOf(space), (document) => ({
      ...document,
      entries: [...(document['entries'] as string[]), ...entries],
    }))
    await expect(openSpace(bob, space.state.id)).rejects.toMatchObject({ code: 'vault/log' })
  })

  it('a device added to an account by somebody else', async () => {
    const state = await bob.accounts.account(alice.account, true)
    const suite = await loadSuite('cai-liu')
    const { device } = await circle.newDevice('of the service')
    const change = { kind: 'device-added', device: enrolledDevice(device, suite, systemRng) } as const
    const author = { account: alice.account, device, nowMs: 0 }
    const { entries } = await appendToAccount(alice.account, state.head, [change], author)
    attack = forging(`/v1/log/account/${alice.account}`, (document) => ({
      ...document,
      entries: [...(document['entries'] as string[]), ...entries],
    }))
    await expect(bob.accounts.account(alice.account, true)).rejects.toMatchObject({ code: 'vault/log' })
  })

  it('a removal hidden from its owner: her next entry is refused, not written beside it', async () => {
    const space = await shared('Hidden revocation')
    const laptop = await forgetful(alice, 'Alice laptop')
    const seen = await openSpace(laptop, space.state.id)
    await removeMembers(alice, space, [bob.account])
    // The laptop is shown the state before, for ever: it can write nothing under the old epoch.
    let asked = 0
    attack = forging(logOf(space), (document) => {
      asked++
      return { ...document, entries: [], more: false }
    })
    await expect(
      upload(laptop, seen, [source('secret from Bob', content.subarray(0, 9))]),
    ).rejects.toMatchObject({ code: 'vault/conflict' })
    expect(asked).toBeGreaterThan(0)
  }, 20_000)
})

describe('keys', () => {
  it('another account in the place of one that was asked for', async () => {
    const page = await mallory.api.log({ kind: 'account', id: mallory.account }, 0)
    const tablet = await forgetful(bob, 'Bob reader')
    attack = forging(`/v1/log/account/${alice.account}`, () => page)
    await expect(tablet.accounts.account(alice.account)).rejects.toMatchObject({ code: 'vault/log' })
  })

  it('another account under a name', async () => {
    attack = forging('/v1/accounts', () => ({
      accounts: [{ id: mallory.account, name: 'Alice', sequence: 0 }],
    }))
    await expect(bob.accounts.find('Alice')).rejects.toMatchObject({ code: 'vault/response' })
  })

  it('a capsule of the service’s own, with a key that it knows, in the place of the epoch key', async () => {
    const space = await shared('Forged capsule')
    const suite = await loadSuite('cai-liu')
    const { capsule } = suite.encapsulate(
      bob.device.identity.encryptionKey,
      epochKeyContext(space.state.id, 0),
      systemRng,
    )
    attack = forging(`/v1/spaces/${space.state.id}/epochs/0/key`, () => ({
      capsule: encodeBytes(capsule),
      chain: [],
    }))
    await expect(openSpace(bob, space.state.id)).rejects.toMatchObject({ code: 'vault/log' })
  })

  it('a capsule of another space, or damaged', async () => {
    const space = await shared('Swapped capsule')
    const other = await shared('The other')
    const { capsule } = await bob.api.epochKey(other.state.id, 0)
    const path = `/v1/spaces/${space.state.id}/epochs/0/key`
    const damaged = decodeBytes(capsule)
    damaged[60] = (damaged[60] ?? 0) ^ 1
    for (const forged of [capsule, encodeBytes(damaged), '']) {
      attack = forging(path, () => ({ capsule: forged, chain: [] }))
      await expect(openSpace(bob, space.state.id)).rejects.toMatchObject({ code: 'vault/log' })
    }
  })

  it('a capsule of the service’s own for the space’s secret key', async () => {
    const space = await shared('Forged owner keys')
    const suite = await loadSuite('cai-liu')
    const { capsule } = suite.encapsulate(
      alice.device.identity.encryptionKey,
      ownerKeysContext(space.state.id, 0),
      systemRng,
    )
    attack = forging(`/v1/spaces/${space.state.id}/epochs/0/owner-keys`, () => ({
      capsule: encodeBytes(capsule),
      chain: [],
    }))
    const receiver = await alice.accounts.find('Mallory')
    await expect(grantAccess(alice, space, { receiver, role: 'reader' })).rejects.toMatchObject({
      code: 'vault/log',
    })
  })

  it('keys of the service’s own in the place of a new device’s', async () => {
    const suite = await loadSuite('cai-liu')
    const { environment, device } = await circle.newDevice('Alice watch')
    const evil = enrolledDevice((await circle.newDevice('evil')).device, suite, systemRng)
    const link = deviceLink(alice, circle.url)
    const stop = new AbortController()
    const joining = joinAsSecondaryDevice({ ...environment, signal: stop.signal }, device, link).catch(
      (error: unknown) => error,
    )
    attack = forging(`/v1/enrolments/${link.enrolment}`, (document) =>
      'tag' in document
        ? {
            ...document,
            identity: encodeBytes(encodeDeviceIdentity(evil.identity)),
            possession: encodeBytes(evil.possession),
          }
        : document,
    )
    await expect(registerSecondaryDevice(alice, link)).rejects.toMatchObject({ code: 'vault/response' })
    stop.abort(new Error('over'))
    await joining
    expect((await alice.accounts.account(alice.account, true)).devices.has(device.id)).toBe(false)
  })

  it('no device at all for a link', async () => {
    const link = deviceLink(alice, circle.url)
    const stop = new AbortController()
    const { environment, device } = await circle.newDevice('Alice ring')
    const joining = joinAsSecondaryDevice({ ...environment, signal: stop.signal }, device, link).catch(
      (error: unknown) => error,
    )
    attack = forging(`/v1/enrolments/${link.enrolment}`, (document) =>
      'tag' in document ? { ...document, identity: 'AAAA' } : document,
    )
    await expect(registerSecondaryDevice(alice, link)).rejects.toMatchObject({ code: 'vault/response' })
    stop.abort(new Error('over'))
    await joining
  })
})

describe('a recovery', () => {
  it('with no device, a device without its key, or shares that do not open', async () => {
    const nina = await circle.person('Nina')
    const users = [await nina.accounts.find('Alice'), await nina.accounts.find('Bob')]
    await setUpRecovery(nina, users, 2)
    const { environment, device } = await circle.newDevice('Nina new phone')
    const { pending, status } = await requestRecovery(environment, device, 'Nina')
    const words = wordsOfRecovery(status).join(' ')
    const approve = () => approveRecovery(bob, pending.id, words)
    const refused = { code: 'vault/response' }
    const recovery = `/v1/recoveries/${pending.id}`

    attack = forging(recovery, (document) => ({ ...document, identity: 'AAAA' }))
    await expect(approve()).rejects.toMatchObject(refused)
    const other = enrolledDevice((await circle.newDevice('x')).device, await loadSuite('cai-liu'), systemRng)
    attack = forging(recovery, (document) => ({ ...document, possession: encodeBytes(other.possession) }))
    await expect(approve()).rejects.toMatchObject(refused)
    const packages = `/v1/share-packages/${nina.account}`
    for (const wrong of [{ capsule: 'AAAA' }, { sealed: 'AAAA' }]) {
      attack = forging(packages, (document) => ({ ...document, ...wrong }))
      await expect(approve()).rejects.toMatchObject(refused)
    }
    attack = undefined
    expect((await approve()).approvals).toHaveLength(1)
  })
})

describe('content', () => {
  it('a chunk swapped with another, of the same file or of another', async () => {
    const space = await shared('Swapped chunks', true)
    const seen = await openSpace(bob, space.state.id)
    const [first, second] = versionOf(seen, 'large').chunks
    const sent = await bob.api.getChunk(space.state.id, second as never, new Uint8Array(2 ** 23))
    attack = (request) => (request.path.endsWith(`/${first}`) ? sent : undefined)
    await expect(readAll(bob, seen, 'large')).rejects.toMatchObject({ code: 'vault/content' })
  })

  it('two small files swapped within a batch', async () => {
    const space = await shared('Swapped batch')
    const seen = await openSpace(bob, space.state.id)
    const files = ['one', 'two'].map((path) => ({ path, version: versionOf(seen, path), sink: nowhere }))
    attack = (request, honest) => {
      if (!request.path.endsWith('/chunks/fetch')) return undefined
      const [a, b] = decodeChunkBatch(honest)
      if (a === undefined || b === undefined) throw new Error('not the batch that was expected')
      return encodeChunkBatch([
        { id: a.id, sealed: b.sealed },
        { id: b.id, sealed: a.sealed },
      ])
    }
    await expect(download(bob, space.state.id, files)).rejects.toMatchObject({ code: 'vault/content' })
    // One of them left out.
    attack = (request, honest) =>
      request.path.endsWith('/chunks/fetch')
        ? encodeChunkBatch(decodeChunkBatch(honest).slice(0, 1))
        : undefined
    await expect(download(bob, space.state.id, files)).rejects.toMatchObject({ code: 'vault/content' })
    // The batch cut in the middle.
    attack = (request, honest) =>
      request.path.endsWith('/chunks/fetch') ? honest.subarray(0, honest.length - 3) : undefined
    await expect(download(bob, space.state.id, files)).rejects.toMatchObject({ code: 'vault/response' })
  })

  it('a chunk cut, emptied, or with one bit turned', async () => {
    const space = await shared('Cut', true)
    const seen = await openSpace(bob, space.state.id)
    const changes: ((honest: Uint8Array) => Uint8Array)[] = [
      (honest) => honest.subarray(0, honest.length - 1),
      () => new Uint8Array(0),
      (honest) => Uint8Array.from(honest, (byte, n) => (n === 1000 ? byte ^ 1 : byte)),
    ]
    const [first] = versionOf(seen, 'large').chunks
    for (const change of changes) {
      attack = (request, honest) => (request.path.endsWith(`/${first}`) ? change(honest) : undefined)
      await expect(readAll(bob, seen, 'large')).rejects.toMatchObject({ code: 'vault/content' })
    }
  })

  it('a chunk withheld', async () => {
    const space = await shared('Withheld', true)
    const seen = await openSpace(bob, space.state.id)
    const version = versionOf(seen, 'large')
    const chunks = version.chunks.with(0, chunkIds.random(systemRng))
    const reading = readFile(bob, space.state.id, 'large', { ...version, chunks })
    await expect(reading.next()).rejects.toMatchObject({ code: 'vault/not-found' })
  })
})

describe('documents', () => {
  it('cut, of another shape, or not a document', async () => {
    for (const forged of ['{"spaces":[', '{"spaces":{}}', '{"spaces":[{"id":"x"}]}', '<html>', '']) {
      attack = (request) => (request.path === '/v1/spaces' ? utf8(forged) : undefined)
      await expect(bob.api.spaces()).rejects.toMatchObject({ code: 'vault/response' })
    }
  })

  it('an empty page of a log that says there is more', async () => {
    const space = await shared('Endless')
    attack = forging(logOf(space), () => ({ entries: [], more: true }))
    await expect(openSpace(bob, space.state.id)).rejects.toMatchObject({ code: 'vault/response' })
  })

  it('a vault in the place of the one that the device knows gets requests that no other vault takes', async () => {
    const elsewhere = openSession(
      {
        transport: (await circle.newDevice('x')).environment.transport,
        state: memoryState(),
        clock: bob.clock,
        rng: bob.rng,
        suite: () => bob.suite(),
      },
      bob.device,
      bob.account,
      encodeBytes(systemRng.bytes(16)),
    )
    await expect(elsewhere.api.spaces()).rejects.toMatchObject({ code: 'vault/unauthenticated' })
  })

  it('positive control: without an attack everything above reads well', async () => {
    const space = await shared('Honest', true)
    attack = () => undefined
    await readAll(bob, await findSpace(bob, 'Honest'), 'large')
    expect((await verifySpace(bob, space.state.id, { content: true })).damaged).toEqual([])
  })
})
